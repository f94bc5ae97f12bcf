import { randomUUID } from 'node:crypto';
import type { ClusterConfigSource } from '../embedded/engine.ts';
import { CONFIG_COMMAND, LEGACY_CONFIG_COMMAND } from './published-config.ts';

/** Commands of one line that clients send before they ask for the configuration. */
const HARMLESS = ['mn\r\n', 'version\r\n'];

const EMPTY: Buffer = Buffer.alloc(0);

/**
 * Makes a plain memcached answer `config get cluster`.
 *
 * The command is replaced by `mg <marker> k`, whose reply `EN k<marker>` comes back in its place among the
 * replies to other commands, and there is replaced by the configuration. The stream is looked into only
 * while a marker is under way, and requests only where one starts after the end of another: the trap is a
 * value that reads like the command, so a chunk is taken for one only if its first line is it.
 */
export class ConfigSubstitution {
  readonly #config: ClusterConfigSource;
  readonly #pending: { readonly marker: Buffer; readonly reply: Buffer }[] = [];
  /** The start of what may turn out to be the next marker. */
  #held: Buffer = EMPTY;
  #atLineStart = true;

  constructor(config: ClusterConfigSource) {
    this.#config = config;
  }

  /** What to send upstream for these bytes of the client. */
  request(bytes: Buffer): Buffer {
    const atLineStart = this.#atLineStart;
    this.#atLineStart = bytes[bytes.length - 1] === 0x0a;
    if (!atLineStart) return bytes;
    let sent = '';
    let position = 0;
    for (;;) {
      const command = [CONFIG_COMMAND, LEGACY_CONFIG_COMMAND, ...HARMLESS].find((line) =>
        startsWith(bytes, position, line),
      );
      if (command === undefined) break;
      position += command.length;
      sent += HARMLESS.includes(command) ? command : this.#mark(command === LEGACY_CONFIG_COMMAND);
    }
    if (position === 0) return bytes;
    return Buffer.concat([Buffer.from(sent, 'latin1'), bytes.subarray(position)]);
  }

  #mark(legacy: boolean): string {
    const key = `memfleet-${randomUUID()}`;
    this.#pending.push({ marker: Buffer.from(`EN k${key}\r\n`), reply: this.#config(legacy) });
    return `mg ${key} k\r\n`;
  }

  /** What to hand the client for these bytes of the server. */
  replies(bytes: Buffer): readonly Buffer[] {
    const parts: Buffer[] = [];
    let rest = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    this.#held = EMPTY;
    for (let next = this.#pending[0]; next !== undefined; next = this.#pending[0]) {
      const found = rest.indexOf(next.marker);
      if (found === -1) {
        const keep = overlap(rest, next.marker);
        this.#held = rest.subarray(rest.length - keep);
        rest = rest.subarray(0, rest.length - keep);
        break;
      }
      if (found > 0) parts.push(rest.subarray(0, found));
      parts.push(next.reply);
      rest = rest.subarray(found + next.marker.length);
      this.#pending.shift();
    }
    if (rest.length > 0) parts.push(rest);
    return parts;
  }
}

function startsWith(bytes: Buffer, position: number, line: string): boolean {
  return bytes.toString('latin1', position, position + line.length) === line;
}

/** How many bytes at the end of `bytes` are a beginning of `marker`. */
function overlap(bytes: Buffer, marker: Buffer): number {
  for (let length = Math.min(bytes.length, marker.length - 1); length > 0; length -= 1) {
    if (bytes.subarray(bytes.length - length).equals(marker.subarray(0, length))) return length;
  }
  return 0;
}
