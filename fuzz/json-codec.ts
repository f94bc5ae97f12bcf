import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { BYTES_FLAGS, INTEGER_FLAGS, JSON_FLAGS, jsonCodec, TEXT_FLAGS } from '../src/codec/json-codec.ts';
import { DecodeError } from '../src/errors.ts';
import { damaged, noise } from './bytes.ts';
import type { FuzzProperty } from './fuzz-property.ts';

const FRAGMENTS: readonly string[] = [
  ...['{', '}', '[', ']', ',', ':', '"', '\\', '\\u', 'null', 'true', 'false', '1e999', '-0', '.5', '1', '-'],
  ...['9007199254740993', '{"__proto__":{"a":1}}', '"a"', ' ', '\0', '\xef\xbf\xbd', '\xed\xa0\x80', '\xff'],
  '9'.repeat(400),
  '['.repeat(3000),
  'a'.repeat(9000),
];

const codec = jsonCodec();
const anyFlags = fc.oneof(
  fc.constantFrom(TEXT_FLAGS, BYTES_FLAGS, INTEGER_FLAGS, JSON_FLAGS),
  fc.integer({ min: 0, max: 0xffff_ffff }),
);
const json = fc.json().map((text) => Buffer.from(text));
const digits = fc.bigInt().map((value) => Buffer.from(String(value)));
const anyBytes = fc.oneof(noise(FRAGMENTS), json, damaged(json), digits, damaged(digits));

type Decoded = { readonly value: unknown } | 'refused';

/** What `decode` gives; any error but a DecodeError is the property's failure. */
function decoded(decode: () => unknown): Decoded {
  try {
    return { value: decode() };
  } catch (error) {
    assert.ok(error instanceof DecodeError, String(error));
    return 'refused';
  }
}

/** The same by other means, and in no hurry. */
function expected(stored: Buffer, flags: number): Decoded {
  const text = stored.toString('utf8');
  switch (flags) {
    case TEXT_FLAGS:
      return isUtf8(stored) ? { value: text } : 'refused';
    case BYTES_FLAGS:
      return { value: stored };
    case INTEGER_FLAGS: {
      if (!/^\s*-?\d{1,1000}\s*$/.test(stored.toString('latin1'))) return 'refused';
      const value = BigInt(stored.toString('latin1'));
      const safe = value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER);
      return { value: safe ? Number(value) : value };
    }
    case JSON_FLAGS:
      try {
        return isUtf8(stored) ? { value: JSON.parse(text) } : 'refused';
      } catch {
        return 'refused';
      }
    default:
      return 'refused';
  }
}

export const jsonCodecProperties: readonly FuzzProperty[] = [
  {
    name: 'jsonCodec: any bytes decode to what their client flags say, or are a DecodeError',
    runs: 2000,
    property: fc.property(anyBytes, anyFlags, fc.nat(20), (stored, flags, offset) => {
      const whole = decoded(() => codec.decode(Buffer.from(stored), flags));
      const read = Buffer.concat([Buffer.alloc(offset, '"'), stored, Buffer.from('9"]}')]);
      const slice = decoded(() => codec.decodeSlice?.(read, offset, offset + stored.length, flags));
      // What was decoded holds nothing of the read buffer, which the next read writes over.
      read.fill(0);
      assert.deepEqual(whole, expected(stored, flags));
      assert.deepEqual(slice, whole);
      // It would be taken for a miss.
      assert.ok(whole === 'refused' || whole.value !== undefined);
    }),
  },
];
