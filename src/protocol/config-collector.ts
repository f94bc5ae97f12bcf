/**
 * Collects the payload of a cluster configuration, after its header line:
 *
 * ```
 * CONFIG cluster 0 136\r\n
 * 12\n
 * host|ip|port host|ip|port\n
 * \r\n
 * END\r\n
 * ```
 *
 * A line that says only `END` cannot stand in a configuration, so the first one ends the payload,
 * within bounds. Some servers announce a wrong length: it is checked, and does not frame.
 */
import { ProtocolError } from '../errors.ts';
import { MAX_CONFIG_BYTES, MAX_CONFIG_RESCAN_BYTES } from './limits.ts';
import type { ConfigReply } from './reply.ts';

const CR = 0x0d;
const END_LINE = '\nEND\r\n';

export class ConfigCollector {
  readonly #announced: number;
  readonly #maxLength: number;
  #buffer: Buffer = Buffer.allocUnsafe(4096);
  #length = 0;
  /** Set once complete. */
  reply: ConfigReply | undefined;

  constructor(announced: number) {
    if (announced > MAX_CONFIG_BYTES) {
      throw new ProtocolError(`Configuration of ${announced} bytes is above the cap of ${MAX_CONFIG_BYTES}`);
    }
    this.#announced = announced;
    this.#maxLength = announced + MAX_CONFIG_RESCAN_BYTES;
  }

  /** Takes from `chunk[at, length)` and gives how many bytes were part of the configuration. */
  push(chunk: Buffer, at: number, length: number): number {
    const before = this.#length;
    this.#append(chunk, at, length);
    const end = this.#findEnd(Math.max(0, before - END_LINE.length));
    if ((end < 0 ? this.#length : end) > this.#maxLength) {
      throw new ProtocolError('Configuration is not closed by END where it should be');
    }
    return end < 0 ? length - at : end - before;
  }

  #append(chunk: Buffer, at: number, length: number): void {
    const needed = this.#length + length - at;
    if (needed > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
      this.#buffer.copy(grown, 0, 0, this.#length);
      this.#buffer = grown;
    }
    chunk.copy(this.#buffer, this.#length, at, length);
    this.#length = needed;
  }

  /** Where the reply ends, past `END\r\n`, or -1 where it is not all here. */
  #findEnd(from: number): number {
    const buffer = this.#buffer;
    const line = buffer.subarray(0, this.#length).indexOf(END_LINE, from, 'latin1');
    if (line < 0) return -1;
    const end = buffer[line - 1] === CR ? line - 1 : line;
    this.reply = {
      kind: 'config',
      payload: buffer.toString('latin1', 0, end),
      lengthMismatch: end !== this.#announced,
    };
    return line + END_LINE.length;
  }
}
