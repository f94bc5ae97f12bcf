/** What a command line makes the server wait for next. */
export type Expectation =
  | { readonly kind: 'line' }
  | {
      readonly kind: 'block';
      /** Bytes to come, the CRLF after the value included. */
      readonly bytes: number;
      readonly complete: (block: Buffer) => void;
    }
  | { readonly kind: 'swallow'; readonly bytes: number }
  | { readonly kind: 'close' };

export const NEXT_LINE: Expectation = { kind: 'line' };
export const CLOSE: Expectation = { kind: 'close' };

/** memcached closes a connection that sends this much without a newline, unless it is a multi-get. */
const MAX_LINE_BYTES = 2048;

/** memcached has no bound on a multi-get line; this one is far above what any client sends. */
const MAX_GET_LINE_BYTES = 4_194_304;

const LONG_LINE_ALLOWED = /^ {0,100}gets? /;
const EMPTY: Buffer = Buffer.alloc(0);

/**
 * Cuts a stream of requests into lines and data blocks, whatever chunks it comes in.
 * The handler of a line says what follows it, so this class knows no command.
 */
export class RequestParser {
  readonly #onLine: (line: string) => Expectation;
  /** Bytes of a line that has no end yet, of which the first `#scanned` hold no newline. */
  #tail: Buffer = EMPTY;
  #scanned = 0;
  #block: Buffer | undefined;
  #filled = 0;
  #complete: (block: Buffer) => void = () => undefined;
  #swallow = 0;

  constructor(onLine: (line: string) => Expectation) {
    this.#onLine = onLine;
  }

  /** Returns false once the connection must be closed; give it nothing more then. */
  push(chunk: Buffer): boolean {
    const bytes = this.#tail.length === 0 ? chunk : Buffer.concat([this.#tail, chunk]);
    let searchFrom = this.#scanned;
    this.#tail = EMPTY;
    this.#scanned = 0;
    let position = 0;
    while (position < bytes.length) {
      if (this.#swallow > 0) {
        const taken = Math.min(this.#swallow, bytes.length - position);
        this.#swallow -= taken;
        position += taken;
        continue;
      }
      if (this.#block !== undefined) {
        position += this.#fill(this.#block, bytes, position);
        continue;
      }
      const newline = bytes.indexOf(0x0a, Math.max(position, searchFrom));
      if (newline === -1) return this.#keep(bytes.subarray(position));
      searchFrom = 0;
      if (!this.#line(bytes, position, newline)) return false;
      position = newline + 1;
    }
    return true;
  }

  #line(bytes: Buffer, start: number, newline: number): boolean {
    const end = newline - start > 1 && bytes[newline - 1] === 0x0d ? newline - 1 : newline;
    const text = bytes.toString('latin1', start, end);
    // The real one works on C strings: what follows a NUL in a command line is not seen.
    const nul = text.indexOf('\0');
    const next = this.#onLine(nul === -1 ? text : text.slice(0, nul));
    switch (next.kind) {
      case 'line':
        return true;
      case 'block':
        this.#block = Buffer.allocUnsafeSlow(next.bytes);
        this.#filled = 0;
        this.#complete = next.complete;
        return true;
      case 'swallow':
        this.#swallow = next.bytes;
        return true;
      case 'close':
        return false;
    }
  }

  #fill(block: Buffer, bytes: Buffer, position: number): number {
    const taken = bytes.copy(block, this.#filled, position);
    this.#filled += taken;
    if (this.#filled === block.length) {
      this.#block = undefined;
      this.#complete(block);
    }
    return taken;
  }

  #keep(rest: Buffer): boolean {
    if (rest.length > MAX_LINE_BYTES) {
      if (rest.length > MAX_GET_LINE_BYTES) return false;
      if (!LONG_LINE_ALLOWED.test(rest.toString('latin1', 0, 106))) return false;
    }
    // A copy: the chunk may be the socket's whole read buffer.
    this.#tail = Buffer.from(rest);
    this.#scanned = rest.length;
    return true;
  }
}
