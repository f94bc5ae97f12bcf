import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  type Cache,
  type CacheEntry,
  createCache,
  InvalidKeyError,
  MemfleetError,
  type NearOptions,
  NodeDownError,
} from '../../../src/index.ts';
import { startCluster, startServer } from '../../../src/testing/index.ts';
import { MapBackend } from '../map-backend.ts';

const LONG: NearOptions = { ttl: '1h' };

/** Stops the clock that near caches go by, and gives what turns it on. */
function stopClock(): (ms: number) => void {
  vi.useFakeTimers({ toFake: ['performance'] });
  return (ms) => vi.advanceTimersByTime(ms);
}

afterEach(() => {
  vi.useRealTimers();
});

describe('what is read', () => {
  test('is served from here the next time, and counted apart', async () => {
    await using server = await startServer();
    await using cache = createCache({ backend: 'memcached', location: server.endpoint, near: LONG });
    await cache.setMany({ a: 1, b: null, c: 3 });
    expect(cache.snapshot().near).toEqual({ entries: 0, bytes: 0, hits: 0, farHits: 0, misses: 0 });
    expect(await cache.get('a')).toBe(1);
    expect(await cache.get('b', 'none')).toBeNull();
    expect(await cache.get('missing', 'none')).toBe('none');
    const asked = Number(server.stats().cmd_get);
    for (let round = 0; round < 3; round++) {
      expect(await cache.get('a')).toBe(1);
      expect(await cache.get('b', 'none')).toBeNull();
      expect(await cache.has('b')).toBe(true);
      expect(await cache.getOrSet('a', () => 'made')).toBe(1);
      expect((await cache.getMany(['a', 'b'])).size).toBe(2);
    }
    expect(Number(server.stats().cmd_get)).toBe(asked);
    expect(cache.snapshot().near).toMatchObject({ entries: 2, hits: 18, farHits: 2, misses: 1 });
  });

  test('a call of many keys asks for those that are not here', async () => {
    const backend = new MapBackend();
    const getMany = vi.spyOn(backend, 'getMany');
    const cache = createCache({ backend, near: LONG });
    await cache.setMany({ a: 1, b: 2, c: 3 });
    await cache.get('b');
    const found = await cache.getMany(['a', 'b', 'c', 'd']);
    expect(found).toEqual(new Map(Object.entries({ a: 1, b: 2, c: 3 })));
    expect(getMany.mock.calls).toEqual([[[':1:a', ':1:c', ':1:d']]]);
    await cache.getMany(['a', 'b', 'c']);
    expect(getMany).toHaveBeenCalledTimes(1);
    expect(cache.snapshot().near).toMatchObject({ hits: 4, farHits: 3, misses: 1 });
  });

  test('is a copy each time', async () => {
    const cache = createCache({ backend: new MapBackend(), near: LONG });
    await cache.set('object', { list: [{ a: 1 }] });
    await cache.set('bytes', Uint8Array.of(1, 2));
    for (let round = 0; round < 3; round++) {
      const object = await cache.get<{ list: { a: number }[] }>('object');
      expect(object).toEqual({ list: [{ a: 1 }] });
      for (const item of object?.list ?? []) item.a++;
      object?.list.push({ a: 5 });
      const bytes = await cache.get<Uint8Array>('bytes');
      expect(bytes).toEqual(Uint8Array.of(1, 2));
      bytes?.fill(0);
    }
    expect(cache.snapshot().near?.hits).toBe(4);
  });

  test('where it was no hit is asked for again', async () => {
    const backend = new MapBackend();
    const [cache, other] = [createCache({ backend, near: LONG }), createCache({ backend })];
    expect(await cache.get('key')).toBeUndefined();
    expect(await cache.getMany(['key'])).toEqual(new Map());
    await other.set('key', 1);
    expect(await cache.get('key')).toBe(1);
  });

  test('is not kept where it cannot be copied, and then of the class it was', async () => {
    class Point {
      readonly x = 1;
    }
    const backend = new MapBackend();
    vi.spyOn(backend, 'getEntry').mockImplementation(async () => ({ value: new Point(), ttl: null }));
    const cache = createCache({ backend, near: LONG });
    for (let round = 0; round < 2; round++) expect(await cache.get('key')).toBeInstanceOf(Point);
    expect(cache.snapshot().near).toMatchObject({ entries: 0, farHits: 2 });
  });
});

describe('a near value is as old as its ttl at most', () => {
  test('by default a second; what others write is seen then', async () => {
    const pass = stopClock();
    const backend = new MapBackend();
    const [cache, other] = [createCache({ backend, near: {} }), createCache({ backend, near: {} })];
    await cache.set('key', 'old');
    await cache.get('key');
    await other.set('key', 'new');
    pass(999);
    expect(await cache.get('key')).toBe('old');
    expect(await cache.getMany(['key'])).toEqual(new Map([['key', 'old']]));
    pass(1);
    expect(await cache.get('key')).toBe('new');
  });

  test('counted from when it was asked for', async () => {
    const pass = stopClock();
    const backend = new MapBackend();
    const cache = createCache({ backend, near: { ttl: '5s' } });
    vi.spyOn(backend, 'getEntry').mockImplementationOnce(async () => {
      pass(3_000);
      return { value: 'old', ttl: null };
    });
    await cache.get('key');
    await createCache({ backend }).set('key', 'new');
    pass(1_999);
    expect(await cache.get('key')).toBe('old');
    pass(1);
    expect(await cache.get('key')).toBe('new');
  });

  // A store that counts whole seconds says up to one more than is left.
  test.each([
    ['10 s', 10, 9_000],
    ['a fraction', 2.5, 1_500],
    ['never', null, 60_000],
    ['nobody knows', undefined, 60_000],
  ])('and is kept no longer than what is left of it: %s', async (_name, ttl, keptMs) => {
    const pass = stopClock();
    const backend = new MapBackend();
    const getEntry = vi.spyOn(backend, 'getEntry').mockResolvedValue({ value: 1, ttl });
    const cache = createCache({ backend, near: { ttl: 60 } });
    await cache.get('key');
    pass(keptMs - 1);
    await cache.get('key');
    expect(getEntry).toHaveBeenCalledTimes(1);
    pass(1);
    await cache.get('key');
    expect(getEntry).toHaveBeenCalledTimes(2);
  });

  test.each([1, 0.5])('what has %d s left is not kept', async (ttl) => {
    const backend = new MapBackend();
    vi.spyOn(backend, 'getEntry').mockResolvedValue({ value: 1, ttl });
    const cache = createCache({ backend, near: LONG });
    await cache.get('key');
    expect(cache.snapshot().near?.entries).toBe(0);
  });

  test('of many keys, each by what is left of it', async () => {
    const pass = stopClock();
    class TellingBackend extends MapBackend {
      async getEntries(keys: readonly string[]): Promise<Map<string, CacheEntry>> {
        const values = await this.getMany(keys);
        return new Map([...values].map(([key, value]) => [key, { value, ttl: value as number }]));
      }
    }
    const cache = createCache({ backend: new TellingBackend(), near: LONG });
    await cache.setMany({ a: 2, b: 5, c: 9 });
    await cache.getMany(['a', 'b', 'c']);
    pass(4_000);
    await cache.getMany(['a', 'b', 'c']);
    expect(cache.snapshot().near).toMatchObject({ hits: 1, farHits: 5 });
  });

  test.each(['meta', 'memory'])('as the backend tells it: %s', async (kind) => {
    const pass = stopClock();
    await using server = await startServer();
    const place =
      kind === 'memory'
        ? ({ backend: 'memory', location: 'near ttl' } as const)
        : ({ backend: 'memcached', location: server.endpoint } as const);
    await using cache = createCache({ ...place, near: LONG });
    await using other = createCache(place);
    await cache.setMany({ one: 'old', two: 'old', many: 'old' }, { ttl: 10 });
    await cache.set('forever', 'old', { ttl: null });
    await cache.get('one');
    await cache.getMany(['two', 'many', 'forever']);
    await other.setMany({ one: 'new', two: 'new', many: 'new', forever: 'new' }, { ttl: null });
    pass(9_500);
    expect(Object.fromEntries(await cache.getMany(['one', 'two', 'many', 'forever']))).toEqual({
      one: 'new',
      two: 'new',
      many: 'new',
      forever: 'old',
    });
  });
});

describe('bounds', () => {
  async function openedWith(near: NearOptions): Promise<Cache> {
    const cache = createCache({ backend: new MapBackend(), near: { ...LONG, ...near } });
    await cache.setMany({ a: 'x'.repeat(100), b: 'x'.repeat(100), c: 'x'.repeat(100) });
    for (const key of ['a', 'b', 'a', 'c']) await cache.get(key);
    return cache;
  }

  async function hitsOf(cache: Cache, key: string): Promise<number> {
    const before = cache.snapshot().near?.hits ?? 0;
    await cache.get(key);
    return (cache.snapshot().near?.hits ?? 0) - before;
  }

  test.each([
    ['entries', { maxEntries: 2 }],
    ['bytes', { maxBytes: 500 }],
  ])('past the most %s the least recently used goes', async (_name, near) => {
    const cache = await openedWith(near);
    expect(cache.snapshot().near?.entries).toBe(2);
    expect([await hitsOf(cache, 'a'), await hitsOf(cache, 'c'), await hitsOf(cache, 'b')]).toEqual([1, 1, 0]);
  });

  test('a value above the most bytes pushes nothing out', async () => {
    const cache = await openedWith({ maxBytes: 1_000 });
    await cache.set('large', 'x'.repeat(1_000));
    await cache.get('large');
    expect(cache.snapshot().near).toMatchObject({ entries: 3, bytes: 3 * 224 });
  });
});

describe('a far store that fails', () => {
  test('is an error, where nothing is kept', async () => {
    await using cluster = await startCluster({ nodes: 1, engine: 'embedded' });
    const options = { lookup: cluster.lookup, requestTimeoutMs: 500, connectTimeoutMs: 500 };
    const location = cluster.configurationEndpoint;
    await using cache = createCache({ backend: 'elasticache', location, options, near: LONG });
    await cache.setMany({ kept: 1, other: 2 });
    await cache.get('kept');
    await cluster.nodes[0]?.stop();
    expect(await cache.get('kept')).toBe(1);
    await expect(cache.get('other')).rejects.toBeInstanceOf(MemfleetError);
    await expect(cache.getMany(['kept', 'other'])).rejects.toBeInstanceOf(MemfleetError);
    await expect(cache.set('kept', 2)).rejects.toBeInstanceOf(MemfleetError);
    await expect(cache.get('kept')).rejects.toBeInstanceOf(MemfleetError);
    expect(cache.snapshot().near).toMatchObject({ hits: 1, farHits: 1, misses: 0 });
  });

  test('for a node that is down is asked for what its stand-in has', async () => {
    const backend = new MapBackend();
    const cache = createCache({ backend, near: LONG });
    await cache.setMany({ a: 1, b: 2 });
    const down = new NodeDownError('down');
    vi.spyOn(backend, 'getEntry').mockRejectedValue(down);
    for (let round = 0; round < 2; round++) expect(await cache.get('a')).toBe(1);
    expect(cache.snapshot().near).toMatchObject({ hits: 1, farHits: 1 });
    vi.spyOn(backend, 'getMany').mockRejectedValue(down);
    await expect(cache.get('b')).rejects.toBe(down);
  });

  test("with failover 'next' reads are served by the stand-in", async () => {
    await using cluster = await startCluster({ nodes: 3, engine: 'embedded' });
    const options = { lookup: cluster.lookup, failover: 'next' } as const;
    const location = cluster.configurationEndpoint;
    await using cache = createCache({ backend: 'elasticache', location, options, near: LONG });
    await cluster.nodes[0]?.stop();
    const keys = Array.from({ length: 30 }, (_, index) => `key:${index}`);
    const store = () =>
      cache.setMany(keys.map((key) => [key, key] as const)).then(({ length }) => length === 0);
    await vi.waitUntil(store, { timeout: 10_000 });
    for (const key of keys.slice(0, 15)) expect(await cache.get(key)).toBe(key);
    expect((await cache.getMany(keys)).size).toBe(30);
    expect((await cache.getMany(keys)).size).toBe(30);
    expect(cache.snapshot().near).toMatchObject({ entries: 30, hits: 45, farHits: 30 });
  });

  test('and is to be a miss is not kept', async () => {
    const server = await startServer();
    const options = { requestTimeoutMs: 500, onError: 'miss' } as const;
    const config = { backend: 'memcached', location: server.endpoint, options } as const;
    await using cache = createCache({ ...config, near: LONG });
    await cache.set('key', 1);
    await server.close();
    expect(await cache.get('key')).toBeUndefined();
    await using again = await startServer({ port: server.port });
    await using other = createCache({ ...config, location: again.endpoint });
    await other.set('key', 2);
    await vi.waitUntil(async () => (await cache.get('key')) === 2, { timeout: 5_000 });
  });
});

test('what is optional of a backend is passed on', async () => {
  let tell: ((error: Error) => void) | undefined;
  class FullBackend extends MapBackend {
    close = vi.fn(async () => {});
    checkKey(key: string): void {
      if (key.includes('!')) throw new InvalidKeyError('No exclamation mark');
    }
    onError(listener: (error: Error) => void): void {
      tell = listener;
    }
  }
  const backend = new FullBackend();
  const cache = createCache({ backend, near: LONG });
  const errors: Error[] = [];
  cache.on('error', (error) => errors.push(error));
  tell?.(new Error('heard'));
  expect(errors).toEqual([new Error('heard')]);
  await cache.set('a b', 1);
  expect(await cache.get('a b')).toBe(1);
  await expect(cache.get('a!')).rejects.toThrow('No exclamation mark');
  await cache.close();
  expect(backend.close).toHaveBeenCalledTimes(1);
  expect(cache.snapshot().near?.entries).toBe(0);
});

test('without a config for it, a cache keeps nothing and has no counts', async () => {
  const backend = new MapBackend();
  const [cache, other] = [createCache({ backend }), createCache({ backend })];
  await cache.set('key', 1);
  await cache.get('key');
  await other.set('key', 2);
  expect(await cache.get('key')).toBe(2);
  expect(cache.snapshot()).toEqual({ near: undefined });
});

test('a backend that stores nothing has nothing to keep', async () => {
  const cache = createCache({ backend: 'dummy', near: LONG });
  await cache.set('key', 1);
  expect(await cache.get('key')).toBeUndefined();
  expect(await cache.getOrSet('key', () => 'made')).toBe('made');
  expect(cache.snapshot().near).toMatchObject({ entries: 0, hits: 0 });
});
