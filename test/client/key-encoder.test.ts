import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KeyEncoder, type KeyEncoderOptions } from '../../src/client/key-encoder.ts';
import { InvalidKeyError } from '../../src/index.ts';

function encoderOf(options: Partial<KeyEncoderOptions> = {}): KeyEncoder {
  return new KeyEncoder({ keyPrefix: '', longKeys: 'throw', unsafeKeys: 'throw', ...options });
}

const anyKey = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 }),
  fc.uint8Array({ minLength: 1, maxLength: 400 }),
);

describe('a key encoder', () => {
  test('with both options takes any key, and sends what memcached can carry', () => {
    const encoder = encoderOf({ longKeys: 'hash', unsafeKeys: 'base64', keyPrefix: 'p:' });
    fc.assert(
      fc.property(anyKey, (key) => {
        const { text } = encoder.encode(key);
        expect(text.length).toBeLessThanOrEqual(250);
        expect(text).toMatch(/^[\x21-\x7e\x80-\xff]+$/);
      }),
    );
  });

  test('routes by the bytes of the key, however it is sent', () => {
    const encoder = encoderOf({ unsafeKeys: 'base64', keyPrefix: 'p:' });
    expect(encoder.encode('a b')).toEqual({ text: 'cDphIGI=', base64: true, routed: 'p:a b' });
    expect(encoder.encode('é')).toEqual({ text: 'p:\xc3\xa9', base64: false, routed: 'p:\xc3\xa9' });
  });

  test('counts bytes on the wire, prefix and base64 included', () => {
    expect(() => encoderOf({ keyPrefix: 'p:' }).encode('k'.repeat(249))).toThrow(InvalidKeyError);
    expect(() => encoderOf({ unsafeKeys: 'base64' }).encode(' '.repeat(188))).toThrow(InvalidKeyError);
    expect(encoderOf({ unsafeKeys: 'base64' }).encode(' '.repeat(186)).text).toHaveLength(248);
  });

  test.each(['', 'p:'])(
    'with the prefix %o, a caller cannot make the key that another is hashed to',
    (keyPrefix) => {
      const encoder = encoderOf({ longKeys: 'hash', keyPrefix });
      const long = encoder.encode('k'.repeat(300)).text;
      const forged = encoder.encode(long.slice(keyPrefix.length)).text;
      expect(forged).not.toBe(long);
      expect(forged).toMatch(/^(?:p:)?sha256:[0-9a-f]{64}$/);
      expect(encoder.encode('sha256:abc').text).toBe(`${keyPrefix}sha256:abc`);
    },
  );

  test('keeps the prefix of a hashed key readable', () => {
    const encoder = encoderOf({ longKeys: 'hash', keyPrefix: 'app:' });
    expect(encoder.encode('k'.repeat(300)).text).toMatch(/^app:sha256:[0-9a-f]{64}$/);
    expect(encoder.encode('short').text).toBe('app:short');
  });
});
