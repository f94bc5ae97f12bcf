/**
 * Collects the bytes of many commands. All text is byte strings, so what it gives is one latin1
 * string, cut only by values large enough that copying them would cost more than a write of their own.
 */
import type { CommandData } from './command.ts';

/** From this size on a value of bytes is written from where it is. */
const OWN_CHUNK_BYTES = 2048;
const CRLF = '\r\n';

export class RequestWriter {
  /**
   * What was appended since the last large value. Written to directly (`writer.text += …`): a method
   * call per command is measurable at 64 callers.
   */
  text = '';
  #chunks: (string | Uint8Array)[] | undefined;
  #chunkBytes = 0;

  /** Bytes collected so far. */
  get byteLength(): number {
    return this.text.length + this.#chunkBytes;
  }

  /**
   * Appends the data block of a store command.
   *
   * @param end what closes it; nothing in the binary dialect.
   */
  data(data: CommandData, end: string = CRLF): void {
    if (typeof data === 'string') {
      this.text += `${data}${end}`;
    } else if (data.byteLength < OWN_CHUNK_BYTES) {
      const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
      this.text += `${bytes.toString('latin1')}${end}`;
    } else {
      this.#chunks ??= [];
      this.#chunks.push(this.text, data);
      this.#chunkBytes += this.text.length + data.byteLength;
      this.text = end;
    }
  }

  /** Hands out what was collected, in order, and starts anew. Strings are byte strings: write them as latin1. */
  take(): string | readonly (string | Uint8Array)[] {
    const text = this.text;
    const chunks = this.#chunks;
    this.text = '';
    if (chunks === undefined) return text;
    this.#chunks = undefined;
    this.#chunkBytes = 0;
    if (text !== '') chunks.push(text);
    return chunks;
  }
}
