import { DecodeError } from '../../errors.ts';
import { textOf } from '../text.ts';
import { MAX_LINE_BYTES } from './limits.ts';

const LINE_FEED = 0x0a;

/** The bytes of a pickle, taken from the front. Every length is compared with what is there first. */
export class PickleInput {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  uint8(): number {
    return this.#bytes[this.#claim(1)] as number;
  }

  uint16(): number {
    return this.#bytes.readUInt16LE(this.#claim(2));
  }

  int32(): number {
    return this.#bytes.readInt32LE(this.#claim(4));
  }

  uint32(): number {
    return this.#bytes.readUInt32LE(this.#claim(4));
  }

  /** A length of 8 bytes. One past 2^53 is longer than anything, exact or not. */
  uint64(): number {
    const low = this.uint32();
    return this.uint32() * 2 ** 32 + low;
  }

  /** An integer of 1 to 6 bytes. */
  integer(length: number): number {
    return this.#bytes.readIntLE(this.#claim(length), length);
  }

  double(): number {
    return this.#bytes.readDoubleBE(this.#claim(8));
  }

  text(length: number): string {
    const start = this.#claim(length);
    return textOf(this.#bytes, start, start + length);
  }

  /** In memory of its own: the rest of the pickle does not stay for it. */
  bytes(length: number): Buffer {
    const start = this.#claim(length);
    return Buffer.from(this.#bytes.subarray(start, start + length));
  }

  /** Up to a line feed, which is taken too; of any length where `most` is not given. */
  line(most: number = Number.POSITIVE_INFINITY): Buffer {
    const end = this.#bytes.indexOf(LINE_FEED, this.#at);
    if (end === -1) throw tooShort();
    if (end - this.#at > most) throw new DecodeError(`Pickle has a line of more than ${most} bytes`);
    const line = this.#bytes.subarray(this.#at, end);
    this.#at = end + 1;
    return line;
  }

  word(): string {
    return this.line(MAX_LINE_BYTES).toString('latin1');
  }

  /** The place of so many bytes. */
  #claim(length: number): number {
    const start = this.#at;
    if (length > this.#bytes.length - start) throw tooShort();
    this.#at = start + length;
    return start;
  }
}

function tooShort(): DecodeError {
  return new DecodeError('Pickle ends before it says what it is');
}
