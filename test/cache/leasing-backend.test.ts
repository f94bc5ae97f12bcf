import { expect, test, vi } from 'vitest';
import {
  type CacheBackend,
  createCache,
  type Found,
  InvalidCacheConfigError,
  ServerError,
} from '../../src/index.ts';
import { gate } from './fleet.ts';
import { LeasingBackend } from './leasing-backend.ts';
import { MapBackend } from './map-backend.ts';

const LONG = { waitMs: 60_000 } as const;
const failure = new ServerError('SERVER_ERROR', 'out of memory');

function errorsOf(cache: { on(event: 'error', listener: (error: Error) => void): unknown }): Error[] {
  const errors: Error[] = [];
  cache.on('error', (error) => errors.push(error));
  return errors;
}

test('caches that share a backend with leases are one fleet', async () => {
  const backend = new LeasingBackend();
  const [one, two] = [createCache({ backend }), createCache({ backend })];
  const factory = vi.fn(async () => {
    await new Promise((resolve) => setImmediate(resolve));
    return 'made';
  });
  const calls = [one, two, one, two].map((cache) => cache.getOrSet('key', factory, LONG));
  expect(await Promise.all(calls)).toEqual(['made', 'made', 'made', 'made']);
  expect(factory).toHaveBeenCalledTimes(1);
  expect(backend.leases.size).toBe(0);
});

test('a lease that is won after another call of the flight found it lost is given back, and won anew', async () => {
  const backend = new LeasingBackend();
  const cache = createCache({ backend });
  const winning = gate<Found>();
  const hold = {};
  backend.leases.set(':1:key', hold);
  vi.spyOn(backend, 'find').mockReturnValueOnce(winning.promise);
  const factory = vi.fn(() => 'made');
  const calls = [cache.getOrSet('key', factory, LONG), cache.getOrSet('key', factory, LONG)];
  await expect.poll(() => vi.mocked(backend.find).mock.calls.length).toBeGreaterThan(2);
  winning.open({ kind: 'won', hold });
  expect(await Promise.all(calls)).toEqual(['made', 'made']);
  expect(factory).toHaveBeenCalledTimes(1);
});

test('a hit asks the backend once', async () => {
  const backend = new LeasingBackend();
  const cache = createCache({ backend });
  await cache.set('key', 'value');
  const verbs = (['find', 'put', 'claim', 'release', 'get'] as const).map((verb) => vi.spyOn(backend, verb));
  expect(await cache.getOrSet('key', 'other')).toBe('value');
  expect(verbs.map((verb) => verb.mock.calls.length)).toEqual([1, 0, 0, 0, 0]);
});

test('a lease that cannot be claimed does not stop the factory, whose value is not stored', async () => {
  const backend = new LeasingBackend();
  const cache = createCache({ backend });
  const errors = errorsOf(cache);
  vi.spyOn(backend, 'find').mockResolvedValue({ kind: 'miss' });
  vi.spyOn(backend, 'claim').mockRejectedValue(failure);
  expect(await cache.getOrSet('key', () => 'made', LONG)).toBe('made');
  expect(errors).toEqual([failure]);
  expect(backend.values.size).toBe(0);
});

test('what cannot be looked up again under a lease is computed and not stored, and the lease ends', async () => {
  const backend = new LeasingBackend();
  const cache = createCache({ backend });
  const errors = errorsOf(cache);
  vi.spyOn(backend, 'find').mockResolvedValueOnce({ kind: 'miss' }).mockRejectedValueOnce(failure);
  expect(await cache.getOrSet('key', () => 'made', LONG)).toBe('made');
  expect(errors).toEqual([failure]);
  expect(backend.values.size).toBe(0);
  await expect.poll(() => backend.leases.size).toBe(0);
});

test('a lease that cannot be given up is told', async () => {
  const backend = new LeasingBackend();
  const cache = createCache({ backend });
  const errors = errorsOf(cache);
  vi.spyOn(backend, 'release').mockRejectedValue(failure);
  await expect(cache.getOrSet('key', () => Promise.reject(new Error('no')))).rejects.toThrow('factory');
  await expect.poll(() => errors).toEqual([failure]);
});

test('who finds the value under the lease it has won serves it', async () => {
  const backend = new LeasingBackend();
  const cache = createCache({ backend });
  vi.spyOn(backend, 'find').mockResolvedValueOnce({ kind: 'miss' });
  backend.values.set(':1:key', 'there');
  const factory = vi.fn(() => 'made');
  expect(await cache.getOrSet('key', factory)).toBe('there');
  expect(factory).not.toHaveBeenCalled();
  await expect.poll(() => backend.leases.size).toBe(0);
});

test('where the lease of a missing value is taken over by another at once, the own value is not stored', async () => {
  const backend = new LeasingBackend();
  const cache = createCache({ backend });
  vi.spyOn(backend, 'find').mockResolvedValue({ kind: 'miss' });
  vi.spyOn(backend, 'claim').mockResolvedValue(undefined);
  const put = vi.spyOn(backend, 'put');
  expect(await cache.getOrSet('key', () => 'made', { waitMs: 0 })).toBe('made');
  expect(put).not.toHaveBeenCalled();
});

test('a refresh whose lease another has is not tried again at once', async () => {
  const backend = new LeasingBackend();
  const cache = createCache({ backend });
  const claim = vi.spyOn(backend, 'claim');
  backend.values.set(':1:key', 'stale');
  backend.freshTtls.set(':1:key', -1);
  backend.leases.set(':1:key', {});
  const options = { staleWhileRevalidate: 60 } as const;
  for (let i = 0; i < 20; i++) expect(await cache.getOrSet('key', () => 'new', options)).toBe('stale');
  expect(claim).toHaveBeenCalledTimes(1);
});

test('a refresh whose entry is gone meanwhile is not made', async () => {
  const backend = new LeasingBackend();
  const cache = createCache({ backend });
  backend.values.set(':1:key', 'stale');
  backend.freshTtls.set(':1:key', -1);
  const factory = vi.fn(() => 'new');
  vi.spyOn(backend, 'claim').mockImplementationOnce(async (key) => {
    backend.values.delete(key);
    backend.leases.set(key, 'won');
    return 'won';
  });
  expect(await cache.getOrSet('key', factory, { staleWhileRevalidate: 60 })).toBe('stale');
  await expect.poll(() => backend.leases.size).toBe(0);
  expect(factory).not.toHaveBeenCalled();
});

test('a refresh that another process has made is served, not made again', async () => {
  const backend = new LeasingBackend();
  const cache = createCache({ backend });
  backend.values.set(':1:key', 'stale');
  backend.freshTtls.set(':1:key', -1);
  const factory = vi.fn(() => 'new');
  vi.spyOn(backend, 'claim').mockImplementationOnce(async (key) => {
    backend.freshTtls.delete(key);
    backend.leases.set(key, 'won');
    return 'won';
  });
  expect(await cache.getOrSet('key', factory, { staleWhileRevalidate: 60 })).toBe('stale');
  await expect.poll(() => backend.leases.size).toBe(0);
  expect(factory).not.toHaveBeenCalled();
});

test('a backend without leases and stale values has neither, whatever is asked', async () => {
  const backend = new MapBackend();
  const cache = createCache({ backend });
  const options = { lease: 'fleet', staleWhileRevalidate: 60, staleIfError: 60, refreshAhead: 60 } as const;
  const factory = vi.fn(() => undefined);
  await cache.getOrSet('nothing', factory, { ...options, negativeTtl: 60 });
  await cache.getOrSet('nothing', factory, { ...options, negativeTtl: 60 });
  expect(factory).toHaveBeenCalledTimes(2);
  expect(await cache.getOrSet('key', () => 'made', options)).toBe('made');
  expect(await cache.getOrSet('key', () => 'again', options)).toBe('made');
  expect([...backend.values]).toEqual([[':1:key', 'made']]);
});

test.each([
  ['find without put', { find: new LeasingBackend().find }, 'both of the methods find and put'],
  ['claim without release', { claim: new LeasingBackend().claim }, 'both of the methods claim and release'],
  [
    'leases without find',
    { claim: new LeasingBackend().claim, release: new LeasingBackend().release },
    'find and put where it has claim',
  ],
])('a backend with %s is refused', (_name, methods, message) => {
  const backend: CacheBackend = Object.assign(new MapBackend(), methods);
  expect(() => createCache({ backend })).toThrow(InvalidCacheConfigError);
  expect(() => createCache({ backend })).toThrow(message);
});
