import { describe, expect, test } from 'vitest';
import { bytesCodec, DecodeError, InvalidValueError } from '../../../src/index.ts';
import type { Ground } from '../../harness/ground.ts';
import { expectSame } from '../../harness/same.ts';

const EVERY_BYTE = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
const LIKE_REPLIES = 'x\r\nEND\r\nVALUE y 0 1\r\nz\r\nEND\r\nHD\r\nVA 1\r\na\r\nSERVER_ERROR no\r\n';

const ROUND_TRIPS: readonly (readonly [string, unknown])[] = [
  ['text', 'hello'],
  ['an empty string', ''],
  ['text like replies', LIKE_REPLIES],
  ['text with NUL', 'a\0b'],
  ['text with dollars', 'price$$ $& $1'],
  ['unicode text', 'žluťoučký kůň 🐎 中文'],
  ['long unicode text', 'é🐎'.repeat(20_000)],
  ['long ASCII text', 'abcdefgh'.repeat(50_000)],
  ['the replacement character', 'a\ufffdb'],
  ['digits in text', '42'],
  ['an integer', 42],
  ['a negative integer', -7],
  ['the largest safe integer', Number.MAX_SAFE_INTEGER],
  ['an integer past 2^53', 2n ** 60n],
  ['a fraction', 1.5],
  ['true', true],
  ['false', false],
  ['null', null],
  ['an object', { a: [1, { b: null }], c: 'é', 'd e': '\r\n' }],
  ['an array', [1, 'two', [3]]],
  ['every byte', EVERY_BYTE],
  ['no bytes', Buffer.alloc(0)],
  ['bytes like replies', Buffer.from(LIKE_REPLIES)],
  ['many bytes', Buffer.alloc(200_000, EVERY_BYTE)],
];

const REFUSED: readonly (readonly [string, unknown])[] = [
  ['undefined', undefined],
  ['a function', (): number => 1],
  ['a symbol', Symbol('s')],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['a Map', new Map()],
  ['a Set', new Set()],
  ['half a surrogate pair', '\ud800'],
  ['an object with a bigint', { a: 1n }],
];

export function values(ground: Ground): void {
  describe('values', () => {
    test.each(ROUND_TRIPS)('%s comes back as it was', async (_, value) => {
      const { client } = ground;
      const key = ground.key();
      expect(await client.set(key, value)).toBe(true);
      const [got, many, item] = await Promise.all([client.get(key), client.getMany([key]), client.gets(key)]);
      expectSame(got, value);
      expectSame(many.get(key), value);
      expectSame(item?.value, value);
    });

    test('neighbours in one burst keep their own values', async () => {
      const { client } = ground;
      const pairs = ROUND_TRIPS.map(
        ([name, value]) => [ground.key(name.replaceAll(/\W/g, '-')), value] as const,
      );
      await Promise.all(pairs.map(([key, value]) => client.set(key, value)));
      const got = await Promise.all(pairs.map(([key]) => client.get(key)));
      for (const [i, [, value]] of pairs.entries()) expectSame(got[i], value);
      const found = await client.getMany(pairs.map(([key]) => key));
      expect([...found.keys()], 'in the order asked').toEqual(pairs.map(([key]) => key));
      for (const [key, value] of pairs) expectSame(found.get(key), value);
    });

    test('a plain Uint8Array, also a view into a larger buffer, is stored as its bytes', async () => {
      const { client } = ground;
      const key = ground.key();
      const bytes = new Uint8Array([0, 1, 2, 3, 4, 5]).subarray(2, 5);
      await client.set(key, bytes);
      expect(await client.get(key)).toStrictEqual(Buffer.from([2, 3, 4]));
    });

    test('bytes got are the callers own: later reads do not change them', async () => {
      const { client } = ground;
      const [a, b] = [ground.key(), ground.key()];
      await client.set(a, Buffer.from('first'));
      await client.set(b, Buffer.from('other'));
      const first = await client.get<Buffer>(a);
      for (let i = 0; i < 5; i++) await client.get(b);
      expect(first?.toString()).toBe('first');
    });

    test.each(REFUSED)('%s is refused, and what was stored stays', async (_, value) => {
      const { client } = ground;
      const key = ground.key();
      await client.set(key, 'before');
      await expect(client.set(key, value)).rejects.toThrow(InvalidValueError);
      expect(await client.get(key)).toBe('before');
    });

    test('a Date comes back as its ISO string', async () => {
      const key = ground.key();
      await ground.client.set(key, new Date(0));
      expect(await ground.client.get(key)).toBe('1970-01-01T00:00:00.000Z');
    });

    test('a miss is undefined, and a stored null is not a miss', async () => {
      const { client } = ground;
      const key = ground.key();
      expect(await client.get(key)).toBeUndefined();
      expect(await client.gets(key)).toBeUndefined();
      await client.set(key, null);
      expect(await client.get(key)).toBeNull();
      expect((await client.getMany([key])).has(key)).toBe(true);
    });

    test('bytesCodec stores bytes with the client flags it is given', async () => {
      const client = ground.open({ codec: bytesCodec(0xffff_ffff) });
      const key = ground.key();
      await client.set(key, EVERY_BYTE);
      const item = await client.gets(key);
      expect(item).toMatchObject({ value: EVERY_BYTE, flags: 0xffff_ffff });
      await expect(client.set(key, 1)).rejects.toThrow(InvalidValueError);
    });

    test('unknown client flags are a DecodeError that names the verb, in getMany too', async () => {
      const key = ground.key();
      await ground.open({ codec: bytesCodec(2) }).set(key, 'no JSON');
      const { client } = ground;
      const failure = await client.get(key).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(DecodeError);
      expect(failure).toMatchObject({ operation: 'get', key });
      await expect(client.gets(key)).rejects.toThrow(DecodeError);
      await expect(client.getMany([key])).rejects.toThrow(DecodeError);
      expect(await client.get(ground.key()), 'the connection serves on').toBeUndefined();
    });

    test("onDecodeError 'miss': a miss, and an error event", async () => {
      const [bad, good] = [ground.key(), ground.key()];
      await ground.open({ codec: bytesCodec(2) }).set(bad, 'no JSON');
      const client = ground.open({ onDecodeError: 'miss' });
      const errors: Error[] = [];
      client.on('error', (error) => errors.push(error));
      await client.set(good, 1);
      expect(await client.get(bad)).toBeUndefined();
      expect(await client.gets(bad)).toBeUndefined();
      expect(await client.getMany([bad, good])).toEqual(new Map([[good, 1]]));
      expect(errors).toHaveLength(3);
      expect(errors.every((error) => error instanceof DecodeError)).toBe(true);
    });

    test('a codec of your own is given back what it stored; one that throws is a DecodeError', async () => {
      const codec = {
        encode: (value: unknown) => ({ data: Buffer.from(`<${value}>`), flags: 7 }),
        decode: (bytes: Buffer, flags: number) => {
          if (bytes.includes('bad')) throw new RangeError('no');
          return `${flags}${bytes}`;
        },
      };
      const client = ground.open({ codec });
      const key = ground.key();
      await client.set(key, 'a');
      expect(await client.get(key)).toBe('7<a>');
      await client.set(key, 'bad');
      await expect(client.get(key)).rejects.toMatchObject({
        code: 'ERR_MEMFLEET_DECODE',
        cause: expect.any(RangeError),
      });
    });

    test('client flags that are no 32 bits are refused', async () => {
      const codec = { encode: () => ({ data: 'x', flags: 2 ** 32 }), decode: () => 1 };
      await expect(ground.open({ codec }).set(ground.key(), 1)).rejects.toThrow(InvalidValueError);
    });
  });
}
