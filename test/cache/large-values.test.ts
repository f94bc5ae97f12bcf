/** Values that are compressed or split, through all that a cache does with them. */
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { chunkKey, readManifest } from '../../src/client/manifest.ts';
import { type Cache, createCache, type MemcachedOptions } from '../../src/index.ts';
import { startServer } from '../../src/testing/index.ts';
import { RawItems } from '../harness/raw-items.ts';
import { fleetOf, fleetSubjects } from './fleet.ts';

const SPLIT = 0x4d53_0000;
const PACKED = 0x4d5a_0000;
const WAYS: readonly (readonly [string, MemcachedOptions, number])[] = [
  ['compressed', { compression: { algorithm: 'zlib', minBytes: 100 } }, PACKED],
  ['split', { largeValues: 'split', maxValueBytes: 5_000 }, SPLIT],
];

/** Some 40 KB, which shrink to a fifth. */
const value = (name: string): { name: string; list: string[] } => ({
  name,
  list: Array.from({ length: 4_000 }, (_, index) => String((index * 7_919) % 1_009)),
});

describe.each(fleetSubjects)('on $name', (subject) => {
  const fleet = fleetOf(subject);

  async function raw<T>(use: (items: RawItems) => Promise<T>): Promise<T> {
    const items = new RawItems(fleet.location);
    try {
      return await use(items);
    } finally {
      await items.close();
    }
  }

  const flagsOf = (cache: Cache, key: string): Promise<number | undefined> =>
    raw(async (items) => (await items.get(cache.makeKey(key)))?.flags);

  describe.each(WAYS)('a value that is %s', (_, options, flags) => {
    test('is the same to every method', async () => {
      const [cache, other] = [fleet.open(options), fleet.open()];
      const [a, b, c] = [fleet.key(), fleet.key(), fleet.key()];
      await cache.set(a, value('a'), { ttl: 100 });
      expect(await cache.add(b, value('b'))).toBe(true);
      expect(await cache.add(b, value('other'))).toBe(false);
      expect(await cache.setMany({ [c]: value('c'), [a]: value('a') })).toEqual([]);
      for (const key of [a, b, c]) expect(await flagsOf(cache, key)).toBe(flags);
      for (const each of [cache, other]) {
        expect(await each.get(b)).toEqual(value('b'));
        expect(await each.has(c)).toBe(true);
        expect(await each.getMany([a, b, c, 'none'])).toEqual(
          new Map([
            [a, value('a')],
            [b, value('b')],
            [c, value('c')],
          ]),
        );
      }
      expect(await cache.touch(a, 1_000)).toBe(true);
      expect(await cache.delete(a)).toBe(true);
      expect(await cache.deleteMany([a, b, c])).toBe(2);
      expect(await other.get(b)).toBeUndefined();
      await cache.set(a, value('moved'));
      await cache.incrVersion(a);
      expect(await cache.get(a, undefined, { version: 2 })).toEqual(value('moved'));
    });

    test.each([
      ['plain', {}],
      ['in an envelope', { staleWhileRevalidate: 1_000, refreshAhead: 1 }],
    ] as const)('is made by one of many, %s, and its lease is gone', async (_name, extra) => {
      const caches = [fleet.open(options), fleet.open(options), fleet.open(options)];
      const key = fleet.key();
      const factory = vi.fn(() => value('made'));
      const settings = { ttl: 100, waitMs: 60_000, ...extra };
      const made = await Promise.all(caches.map((cache) => cache.getOrSet(key, factory, settings)));
      for (const each of made) expect(each).toEqual(value('made'));
      expect(factory).toHaveBeenCalledTimes(1);
      const [cache] = caches as [Cache, ...Cache[]];
      const enveloped = flags === PACKED && 'staleWhileRevalidate' in extra;
      expect(await flagsOf(cache, key)).toBe(enveloped ? 0x4d59_0000 : flags);
      expect(await fleet.open().getOrSet(key, factory, settings)).toEqual(value('made'));
      expect(factory).toHaveBeenCalledTimes(1);
      await cache.delete(key);
      expect(await cache.getOrSet(key, () => value('anew'), settings)).toEqual(value('anew'));
      expect(await fleet.open().get(key)).toEqual(value('anew'));
      expect(caches.flatMap((each) => fleet.errorsOf(each))).toEqual([]);
    });
  });

  test.each(WAYS)(
    'in an envelope a value that is %s follows the ttl that a touch gives',
    async (_, options) => {
      const cache = fleet.open(options);
      const key = fleet.key();
      await cache.getOrSet(key, () => value('made'), { ttl: 100, staleIfError: 1_000 });
      expect(await cache.touch(key, 5_000)).toBe(true);
      expect(await cache.get(key)).toEqual(value('made'));
      // The envelope goes by this machine's clock.
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 200_000 });
      onTestFinished(() => {
        vi.useRealTimers();
      });
      // Servers without the meta dialect do not tell what it is that they touch.
      const isTold = /meta|1\.6\.18/.test(subject.name);
      expect(await cache.get(key)).toEqual(isTold ? value('made') : undefined);
    },
  );

  test('a split value that lost a chunk is made anew, by one, and stored', async () => {
    const [, options] = WAYS[1] as (typeof WAYS)[number];
    const caches = [fleet.open(options), fleet.open(options)];
    const [cache] = caches as [Cache, ...Cache[]];
    const key = fleet.key();
    await cache.set(key, value('lost'));
    await raw(async (items) => {
      const head = await items.get(cache.makeKey(key));
      if (head === undefined) throw new Error('Nothing is stored');
      await items.delete(chunkKey(readManifest(head.data, 0, head.data.length, 2 ** 26), 1));
    });
    expect(await cache.get(key)).toBeUndefined();
    const factory = vi.fn(() => value('anew'));
    const settings = { waitMs: 60_000 };
    const made = await Promise.all(caches.map((each) => each.getOrSet(key, factory, settings)));
    expect(made).toEqual([value('anew'), value('anew')]);
    expect(factory).toHaveBeenCalledTimes(1);
    expect(await fleet.open().get(key)).toEqual(value('anew'));
  });
});

test('a near cache keeps what was put together, as any other value', async () => {
  await using server = await startServer();
  const cache = createCache({
    backend: 'memcached',
    location: server.endpoint,
    near: { ttl: 60 },
    options: { largeValues: 'split', maxValueBytes: 5_000, compression: { algorithm: 'brotli' } },
  });
  await cache.set('key', value('near'));
  for (let i = 0; i < 3; i++) expect(await cache.get('key')).toEqual(value('near'));
  expect(cache.snapshot().near).toMatchObject({ hits: 2, farHits: 1 });
  await cache.set('key', value('new'));
  expect(await cache.get('key')).toEqual(value('new'));
  await cache.close();
});
