import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ENVELOPE_FLAGS, seal, unseal } from '../../src/client/envelope.ts';
import { encodeValue } from '../../src/client/values.ts';
import { bytesCodec, DecodeError, InvalidValueError } from '../../src/index.ts';

const byteString = fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
const content = fc.record({
  data: fc.oneof(byteString, fc.uint8Array({ maxLength: 80 })),
  flags: fc.integer({ min: 0, max: 0xffff_ffff }),
});

describe('an envelope', () => {
  test('says what was sealed, wherever it stands in a buffer', () => {
    const ttl = fc.double({ min: 0.001, max: 1e8, noNaN: true });
    const staleTtl = fc.double({ min: 0, max: 1e8, noNaN: true });
    fc.assert(
      fc.property(content, ttl, staleTtl, fc.nat(5), (value, ttl, staleTtl, offset) => {
        const nowMs = 1_800_000_000_000;
        const { data, flags } = seal(value, ttl, staleTtl, nowMs);
        expect(flags).toBe(ENVELOPE_FLAGS);
        const bytes = Buffer.concat([
          Buffer.alloc(offset, 0xff),
          typeof data === 'string' ? Buffer.from(data, 'latin1') : data,
        ]);
        const { start, ...says } = unseal(bytes, offset, bytes.length);
        expect(says).toEqual({
          holdsValue: true,
          flags: value.flags,
          staleTtl: Math.ceil(staleTtl),
          freshUntilMs: Math.round(nowMs + ttl * 1000),
        });
        const sealed = bytes.subarray(start);
        const given =
          typeof value.data === 'string' ? Buffer.from(value.data, 'latin1') : Buffer.from(value.data);
        expect(sealed.equals(given)).toBe(true);
      }),
    );
  });

  test('can hold nothing', () => {
    const { data } = seal(undefined, 10, 0, 1_000);
    const bytes = Buffer.from(data as string, 'latin1');
    expect(unseal(bytes, 0, bytes.length)).toMatchObject({ holdsValue: false, freshUntilMs: 11_000 });
  });

  test('clamps times that have no room in it', () => {
    const { data } = seal(undefined, 1e300, 1e300, 0);
    const bytes = Buffer.from(data as string, 'latin1');
    expect(unseal(bytes, 0, bytes.length)).toMatchObject({
      staleTtl: 0xffff_ffff,
      freshUntilMs: 0xffff_ffff_ffff,
    });
  });

  test.each([
    ['empty', Buffer.alloc(0)],
    ['cut', Buffer.from([1, 0, 0])],
    ['of another kind', Buffer.alloc(20)],
  ])('that is %s is none', (_name, bytes) => {
    expect(() => unseal(bytes, 0, bytes.length)).toThrow(DecodeError);
  });

  test('is not made by a codec', () => {
    expect(() => encodeValue(bytesCodec(ENVELOPE_FLAGS), 'text')).toThrow(InvalidValueError);
  });
});
