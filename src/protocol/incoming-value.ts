/** The value that a parser is in the middle of, and the buffer that it is read into. */
import { SharedBuffer } from './shared-buffer.ts';

/** A value at least this long is read into a buffer of its own, which then goes to the caller uncopied. */
const OWN_BUFFER_BYTES = 4096;

export class IncomingValue {
  readonly #keepsBuffer: (flags: number) => boolean;
  readonly #shared = new SharedBuffer();
  #buffer: Buffer | undefined;
  #filled = 0;
  #owned = false;

  /** @param keepsBuffer whether whoever takes a large value with these client flags goes on to use its buffer. */
  constructor(keepsBuffer: (flags: number) => boolean = always) {
    this.#keepsBuffer = keepsBuffer;
  }

  /** Whether the buffer of the value begun last is its own. */
  get owned(): boolean {
    return this.#owned;
  }

  /**
   * @param bytes of the value.
   * @param tail bytes that follow it, and are read with it.
   */
  begin(bytes: number, tail: number, flags: number): void {
    this.#owned = bytes >= OWN_BUFFER_BYTES && this.#keepsBuffer(flags);
    // Not from the shared pool: an owned value is handed to the caller, who then has all of it.
    this.#buffer = this.#owned ? Buffer.allocUnsafeSlow(bytes + tail) : this.#shared.take(bytes + tail);
    this.#filled = 0;
  }

  /** Where what is missing may be read into; undefined where that is less than `minBytes`. */
  destination(minBytes: number): Buffer | undefined {
    const buffer = this.#buffer;
    if (buffer === undefined || buffer.length - this.#filled < minBytes) return undefined;
    return buffer.subarray(this.#filled);
  }

  /** So many bytes were written to {@link destination}. */
  pushed(length: number): void {
    this.#filled += length;
  }

  /** Takes from `chunk[at, length)` what belongs to it; gives how many bytes that were. */
  take(chunk: Buffer, at: number, length: number): number {
    const buffer = this.#buffer as Buffer;
    const taken = Math.min(buffer.length - this.#filled, length - at);
    chunk.copy(buffer, this.#filled, at, at + taken);
    this.#filled += taken;
    return taken;
  }

  /** All of it, with its tail, once it is here; it is given out once. */
  whole(): Buffer | undefined {
    const buffer = this.#buffer;
    if (buffer === undefined || this.#filled < buffer.length) return undefined;
    this.#buffer = undefined;
    return buffer;
  }
}

function always(): boolean {
  return true;
}
