import { DecodeError, InvalidValueError } from '../errors.ts';
import type { Codec, EncodedValue } from './codec.ts';
import { integerOf } from './integer.ts';
import { textOf, wellFormed } from './text.ts';

/**
 * Client flags of this codec, clear of the bits that Python (1 to 16), PHP (1 to 64) and Java (1, 2
 * and 0xff00) clients read a meaning into: to them all our values are plain text or bytes.
 */
export const TEXT_FLAGS = 0;
export const BYTES_FLAGS = 0x1_0000;
export const INTEGER_FLAGS = 0x2_0000;
export const JSON_FLAGS = 0x3_0000;

/**
 * The default codec: strings, bytes and integers as they are, so that any language reads them and
 * counters count; JSON for the rest.
 *
 * | value | stored | flags | read back as |
 * | --- | --- | --- | --- |
 * | string | UTF-8 | 0 | string |
 * | `Uint8Array`, `Buffer` | the bytes | 0x10000 | `Buffer` |
 * | integer, bigint | decimal digits | 0x20000 | number; bigint beyond 2^53 |
 * | boolean, `null`, fraction, object, array | JSON | 0x30000 | the same |
 *
 * A `Date` comes back as the string that JSON makes of it, as does anything with `toJSON`. A `Map` or
 * `Set`, which JSON would silently make `{}`, is refused, and so are `NaN`, `Infinity`, `undefined`,
 * functions and symbols. Inside objects and arrays the rules of `JSON.stringify` hold.
 *
 * @example
 * ```ts
 * const client = createClient('localhost:11211', { codec: jsonCodec() });
 * ```
 */
export function jsonCodec(): Codec {
  return JSON_CODEC;
}

const JSON_CODEC: Codec = {
  encode,
  // The bytes are ours to keep: a large value goes to the caller in the buffer it was read into.
  decode: (bytes, flags) => (flags === BYTES_FLAGS ? bytes : decodeSlice(bytes, 0, bytes.length, flags)),
  decodeSlice,
  keepsBuffer: (flags) => flags === BYTES_FLAGS,
};

function encode(value: unknown): EncodedValue {
  switch (typeof value) {
    case 'string':
      return { data: wellFormed(value), flags: TEXT_FLAGS };
    case 'number':
      if (Number.isSafeInteger(value)) return { data: String(value), flags: INTEGER_FLAGS };
      if (Number.isFinite(value)) return { data: JSON.stringify(value), flags: JSON_FLAGS };
      throw new InvalidValueError(`${value} cannot be stored as JSON`);
    case 'bigint':
      return { data: String(value), flags: INTEGER_FLAGS };
    case 'object':
      if (value instanceof Uint8Array) return { data: value, flags: BYTES_FLAGS };
      return { data: json(value), flags: JSON_FLAGS };
    case 'boolean':
      return { data: String(value), flags: JSON_FLAGS };
    default:
      throw new InvalidValueError(`A value of type ${typeof value} cannot be stored`);
  }
}

function json(value: object | null): string {
  if (value instanceof Map || value instanceof Set) {
    throw new InvalidValueError('A Map or Set cannot be stored as JSON: convert it to an array first');
  }
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw new InvalidValueError('The value cannot be stored as JSON', { cause });
  }
  if (text === undefined) throw new InvalidValueError('The value has no JSON form');
  return text;
}

function decodeSlice(buffer: Buffer, start: number, end: number, flags: number): unknown {
  switch (flags) {
    case TEXT_FLAGS:
      return textOf(buffer, start, end);
    case BYTES_FLAGS:
      return Buffer.from(buffer.subarray(start, end));
    case INTEGER_FLAGS:
      return integerOf(buffer.toString('latin1', start, end));
    case JSON_FLAGS:
      return parse(textOf(buffer, start, end));
    default:
      throw new DecodeError(`Value has client flags ${flags}, which jsonCodec does not know`);
  }
}

function parse(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch (cause) {
    throw new DecodeError('Value is marked as JSON and is none', { cause });
  }
}
