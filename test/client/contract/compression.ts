import { describe, expect, test } from 'vitest';
import { Client } from '../../../src/client/client.ts';
import { type CompressionAlgorithm, lacking } from '../../../src/codec/compression.ts';
import {
  bytesCodec,
  type Codec,
  DecodeError,
  InvalidValueError,
  jsonCodec,
  type MemcachedClient,
  ValueTooLargeError,
} from '../../../src/index.ts';
import type { Ground } from '../../harness/ground.ts';
import type { RawItem } from '../../harness/raw-items.ts';
import { expectSame } from '../../harness/same.ts';

const HERE = (['zlib', 'brotli', 'zstd'] as const).filter((each) => lacking(each) === undefined);

/** Some are compressed on this thread and some on another, going out as well as coming in. */
const COMPRESSIBLE: readonly (readonly [string, unknown])[] = [
  ['text', 'hello '.repeat(200)],
  ['unicode text', 'é🐎'.repeat(2_000)],
  ['text that takes another thread', 'hello, world '.repeat(60_000)],
  ['bytes', Buffer.alloc(5_000, 'bytes')],
  ['bytes that take another thread', Buffer.alloc(1_500_000, 'bytes\r\n')],
  ['an object', { list: Array.from({ length: 500 }, (_, id) => ({ id, name: 'name' })) }],
  ['an integer past all bounds', 10n ** 800n],
];

/** What Python's clients write of text: 16, and 8 where it is zlib. */
const pythonText: Codec = {
  encode: (value) => ({ data: String(value), flags: 16 }),
  decode: (bytes, flags) => `${flags}:${bytes}`,
  interoperable: true,
  zlibFlag: 8,
};

/** Values that are compressed, whatever the server, the dialect and the topology. */
export function compression(ground: Ground): void {
  const stored = async (key: string): Promise<RawItem> => {
    const item = await ground.raw.get(key);
    if (item === undefined) throw new Error('Nothing is stored');
    return item;
  };
  const compressing = (algorithm: CompressionAlgorithm = 'zlib', minBytes = 500): MemcachedClient =>
    ground.open({ compression: { algorithm, minBytes } });

  describe.each(HERE)('compression by %s', (algorithm) => {
    test.each(COMPRESSIBLE)('%s is stored smaller, and read by all', async (_, value) => {
      const client = compressing(algorithm);
      const key = ground.key();
      expect(await client.set(key, value)).toBe(true);
      for (const reader of [client, ground.client]) {
        expectSame(await reader.get(key), value);
        expectSame((await reader.getMany([key, 'none'])).get(key), value);
        expectSame((await reader.gets(key))?.value, value);
        expectSame((await reader.getsMany([key])).get(key)?.value, value);
        expectSame(await reader.getAndTouch(key, null), value);
      }
      const { data, flags } = await stored(key);
      const before = jsonCodec().encode(value);
      expect(data.length).toBeLessThan(Buffer.from(before.data).length / 2);
      expect(flags).toBe(0x4d5a_0000);
      expect((await client.gets(key))?.flags, 'the flags of the value').toBe(before.flags);
    });
  });

  describe('compression', () => {
    test('works with every verb that stores', async () => {
      const client = compressing();
      const [a, b, c] = [ground.key(), ground.key(), ground.key()];
      const [one, two] = ['one '.repeat(500), 'two '.repeat(100_000)];
      expect(await client.add(a, one)).toBe(true);
      expect(await client.add(a, two)).toBe(false);
      expect(await client.replace(a, two)).toBe(true);
      expect(await client.replace(b, two)).toBe(false);
      const item = await client.gets(a);
      expect(item).toMatchObject({ value: two, flags: 0 });
      expect(await client.cas(a, one, item?.casToken ?? 0n)).toBe('stored');
      expect(await client.cas(a, two, item?.casToken ?? 0n)).toBe('exists');
      expect(await client.cas(b, two, 1n)).toBe('notFound');
      expect(await client.setMany({ [b]: one, [c]: two })).toEqual([]);
      expect(await ground.client.getMany([a, b, c])).toEqual(
        new Map([
          [a, one],
          [b, one],
          [c, two],
        ]),
      );
      for (const key of [a, b, c]) expect((await stored(key)).flags).toBe(0x4d5a_0000);
      expect(await client.touch(c, 100)).toBe(true);
      expect(await client.delete(c)).toBe(true);
    });

    test('leaves what is short, what does not shrink, and counters', async () => {
      const client = compressing('zlib', 1);
      const random = Buffer.from(Array.from({ length: 40_000 }, () => Math.floor(Math.random() * 256)));
      const values = { short: 'a'.repeat(31), random, counter: 10_000_000_000_000_000_000n };
      for (const [name, value] of Object.entries(values)) {
        const key = ground.key();
        await client.set(key, value);
        expect((await stored(key)).flags, name).toBeLessThanOrEqual(0x3_0000);
        expectSame(await client.get(key), value);
      }
      const counter = ground.key();
      await client.set(counter, 41);
      expect(await client.incr(counter)).toBe(42);
    });

    test('counts maxValueBytes by what is sent, and says so for what does not shrink', async () => {
      const client = ground.open({ compression: { algorithm: 'zlib' }, maxValueBytes: 3_000 });
      const [key, other] = [ground.key(), ground.key()];
      await client.set(other, 'old');
      expect(await client.set(key, 'a'.repeat(900_000))).toBe(true);
      expect(await client.get(key)).toHaveLength(900_000);
      const random = Buffer.from(Array.from({ length: 40_000 }, () => Math.floor(Math.random() * 256)));
      await expect(client.set(other, random)).rejects.toThrow(ValueTooLargeError);
      expect(await client.get(other), 'the old value is gone').toBeUndefined();
    });

    test('of bytes keeps all 32 client flags', async () => {
      const codec = bytesCodec(0xffff_ffff);
      const client = ground.open({ codec, compression: { algorithm: 'zlib', minBytes: 100 } });
      const key = ground.key();
      await client.set(key, 'x'.repeat(1_000));
      expect(await ground.open({ codec }).gets(key)).toMatchObject({
        flags: 0xffff_ffff,
        value: Buffer.from('x'.repeat(1_000)),
      });
      await client.set(key, 'short');
      expect(await ground.open({ codec }).gets(key)).toMatchObject({ flags: 0xffff_ffff });
    });

    test('with a zlibFlag is a bare zlib stream with that flag, and is read without the option', async () => {
      const [short, long] = ['text '.repeat(50), 'text '.repeat(200_000)];
      const client = ground.open({ codec: pythonText, compression: { algorithm: 'zlib', minBytes: 100 } });
      for (const text of [short, long]) {
        const key = ground.key();
        await client.set(key, text);
        const { flags, data } = await stored(key);
        expect(flags).toBe(24);
        expect(data.readUInt16BE(0) % 31, 'the header of zlib').toBe(0);
        for (const reader of [client, ground.open({ codec: pythonText })]) {
          expect(await reader.get(key)).toBe(`16:${text}`);
          expect(await reader.gets(key)).toMatchObject({ flags: 16 });
        }
      }
    });

    test('is in the way of append and prepend, which reject; others attach', async () => {
      const client = compressing();
      const [packed, plain] = [ground.key(), ground.key()];
      await client.set(packed, 'long '.repeat(500));
      await client.set(plain, 'b');
      await expect(client.append(packed, 'x')).rejects.toThrow(InvalidValueError);
      await expect(client.prepend(packed, 'x')).rejects.toMatchObject({ operation: 'prepend', key: packed });
      expect(await client.get(packed)).toBe('long '.repeat(500));
      expect(await client.append(plain, 'c')).toBe(true);
      expect(await client.prepend(plain, 'a')).toBe(true);
      expect(await client.get(plain)).toBe('abc');
      expect(await client.append(ground.key(), 'x')).toBe(false);
      await expect(client.append(plain, Buffer.alloc(2_000_000))).rejects.toThrow(ValueTooLargeError);
    });

    test('that somebody attached to, or cut, is a DecodeError and not half a value', async () => {
      const key = ground.key();
      for (const text of ['long '.repeat(500), 'long '.repeat(100_000)]) {
        await compressing().set(key, text);
        await ground.client.append(key, 'x');
        await expect(ground.client.get(key)).rejects.toThrow(DecodeError);
        await expect(ground.client.gets(key)).rejects.toMatchObject({ operation: 'gets', key });
        await expect(ground.client.getMany([key])).rejects.toThrow(DecodeError);
      }
      const errors: Error[] = [];
      const lenient = ground.open({ onDecodeError: 'miss' });
      lenient.on('error', (error) => errors.push(error));
      const good = ground.key();
      await compressing().set(good, 'good '.repeat(100_000));
      expect([...(await lenient.getMany([key, good])).keys()]).toEqual([good]);
      expect(await lenient.get(key)).toBeUndefined();
      expect(errors).toHaveLength(2);
    });

    test('of an entry whose ttl is over is not in the way of add and counters', async () => {
      const client = compressing();
      if (!(client instanceof Client)) throw new Error('Not a client of this library');
      const over = async (): Promise<string> => {
        const key = ground.key();
        const life = { ttl: 0.001, staleTtl: 3_600, refreshed: false };
        await client.entries.store(key, { data: 'stale '.repeat(500), flags: 0 }, life, undefined);
        expect((await stored(key)).flags).toBe(0x4d59_0000);
        await expect.poll(() => client.get(key)).toBeUndefined();
        expect(await client.entries.fetch(key)).toMatchObject({ value: 'stale '.repeat(500), over: true });
        return key;
      };
      const [a, b] = [await over(), await over()];
      if (ground.subject.dialect !== 'meta') return;
      expect(await client.add(a, 'new')).toBe(true);
      expect(await client.incr(b, 1, { initial: 7 })).toBe(7);
    });

    test('keeps the order of calls on a key, awaited or not', async () => {
      const client = compressing();
      const key = ground.key();
      const large = 'large '.repeat(100_000);
      const answers = await Promise.all([
        client.set(key, large),
        client.get(key),
        client.set(key, 'small'),
        client.get(key),
        client.set(key, 1),
        client.incr(key),
        client.set(key, large),
        client.getMany([key, 'none']),
        client.append(key, 'x').catch((error: Error) => error.name),
        client.delete(key),
        client.get(key),
        client.add(key, large),
        client.set(key, 'last'),
      ]);
      expect(answers).toEqual([
        ...[true, large, true, 'small', true, 2, true, new Map([[key, large]]), 'InvalidValueError', true],
        ...[undefined, true, true],
      ]);
      expect(await ground.client.get(key)).toBe('last');
    });
  });
}
