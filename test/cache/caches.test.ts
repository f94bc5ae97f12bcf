import { expect, test } from 'vitest';
import { ClosedError, createCaches, InvalidCacheConfigError } from '../../src/index.ts';
import { startServer } from '../../src/testing/index.ts';

test('a cache is made when first asked for, and is the same after', async () => {
  await using server = await startServer();
  await using caches = createCaches({
    default: { backend: 'memory', location: 'caches' },
    remote: { backend: 'memcached', location: server.endpoint },
  });
  const cache = caches.get('default');
  expect(caches.get('default')).toBe(cache);
  expect(server.stats().total_connections).toBe('0');
  const remote = caches.get('remote');
  expect(remote).not.toBe(cache);
  await remote.set('key', 1);
  expect(await cache.get('key')).toBeUndefined();
  expect(caches.all()).toEqual([cache, remote]);
});

test('all makes those that were not asked for', () => {
  const caches = createCaches({ default: { backend: 'dummy' }, other: { backend: 'dummy' } });
  const all = caches.all();
  expect(all).toHaveLength(2);
  expect(all[1]).toBe(caches.get('other'));
});

test.each(['nope', 'toString', '__proto__'])('the alias %s is not configured', (alias) => {
  const caches = createCaches({ default: { backend: 'dummy' } });
  expect(() => caches.get(alias)).toThrow(InvalidCacheConfigError);
  expect(() => caches.get(alias)).toThrow(/there is default/);
});

test('close closes what was made, and makes nothing more', async () => {
  const caches = createCaches({ default: { backend: 'dummy' }, other: { backend: 'dummy' } });
  const cache = caches.get('default');
  await Promise.all([caches.close(), caches.close()]);
  await expect(cache.get('key')).rejects.toBeInstanceOf(ClosedError);
  expect(() => caches.get('default')).toThrow(ClosedError);
  expect(() => caches.get('other')).toThrow(ClosedError);
  expect(() => caches.all()).toThrow(ClosedError);
});
