import { expect, test, vi } from 'vitest';
import { type CacheConfig, createCache, NodeDownError } from '../../../src/index.ts';
import { startServer } from '../../../src/testing/index.ts';
import { LeasingBackend } from '../leasing-backend.ts';

const NEAR = { near: { ttl: 60 } } as const;

test('getOrSet is served from the near cache, and the second process finds what the first made', async () => {
  await using server = await startServer();
  const config: CacheConfig = { backend: 'memcached', location: server.endpoint, ...NEAR };
  await using one = createCache(config);
  await using two = createCache(config);
  const factory = vi.fn(() => 'made');
  expect(await Promise.all([one, two].map((cache) => cache.getOrSet('key', factory)))).toEqual([
    'made',
    'made',
  ]);
  expect(factory).toHaveBeenCalledTimes(1);
  for (const cache of [one, two]) {
    await cache.getOrSet('key', factory);
    const gets = Number(server.stats().cmd_get);
    expect(await cache.getOrSet('key', factory)).toBe('made');
    expect(Number(server.stats().cmd_get)).toBe(gets);
    expect(cache.snapshot().near?.hits).toBeGreaterThan(0);
  }
  expect(factory).toHaveBeenCalledTimes(1);
});

test('what getOrSet makes anew is seen at once, and a delete drops it', async () => {
  await using server = await startServer();
  await using cache = createCache({ backend: 'memcached', location: server.endpoint, ...NEAR });
  let count = 0;
  const factory = (): number => ++count;
  expect(await cache.getOrSet('key', factory)).toBe(1);
  expect(await cache.getOrSet('key', factory)).toBe(1);
  await cache.delete('key');
  expect(await cache.getOrSet('key', factory)).toBe(2);
  expect(await cache.get('key')).toBe(2);
});

test('an entry whose reader is to refresh it is refreshed, though it is read near', async () => {
  await using server = await startServer();
  await using cache = createCache({ backend: 'memcached', location: server.endpoint, ...NEAR });
  let count = 0;
  const factory = (): number => ++count;
  const options = { ttl: 60, refreshAhead: 600 };
  expect(await cache.getOrSet('key', factory, options)).toBe(1);
  // It has less than refreshAhead left from the start: each look that is told to makes it anew.
  await vi.waitUntil(async () => (await cache.getOrSet('key', factory, options)) === 2);
});

test('a memory cache, which has no leases, has none when it is read near', async () => {
  await using cache = createCache({ backend: 'memory', location: 'near-get-or-set', ...NEAR });
  expect(await cache.getOrSet('key', () => 'made', { staleWhileRevalidate: 60 })).toBe('made');
  expect(await cache.getOrSet('key', () => 'again')).toBe('made');
});

test('a backend whose node is down is not taken for an empty one', async () => {
  const backend = new LeasingBackend();
  const cache = createCache({ backend, ...NEAR });
  const errors: Error[] = [];
  cache.on('error', (error) => errors.push(error));
  const down = new NodeDownError('down');
  backend.values.set(':1:key', 'there');
  vi.spyOn(backend, 'find').mockRejectedValue(down);
  const claim = vi.spyOn(backend, 'claim');
  expect(await cache.getOrSet('key', () => 'made')).toBe('made');
  expect(errors).toEqual([down]);
  expect(claim).not.toHaveBeenCalled();
  expect(cache.snapshot().near).toMatchObject({ entries: 0, farHits: 0, misses: 0 });
});
