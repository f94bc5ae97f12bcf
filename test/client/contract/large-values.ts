import { describe, expect, test } from 'vitest';
import { Client } from '../../../src/client/client.ts';
import { chunkCount, chunkKey, type Manifest, readManifest } from '../../../src/client/manifest.ts';
import {
  bytesCodec,
  type ClientOptions,
  DecodeError,
  InvalidValueError,
  type MemcachedClient,
  ValueTooLargeError,
} from '../../../src/index.ts';
import type { Ground } from '../../harness/ground.ts';
import { expectSame } from '../../harness/same.ts';

const SPLIT = 0x4d53_0000;
/** Small chunks make the same of less. */
const SMALL = { largeValues: 'split', maxValueBytes: 5_000 } as const;

/** Bytes in which no part is like another. */
function bytesOf(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[i] = state >>> 16;
  }
  return bytes;
}

/** Values above what the server takes, whatever it is, the dialect and the topology. */
export function largeValues(ground: Ground): void {
  const splitting = (options: ClientOptions = {}): MemcachedClient => ground.open({ ...SMALL, ...options });

  /** What is under a key that holds a split value. */
  async function manifestOf(key: string): Promise<Manifest> {
    const item = await ground.raw.get(key);
    if (item?.flags !== SPLIT) throw new Error('Not split');
    return readManifest(item.data, 0, item.data.length, 2 ** 26);
  }

  async function chunkKeysOf(key: string): Promise<string[]> {
    const manifest = await manifestOf(key);
    return Array.from({ length: chunkCount(manifest) }, (_, index) => chunkKey(manifest, index));
  }

  async function left(keys: readonly string[]): Promise<number> {
    const items = await Promise.all(keys.map((key) => ground.raw.get(key)));
    return items.filter((item) => item !== undefined).length;
  }

  describe("largeValues: 'split'", () => {
    test.each([
      ['what the server just takes', 1_048_576],
      ['a little more', 1_048_577],
      ['several MB', 5_000_000],
    ])('%s is stored and read whole, by the default sizes', async (_, length) => {
      const client = ground.open({ largeValues: 'split' });
      const key = ground.key();
      const value = bytesOf(length);
      expect(await client.set(key, value, { ttl: 60 })).toBe(true);
      expectSame(await client.get(key), value);
      expectSame(await ground.client.get(key), value);
    });

    test('values of any kind, around the limit, are read by every verb and every reader', async () => {
      const client = splitting();
      const values = [
        ...[4_487, 4_488, 4_489, 4_999, 5_000, 5_001].map((length) => bytesOf(length)),
        ...['é🐎'.repeat(5_000), 'ASCII '.repeat(5_000), { list: Array(5_000).fill('item') }, 10n ** 6_000n],
      ].slice(0, 9);
      for (const value of values) {
        const key = ground.key();
        expect(await client.set(key, value)).toBe(true);
        for (const reader of [client, ground.client]) {
          expectSame(await reader.get(key), value);
          expectSame((await reader.gets(key))?.value, value);
          expectSame((await reader.getMany([key, 'none'])).get(key), value);
          expectSame((await reader.getsMany([key])).get(key)?.value, value);
          expectSame(await reader.getAndTouch(key, null), value);
        }
      }
    });

    test('the manifest is small, and the chunks have keys of their own with the prefix', async () => {
      const key = ground.key();
      await splitting({ keyPrefix: 'app:' }).set(key, bytesOf(20_000));
      const keys = await chunkKeysOf(`app:${key}`);
      expect(keys).toHaveLength(5);
      for (const each of keys) expect(each).toMatch(/^app:~[\da-f-]{36}\.\d$/);
      expect(await left(keys)).toBe(5);
      await splitting().set(key, bytesOf(20_000));
      expect(await chunkKeysOf(key)).not.toEqual(keys);
      expectSame(await ground.client.get(`app:${key}`), bytesOf(20_000));
    });

    test('getMany and getsMany put several together, among others', async () => {
      const client = splitting();
      const entries = new Map<string, unknown>();
      for (let i = 0; i < 12; i++) entries.set(ground.key(), i % 3 === 0 ? i : bytesOf(3_000 * i, i));
      expect(await client.setMany(entries)).toEqual([]);
      const keys = [...entries.keys()];
      const [many, items] = await Promise.all([client.getMany(keys), client.getsMany(keys)]);
      expect([...many.keys()]).toEqual(keys);
      for (const [key, value] of entries) {
        expectSame(many.get(key), value);
        expectSame(items.get(key)?.value, value);
      }
    });

    test('a chunk that is gone or damaged makes a miss, and not of others', async () => {
      const client = splitting();
      const [key, other] = [ground.key(), ground.key()];
      await client.setMany({ [key]: bytesOf(18_000), [other]: bytesOf(18_000, 2) });
      const keys = await chunkKeysOf(key);
      const foreign = await chunkKeysOf(other);
      for (const [index, chunk] of keys.entries()) {
        const item = await ground.raw.get(chunk);
        if (item === undefined) throw new Error('No chunk');
        const flipped = Buffer.from(item.data);
        flipped[flipped.length - 1] = (flipped[flipped.length - 1] as number) ^ 1;
        const replaced = await ground.raw.get(foreign[index] as string);
        for (const data of [flipped, item.data.subarray(1), Buffer.alloc(0), replaced?.data, undefined]) {
          if (data === undefined) await ground.raw.delete(chunk);
          else await ground.raw.set(chunk, { flags: item.flags, data });
          expect(await client.get(key)).toBeUndefined();
          expect(await client.gets(key)).toBeUndefined();
          expect([...(await client.getMany([key, other])).keys()]).toEqual([other]);
        }
        await ground.raw.set(chunk, item);
        expectSame(await client.get(key), bytesOf(18_000));
      }
    });

    test('what lost its chunks is not in the way of add, replace, cas and set', async () => {
      const client = splitting();
      const verbs: ((key: string) => Promise<unknown>)[] = [
        (key) => client.add(key, 'new'),
        (key) => client.add(key, bytesOf(9_000)),
        (key) => client.replace(key, 'new'),
        (key) => client.set(key, bytesOf(9_000)),
        (key) => client.incr(key, 1, { initial: 5 }),
      ];
      for (const verb of verbs) {
        const key = ground.key();
        await client.set(key, bytesOf(9_000, 3));
        await ground.raw.delete((await chunkKeysOf(key))[0] as string);
        expect(await verb(key)).toBeTruthy();
        expect(await client.get(key)).toBeDefined();
      }
    });

    test('add, replace and cas store the whole or nothing, and leave no chunks of nothing', async () => {
      const client = splitting();
      const key = ground.key();
      const [one, two] = [bytesOf(12_000, 1), bytesOf(17_000, 2)];
      expect(await client.replace(key, one)).toBe(false);
      expect(await client.cas(key, one, 1n)).toBe('notFound');
      expect(await client.add(key, one)).toBe(true);
      expect(await client.add(key, two)).toBe(false);
      const item = await client.gets(key);
      expectSame(item?.value, one);
      expect(item?.flags).toBe(0x1_0000);
      expect(await client.cas(key, two, item?.casToken ?? 0n)).toBe('stored');
      expect(await client.cas(key, one, item?.casToken ?? 0n)).toBe('exists');
      expect(await client.set(key, one, { casToken: item?.casToken ?? 0n })).toBe(false);
      expectSame(await client.get(key), two);
      expect(await client.replace(key, one)).toBe(true);
      expectSame(await client.get(key), one);
    });

    test('delete takes the chunks too', async () => {
      const client = splitting();
      const [a, b, plain] = [ground.key(), ground.key(), ground.key()];
      await client.setMany({ [a]: bytesOf(20_000), [b]: bytesOf(20_000), [plain]: 1 });
      const keys = [...(await chunkKeysOf(a)), ...(await chunkKeysOf(b))];
      expect(await client.delete(a)).toBe(true);
      expect(await client.deleteMany([a, b, plain])).toBe(2);
      expect(await client.get(b)).toBeUndefined();
      await expect.poll(() => left(keys)).toBe(0);
      expect(await client.delete(a)).toBe(false);
    });

    test('touch and getAndTouch keep the chunks for as long as the manifest', async () => {
      const client = splitting();
      const [key, plain] = [ground.key(), ground.key()];
      await client.set(plain, 1, { ttl: 100 });
      for (const touch of [
        () => client.touch(key, 5_000),
        async () => Buffer.isBuffer(await client.getAndTouch(key, 5_000)),
      ]) {
        await client.set(key, bytesOf(9_000), { ttl: 100 });
        const keys = await chunkKeysOf(key);
        expect(await touch()).toBe(true);
        expect(await client.touch(plain, 5_000)).toBe(true);
        if (ground.subject.dialect === 'meta') {
          const opened = ground.open({ codec: bytesCodec() });
          const items = await Promise.all([key, plain, ...keys].map((each) => opened.gets(each)));
          const [head = 0, small = 0, ...chunks] = items.map((item) => item?.ttl ?? 0);
          expect(head).toBeGreaterThan(4_000);
          expect(small).toBeGreaterThan(4_000);
          for (const ttl of chunks) expect(ttl).toBeGreaterThan(head);
        }
      }
      expect(await client.touch(ground.key(), 100)).toBe(false);
      await ground.raw.delete((await chunkKeysOf(key))[1] as string);
      expect(await client.touch(key, 100)).toBe(false);
    });

    test('append and prepend reject; by others they make a DecodeError, not another value', async () => {
      const client = splitting();
      const key = ground.key();
      await client.set(key, bytesOf(9_000));
      await expect(client.append(key, 'x')).rejects.toThrow(InvalidValueError);
      await expect(client.prepend(key, 'x')).rejects.toThrow(InvalidValueError);
      expectSame(await client.get(key), bytesOf(9_000));
      await ground.client.append(key, 'x');
      await expect(client.get(key)).rejects.toThrow(DecodeError);
      await expect(client.getMany([key])).rejects.toMatchObject({ operation: 'getMany' });
      expect(await client.delete(key)).toBe(true);
      await expect(client.append(ground.key(), Buffer.alloc(6_000))).rejects.toThrow(ValueTooLargeError);
    });

    test('a value past 64 MiB is refused, and its old value is gone', async () => {
      const client = splitting();
      const key = ground.key();
      await client.set(key, 'old');
      await expect(client.set(key, Buffer.alloc(67_108_865))).rejects.toThrow(ValueTooLargeError);
      expect(await client.get(key)).toBeUndefined();
    });

    test('a server that takes less than maxValueBytes refuses, and the old value is gone', async () => {
      const client = ground.open({ largeValues: 'split', maxValueBytes: 3_000_000 });
      const key = ground.key();
      await client.set(key, 'old');
      await expect(client.set(key, bytesOf(4_000_000))).rejects.toThrow(ValueTooLargeError);
      expect(await client.get(key)).toBeUndefined();
    });

    test('what is compressed is split only where it is still too large', async () => {
      const client = splitting({ compression: { algorithm: 'zlib' } });
      const [small, large] = [ground.key(), ground.key()];
      const text = 'hello '.repeat(20_000);
      const random = bytesOf(200_000).toString('hex');
      expect(await client.setMany({ [small]: text, [large]: random })).toEqual([]);
      expect((await ground.raw.get(small))?.flags).toBe(0x4d5a_0000);
      expect((await manifestOf(large)).flags).toBe(0x4d5a_0000);
      for (const reader of [client, ground.client]) {
        expect(await reader.getMany([small, large])).toEqual(
          new Map([
            [small, text],
            [large, random],
          ]),
        );
        expect(await reader.gets(large)).toMatchObject({ value: random, flags: 0 });
      }
    });

    test('the order of calls on a key is kept, awaited or not', async () => {
      const client = splitting();
      const key = ground.key();
      const [one, two] = [bytesOf(30_000, 1), bytesOf(40_000, 2)];
      const answers = await Promise.all([
        client.set(key, one),
        client.set(key, 'small'),
        client.get(key),
        client.set(key, two),
        client.gets(key).then((item) => two.equals(item?.value as Buffer)),
        client.getMany([key]).then((found) => two.equals(found.get(key) as Buffer)),
        client.delete(key),
        client.get(key),
        client.add(key, one),
        client.replace(key, two),
        client.touch(key, 100),
      ]);
      expect(answers).toEqual([true, true, 'small', true, true, true, true, undefined, true, true, true]);
      expectSame(await ground.client.get(key), two);
    });

    test('long keys and unsafe keys are no matter to chunks', async () => {
      const options = { longKeys: 'hash', keyPrefix: 'p'.repeat(150) } as const;
      const client = splitting(options);
      await client.set('k'.repeat(1_000), bytesOf(20_000));
      expectSame(await client.get('k'.repeat(1_000)), bytesOf(20_000));
      if (ground.subject.dialect !== 'meta') return;
      const unsafe = splitting({ unsafeKeys: 'base64', keyPrefix: 'a b' });
      await unsafe.set('c d', bytesOf(20_000));
      expectSame(await unsafe.get('c d'), bytesOf(20_000));
      expect(await unsafe.touch('c d', 60)).toBe(true);
      expect(await unsafe.delete('c d')).toBe(true);
    });

    test('an envelope is split as a whole', async () => {
      const client = splitting();
      if (!(client instanceof Client)) throw new Error('Not a client of this library');
      const key = ground.key();
      const value = { data: bytesOf(20_000), flags: 0x1_0000 };
      const life = { ttl: 100, staleTtl: 1_000, refreshed: false };
      expect(await client.entries.store(key, value, life, undefined)).toBe(true);
      const fetched = await client.entries.fetch(key);
      if (fetched?.kind !== 'item') throw new Error(`Found ${fetched?.kind}`);
      expectSame(fetched.value, value.data);
      expect(fetched.freshTtl).toBeGreaterThan(90);
      expectSame(await client.get(key), value.data);
      expect(await client.gets(key)).toMatchObject({ flags: 0x1_0000 });
    });
  });
}
