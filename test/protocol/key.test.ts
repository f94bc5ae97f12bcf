import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidKeyError } from '../../src/errors.ts';
import { encodeBinaryKey, encodeKey, isSafeKey, keyBytes, toByteString } from '../../src/protocol/key.ts';

function errorOf(run: () => unknown): InvalidKeyError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidKeyError);
    return error as InvalidKeyError;
  }
  throw new Error('Expected an InvalidKeyError');
}

describe('encodeKey', () => {
  test.each([
    ['ASCII', 'user:1', 'user:1'],
    [
      'every visible ASCII character',
      '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~',
      '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~',
    ],
    ['two bytes a character', 'é', '\xc3\xa9'],
    ['three bytes', '€', '\xe2\x82\xac'],
    ['a surrogate pair, four bytes', '😀', '\xf0\x9f\x98\x80'],
    ['a no-break space', 'a\u00a0b', 'a\xc2\xa0b'],
    ['a line separator', 'a\u2028b', 'a\xe2\x80\xa8b'],
    ['NEL, a C1 control character', 'a\u0085b', 'a\xc2\x85b'],
    ['an ideographic space', '\u3000', '\xe3\x80\x80'],
    ['U+FFFD itself', '\ufffd', '\xef\xbf\xbd'],
    ['a non-character', '\uffff', '\xef\xbf\xbf'],
    ['bytes', Uint8Array.of(0x61, 0xff, 0x80, 0x21), 'a\xff\x80!'],
    ['a view of bytes', Uint8Array.of(0, 0x61, 0x62, 0).subarray(1, 3), 'ab'],
    ['a Buffer', Buffer.from('é'), '\xc3\xa9'],
    ['250 bytes', 'k'.repeat(250), 'k'.repeat(250)],
    ['250 bytes of 125 characters', 'é'.repeat(125), '\xc3\xa9'.repeat(125)],
    ['250 bytes given as bytes', new Uint8Array(250).fill(0xff), '\xff'.repeat(250)],
  ])('takes %s', (_, key, expected) => {
    expect(encodeKey(key)).toBe(expected);
    expect(isSafeKey(expected)).toBe(true);
  });

  test.each([
    ['an empty string', '', 'empty'],
    ['no bytes', new Uint8Array(0), 'empty'],
    ['251 bytes', 'k'.repeat(251), '251 bytes'],
    ['252 bytes of 126 characters', 'é'.repeat(126), '252 bytes'],
    ['251 bytes given as bytes', new Uint8Array(251).fill(0x61), '251 bytes'],
    ['a space', 'a b', 'space or control'],
    ['a space at the end', 'a ', 'space or control'],
    ['a newline', 'a\nflush_all', 'space or control'],
    ['a CRLF', 'a\r\nflush_all\r\n', 'space or control'],
    ['a tab', 'a\tb', 'space or control'],
    ['DEL', 'a\x7f', 'space or control'],
    ['a NUL byte', Uint8Array.of(0x61, 0), 'space or control'],
    ['a space beside other characters', 'é b', 'space or control'],
    ['a high surrogate alone', 'a\ud800', 'surrogate'],
    ['a low surrogate alone', '\udc00a', 'surrogate'],
    ['surrogates in the wrong order', '\udc00\ud800', 'surrogate'],
  ])('refuses %s', (_, key, message) => {
    const error = errorOf(() => encodeKey(key));
    expect(error.message).toContain(message);
    expect(error.code).toBe('ERR_MEMFLEET_INVALID_KEY');
    expect(error.key).toBe(key);
    expect(Object.keys(error)).not.toContain('key');
  });

  test('refuses each control character, in text and in bytes', () => {
    for (const code of [...Array.from({ length: 33 }, (_, i) => i), 0x7f]) {
      errorOf(() => encodeKey(`a${String.fromCharCode(code)}b`));
      errorOf(() => encodeKey(Uint8Array.of(0x61, code)));
      expect(isSafeKey(String.fromCharCode(code))).toBe(false);
    }
  });

  test.each<[name: string, key: unknown, type: string]>([
    ['undefined', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a number', 1, 'number'],
    ['a bigint', 1n, 'bigint'],
    ['a symbol', Symbol('k'), 'symbol'],
    ['an object', { key: 'secret' }, 'object'],
    ['an array', ['secret'], 'object'],
    ['an ArrayBuffer', new ArrayBuffer(3), 'object'],
    ['16 bit integers', Uint16Array.of(0x61), 'object'],
    ['a String object', new String('secret'), 'object'],
  ])('refuses %s', (_, key, type) => {
    for (const encode of [encodeKey, keyBytes]) {
      const error = errorOf(() => encode(key as string));
      expect(error.message).toBe(`Key must be a string or a Uint8Array, not ${type}`);
    }
  });

  test('never puts the key in the message', () => {
    for (const key of ['secret key', 'secret'.repeat(50), 'secret\n', 'secret\ud800']) {
      expect(errorOf(() => encodeKey(key)).message).not.toContain('secret');
    }
  });

  test('gives distinct keys for distinct strings, and UTF-8 bytes', () => {
    const key = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
      .filter((text) => !/[\0-\x20\x7f]/.test(text));
    fc.assert(
      fc.property(key, (text) => {
        const bytes = Buffer.from(text, 'utf8');
        fc.pre(bytes.length <= 250);
        expect(encodeKey(text)).toBe(bytes.toString('latin1'));
        expect(encodeKey(new Uint8Array(bytes))).toBe(encodeKey(text));
        expect(Buffer.from(encodeKey(text), 'latin1').toString('utf8')).toBe(text);
      }),
    );
  });
});

describe('encodeBinaryKey', () => {
  function encode(key: string | Uint8Array): string {
    return encodeBinaryKey(keyBytes(key), key);
  }

  test.each([
    ['text', 'foo', 'Zm9v'],
    ['spaces and newlines', 'a b\r\n', 'YSBiDQo='],
    ['UTF-8', 'é', 'w6k='],
    ['bytes', Uint8Array.of(0, 0xff), 'AP8='],
    ['186 bytes, 248 encoded', new Uint8Array(186), 'A'.repeat(248)],
  ])('encodes %s', (_, key, expected) => {
    expect(encode(key)).toBe(expected);
  });

  test.each([
    ['an empty string', '', 'empty'],
    ['187 bytes: 252 encoded', new Uint8Array(187), '252 bytes'],
    ['a lone surrogate', 'a\ud800', 'surrogate'],
  ])('refuses %s', (_, key, message) => {
    expect(errorOf(() => encode(key)).message).toContain(message);
  });
});

describe('isSafeKey', () => {
  test('holds the bounds of a byte string', () => {
    expect(isSafeKey('')).toBe(false);
    expect(isSafeKey('k'.repeat(250))).toBe(true);
    expect(isSafeKey('k'.repeat(251))).toBe(false);
    expect(isSafeKey('\x80\xff')).toBe(true);
  });
});

describe('toByteString', () => {
  test.each([
    ['ASCII as it is, whatever its characters', 'a b\r\n\0\x7f', 'a b\r\n\0\x7f'],
    ['other text as UTF-8', 'ÿ', '\xc3\xbf'],
    [
      'bytes one to one',
      Uint8Array.from({ length: 256 }, (_, i) => i),
      String.fromCharCode(...Array(256).keys()),
    ],
    ['nothing', '', ''],
  ])('gives %s', (_, value, expected) => {
    expect(toByteString(value)).toBe(expected);
  });
});
