/** Caches whose values programs in other languages read: what they store is values and nothing else. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  bytesCodec,
  type Cache,
  createCache,
  createClient,
  InvalidCacheConfigError,
  InvalidValueError,
  type MemcachedClient,
  pythonCodec,
} from '../../src/index.ts';
import { type Server, startServer } from '../../src/testing/index.ts';

let server: Server;
let foreign: MemcachedClient;

beforeAll(async () => {
  server = await startServer();
  foreign = createClient(server.endpoint, { protocol: 'classic', codec: bytesCodec() });
});

afterAll(async () => {
  await foreign.close();
  await server.close();
});

describe.each([
  ['meta', {}],
  ['classic', {}],
  ['meta', { near: {} }],
] as const)('a cache with pythonCodec, by the dialect %s, with %o', (protocol, settings) => {
  const open = (): Cache =>
    createCache({
      backend: 'memcached',
      location: server.endpoint,
      options: { codec: pythonCodec(), protocol },
      keyPrefix: `${protocol}${Object.keys(settings)}`,
      ...settings,
    });
  const stored = async (cache: Cache, key: string): Promise<unknown> => {
    const item = await foreign.gets(cache.makeKey(key));
    return item && [String(item.value), item.flags];
  };

  test.each([{ staleWhileRevalidate: 10 }, { staleIfError: '1m' }])('refuses %o', async (options) => {
    await using cache = open();
    const factory = vi.fn(() => 'value');
    await expect(cache.getOrSet('stale', factory, options)).rejects.toThrow(InvalidCacheConfigError);
    await expect(cache.getOrSet('stale', factory, options)).rejects.toThrow('use refreshAhead');
    expect(factory).not.toHaveBeenCalled();
    await cache.getOrSet('stale', factory, { staleWhileRevalidate: 0, staleIfError: 0 });
    expect(await stored(cache, 'stale')).toEqual(['value', 16]);
  });

  test('stores what is refreshed ahead as it is', async () => {
    await using cache = open();
    let count = 0;
    const next = (): number => ++count;
    expect(await cache.getOrSet('ahead', next, { ttl: 60, refreshAhead: 90 })).toBe(1);
    expect(await stored(cache, 'ahead')).toEqual(['1', 4]);
    expect(await cache.getOrSet('ahead', next, { ttl: 60, refreshAhead: 90 })).toBe(1);
    if (protocol === 'classic') {
      // Nobody tells how long it lives: it is served, as often as it is asked for.
      for (let call = 0; call < 5; call++)
        expect(await cache.getOrSet('ahead', next, { refreshAhead: 90 })).toBe(1);
    } else await vi.waitFor(async () => expect(await stored(cache, 'ahead')).toEqual(['2', 4]));
    expect(count).toBe(protocol === 'meta' ? 2 : 1);
  });

  test('stores a null for its negativeTtl, and says that undefined cannot be', async () => {
    await using cache = open();
    expect(await cache.getOrSet('none', () => null, { negativeTtl: 30 })).toBe(null);
    expect(await stored(cache, 'none')).toEqual(['\ufffd\x02N.', 1]);
    await expect(cache.getOrSet('nothing', () => undefined, { negativeTtl: 30 })).rejects.toThrow(
      InvalidValueError,
    );
    expect(await stored(cache, 'nothing')).toBeUndefined();
    expect(await cache.getOrSet('nothing', () => undefined)).toBeUndefined();
    expect(await stored(cache, 'nothing')).toBeUndefined();
  });

  test('drops what a refresh finds to be gone', async () => {
    await using cache = open();
    await cache.getOrSet('gone', () => 'value', { ttl: 60, refreshAhead: 90 });
    await cache.getOrSet('gone', () => undefined, { ttl: 60, refreshAhead: 90 });
    if (protocol === 'meta')
      await vi.waitFor(async () => expect(await stored(cache, 'gone')).toBeUndefined());
    else expect(await stored(cache, 'gone')).toEqual(['value', 16]);
  });

  test('shows nothing in the place of a value that is being made', async () => {
    await using cache = open();
    const seen = await cache.getOrSet('made', async () => (await stored(cache, 'made')) ?? 'nothing');
    expect(seen).toBe('nothing');
  });
});
