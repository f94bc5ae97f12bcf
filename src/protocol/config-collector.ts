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
 * The announced length frames it. Some servers announce a wrong one; as a line that says only `END`
 * cannot stand in a configuration, it ends the payload too, within bounds.
 */
import { ProtocolError } from '../errors.ts';
import { MAX_CONFIG_BYTES, MAX_CONFIG_RESCAN_BYTES } from './limits.ts';
import type { ConfigReply } from './reply.ts';

const TRAILER = '\r\nEND\r\n';
const END_LINE = '\nEND\r\n';

export class ConfigCollector {
  readonly #announced: number;
  #buffer: Buffer = Buffer.allocUnsafe(4096);
  #length = 0;
  /** Set once complete. */
  reply: ConfigReply | undefined;

  constructor(announced: number) {
    if (announced > MAX_CONFIG_BYTES) {
      throw new ProtocolError(`Configuration of ${announced} bytes is above the cap of ${MAX_CONFIG_BYTES}`);
    }
    this.#announced = announced;
  }

  /** Takes from `chunk[at, length)` and gives how many bytes were part of the configuration. */
  push(chunk: Buffer, at: number, length: number): number {
    const before = this.#length;
    this.#append(chunk, at, length);
    const end = this.#findEnd(Math.max(0, before - END_LINE.length));
    if (end >= 0) return end - before;
    if (this.#length > this.#announced + MAX_CONFIG_RESCAN_BYTES) {
      throw new ProtocolError('Configuration is not closed by END where it should be');
    }
    return length - at;
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
    const announced = this.#announced;
    const end = announced + TRAILER.length;
    if (end <= this.#length && this.#buffer.toString('latin1', announced, end) === TRAILER) {
      this.#finish(announced, false);
      return end;
    }
    const line = this.#buffer.subarray(0, this.#length).indexOf(END_LINE, from, 'latin1');
    if (line < 0) return -1;
    // Where the announced end has not come yet, this may still be its own trailer: `\n\r\nEND\r\n`.
    this.#finish(line, line !== announced + 1);
    return line + END_LINE.length;
  }

  #finish(payloadEnd: number, lengthMismatch: boolean): void {
    this.reply = { kind: 'config', payload: this.#buffer.toString('latin1', 0, payloadEnd), lengthMismatch };
  }
}
