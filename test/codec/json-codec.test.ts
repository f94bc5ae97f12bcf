import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DecodeError, jsonCodec } from '../../src/index.ts';

const codec = jsonCodec();

function roundTrip(value: unknown): unknown[] {
  const { data, flags } = codec.encode(value);
  const bytes = typeof data === 'string' ? Buffer.from(data, 'utf8') : Buffer.from(data);
  const around = Buffer.concat([Buffer.from('before'), bytes, Buffer.from('after')]);
  return [codec.decode(bytes, flags), codec.decodeSlice?.(around, 6, 6 + bytes.length, flags)];
}

describe('jsonCodec', () => {
  test('gives back any text, bytes, integer and JSON value', () => {
    const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown);
    const any = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      fc.maxSafeInteger().filter((value) => !Object.is(value, -0)),
      fc.bigInt().filter((value) => value > 2n ** 53n || value < -(2n ** 53n)),
      json.filter((value) => !Object.is(value, -0)),
    );
    fc.assert(
      fc.property(any, (value) => {
        for (const back of roundTrip(value)) expect(back).toStrictEqual(value);
      }),
      { numRuns: 500 },
    );
  });

  test('uses the flags it says', () => {
    const flags = ['text', Buffer.of(1), 1, 1n, 1.5, true, null, {}, []].map(
      (value) => codec.encode(value).flags,
    );
    expect(flags).toEqual([
      0, 0x1_0000, 0x2_0000, 0x2_0000, 0x3_0000, 0x3_0000, 0x3_0000, 0x3_0000, 0x3_0000,
    ]);
  });

  test('reads a counter that decr padded with spaces', () => {
    expect(codec.decode(Buffer.from('9 '), 0x2_0000)).toBe(9);
    expect(codec.decode(Buffer.from('-0'), 0x2_0000)).toBe(0);
  });

  test.each([
    ['flags it does not know', 'x', 1],
    ['text that is no UTF-8', Buffer.of(0xff), 0],
    ['JSON that is none', '{', 0x3_0000],
    ['JSON of nothing', '', 0x3_0000],
    ['an integer that is none', '1.5', 0x2_0000],
    ['an integer of nothing', '', 0x2_0000],
    ['an integer without end', '9'.repeat(100_000), 0x2_0000],
  ])('%s: DecodeError', (_, bytes, flags) => {
    expect(() => codec.decode(Buffer.from(bytes), flags)).toThrow(DecodeError);
  });

  test('does not let JSON change prototypes', () => {
    const value = codec.decode(Buffer.from('{"__proto__":{"admin":true}}'), 0x3_0000) as { admin?: boolean };
    expect(value.admin).toBeUndefined();
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });
});
