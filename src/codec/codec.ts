/**
 * Values to bytes and back. The client flags say how the bytes are to be read; they are stored with
 * the value and come back with it.
 */

/** A value ready to be stored. */
export interface EncodedValue {
  /** Bytes, or text to be stored as UTF-8. Bytes must not change until the write is answered. */
  readonly data: string | Uint8Array;
  /** Client flags: 32 bits, unsigned. */
  readonly flags: number;
}

export interface Codec {
  /** @throws InvalidValueError for what cannot be stored. */
  encode(value: unknown): EncodedValue;
  /**
   * @param bytes the stored bytes, the codec's to keep.
   * @throws DecodeError where they are not what the flags promise.
   */
  decode(bytes: Buffer, flags: number): unknown;
  /**
   * Where given, used instead of `decode`, and spares a copy: the bytes are `buffer[start, end)`, and
   * whatever the result keeps of them must be copied.
   */
  decodeSlice?(buffer: Buffer, start: number, end: number, flags: number): unknown;
  /**
   * Whether `decode` goes on to use the buffer of a value with these flags, as one that gives bytes
   * does. Where it says no, `decodeSlice` is used, and large values share a buffer. Default: yes.
   */
  keepsBuffer?(flags: number): boolean;
  /**
   * Whether programs in other languages read what it writes. A cache then puts no lease in the place of a
   * value, which they would read as an empty one. Default: no.
   */
  readonly interoperable?: boolean;
  /**
   * The bit of the client flags by which those programs mark a zlib stream. Where given, `compression` with
   * `'zlib'` compresses as they do, and what has the bit is decompressed before it is decoded, with flags
   * less the bit: `encode` must not give it. An interoperable codec without it is not compressed.
   */
  readonly zlibFlag?: number;
  /** The most bytes that a stream of those may hold; more is a `DecodeError`. Default: as the client's own. */
  readonly maxInflatedBytes?: number;
}
