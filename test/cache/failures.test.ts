import { describe, expect, test, vi } from 'vitest';
import {
  bytesCodec,
  type Cache,
  ClosedError,
  createCache,
  createClient,
  DecodeError,
  DiscoveryError,
  type MemcachedOptions,
  MemfleetError,
  NodeDownError,
  ServerError,
  ValueTooLargeError,
} from '../../src/index.ts';
import { startCluster, startServer } from '../../src/testing/index.ts';
import { MapBackend } from './map-backend.ts';

const OPTIONS = { connectTimeoutMs: 500, requestTimeoutMs: 500 };

function errorsOf(cache: Cache): Error[] {
  const errors: Error[] = [];
  cache.on('error', (error) => errors.push(error));
  return errors;
}

/** Where nothing listens any more. */
async function freedEndpoint(): Promise<string> {
  await using server = await startServer();
  return server.endpoint;
}

describe('a node that is down, with failover', () => {
  test('does not make getOrSet compute anew for each call', async () => {
    await using cluster = await startCluster({ nodes: 2, engine: 'embedded' });
    await using cache = createCache({
      backend: 'elasticache',
      location: cluster.configurationEndpoint,
      options: { lookup: cluster.lookup, failover: 'next' },
    });
    await cache.getMany(Array.from({ length: 50 }, (_, i) => i.toString()));
    await cluster.nodes[0]?.stop();
    const errors = errorsOf(cache);
    const keys = Array.from({ length: 50 }, (_, i) => `key:${i}`);
    const factory = vi.fn(async () => 'made');
    for (let round = 0; round < 2; round++) {
      for (const key of keys) expect(await cache.getOrSet(key, factory)).toBe('made');
    }
    expect(factory).toHaveBeenCalledTimes(keys.length);
    expect(errors).toEqual([]);
    await expect(Promise.all(keys.map((key) => cache.add(`lock:${key}`, 1)))).rejects.toThrow(NodeDownError);
  });
});

describe('a node that misses a deletion', () => {
  test.each<[string, MemcachedOptions]>([
    ['inline leases', {}],
    ['leases apart', { leaseKey: 'separate' }],
    ['leases apart, two connections', { leaseKey: 'separate', connectionsPerNode: 2 }],
  ])('does not serve the old value when it is back: %s', async (_name, options) => {
    await using cluster = await startCluster({ nodes: 1, engine: 'embedded' });
    await using cache = createCache({
      backend: 'elasticache',
      location: cluster.configurationEndpoint,
      options: { ...options, lookup: cluster.lookup, requestTimeoutMs: 200 },
    });
    await cache.setMany({ one: 'old', two: 'old' });
    cluster.nodes[0]?.hang();
    const failure = (): Promise<unknown> => cache.get('other').catch((error: unknown) => error);
    await vi.waitUntil(async () => (await failure()) instanceof NodeDownError, { timeout: 10_000 });
    await expect(cache.delete('one')).rejects.toBeInstanceOf(NodeDownError);
    await expect(cache.deleteMany(['two'])).rejects.toBeInstanceOf(NodeDownError);
    cluster.nodes[0]?.resume();
    await vi.waitUntil(async () => (await failure()) === undefined, { timeout: 10_000 });
    expect(await cache.getMany(['one', 'two'])).toEqual(new Map());
  });
});

describe('a server that is gone', () => {
  test('rejects every verb: a failure is no miss', async () => {
    const location = await freedEndpoint();
    await using cache = createCache({ backend: 'memcached', location, options: OPTIONS });
    for (const call of [
      () => cache.get('key', 'default'),
      () => cache.has('key'),
      () => cache.getMany(['key', 'other']),
      () => cache.set('key', 1),
      () => cache.deleteMany(['key', 'other']),
      () => cache.add('key', 1),
      () => cache.touch('key'),
      () => cache.delete('key'),
      () => cache.incr('key'),
      () => cache.incrVersion('key'),
      () => cache.clear(),
    ]) {
      await expect(call()).rejects.toBeInstanceOf(MemfleetError);
    }
  });

  test('does not stop getOrSet: the factory serves, once for all, and an event tells', async () => {
    const location = await freedEndpoint();
    await using cache = createCache({ backend: 'memcached', location, options: OPTIONS });
    const errors = errorsOf(cache);
    const factory = vi.fn(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return 'made';
    });
    const calls = [1, 2, 3].map(() => cache.getOrSet('key', factory));
    expect(await Promise.all(calls)).toEqual(['made', 'made', 'made']);
    expect(errors.length).toBeGreaterThan(0);
    for (const error of errors) expect(error).toBeInstanceOf(MemfleetError);
  });

  test("is a miss with onError 'miss'", async () => {
    const location = await freedEndpoint();
    const options = { ...OPTIONS, onError: 'miss' } as const;
    await using cache = createCache({ backend: 'memcached', location, options });
    const errors = errorsOf(cache);
    expect(await cache.get('key', 'default')).toBe('default');
    expect(await cache.set('key', 1)).toBe(false);
    expect(await cache.getMany(['a', 'b'])).toEqual(new Map());
    expect(await cache.setMany({ a: 1, b: 2 })).toEqual(['a', 'b']);
    expect(await cache.incr('key')).toBeUndefined();
    expect(await cache.getOrSet('key', () => 'made')).toBe('made');
    expect(errors.length).toBeGreaterThanOrEqual(5);
  });
});

describe('a node of a cluster that is down', () => {
  test('fails its own keys in setMany, named as given, and no others', async () => {
    await using cluster = await startCluster({ nodes: 2, engine: 'embedded' });
    await using cache = createCache({
      backend: 'elasticache',
      location: cluster.configurationEndpoint,
      options: { ...OPTIONS, lookup: cluster.lookup },
    });
    errorsOf(cache);
    const keys = Array.from({ length: 40 }, (_, index) => `key:${index}`);
    expect(await cache.setMany(keys.map((key) => [key, 'old'] as const))).toEqual([]);
    await cluster.nodes[0]?.stop();
    const failed = await cache.setMany(keys.map((key) => [key, 'new'] as const));
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.length).toBeLessThan(40);
    expect(keys).toEqual(expect.arrayContaining(failed));
    await expect(cache.getMany(keys)).rejects.toBeInstanceOf(MemfleetError);
    for (const key of keys) {
      if (failed.includes(key)) expect(await cache.getOrSet(key, () => 'made')).toBe('made');
      else expect(await cache.get(key)).toBe('new');
    }
  });
});

describe('discovery', () => {
  test('that fails is told, and rejects', async () => {
    await using server = await startServer();
    const options = { ...OPTIONS, discovery: { timeoutMs: 200 } };
    const config = { backend: 'elasticache', location: server.endpoint } as const;
    await using cache = createCache({ ...config, options });
    const errors = errorsOf(cache);
    await expect(cache.get('key')).rejects.toBeInstanceOf(DiscoveryError);
    expect(errors[0]).toBeInstanceOf(DiscoveryError);
    await using lenient = createCache({ ...config, options: { ...options, ignoreClusterErrors: true } });
    expect(await lenient.set('key', 1)).toBe(true);
    expect(await lenient.get('key')).toBe(1);
  });
});

describe('a value that is too large', () => {
  test.each(['for the client', 'for the server'])('%s leaves no old one', async (where) => {
    await using server = await startServer({ maxValueBytes: 2_000 });
    const options = where === 'for the client' ? { ...OPTIONS, maxValueBytes: 1_000 } : OPTIONS;
    await using cache = createCache({ backend: 'memcached', location: server.endpoint, options });
    errorsOf(cache);
    const large = 'x'.repeat(5_000);
    await cache.setMany({ one: 'old', two: 'old' });
    await expect(cache.set('one', large)).rejects.toBeInstanceOf(ValueTooLargeError);
    expect(await cache.setMany({ two: large, three: 3 })).toEqual(['two']);
    expect(await cache.getMany(['one', 'two', 'three'])).toEqual(new Map([['three', 3]]));
  });
});

describe('a value that cannot be read', () => {
  test('rejects, and does not stop getOrSet, which leaves it', async () => {
    await using server = await startServer();
    await using cache = createCache({ backend: 'memcached', location: server.endpoint, options: OPTIONS });
    await using foreign = createClient(server.endpoint, { codec: bytesCodec(0xbad) });
    const errors = errorsOf(cache);
    await foreign.set(cache.makeKey('key'), 'foreign');
    await expect(cache.get('key')).rejects.toBeInstanceOf(DecodeError);
    await expect(cache.has('key')).rejects.toBeInstanceOf(DecodeError);
    expect(await cache.getOrSet('key', () => 'made')).toBe('made');
    expect(errors).toEqual([expect.any(DecodeError)]);
    expect(await foreign.get(cache.makeKey('key'))).toEqual(Buffer.from('foreign'));
  });
});

describe('a backend that fails', () => {
  const failure = new ServerError('SERVER_ERROR', 'out of memory storing object');

  test('at set leaves no old value, and rejects with its own error', async () => {
    const backend = new MapBackend();
    const cache = createCache({ backend });
    await cache.set('key', 'old');
    vi.spyOn(backend, 'set').mockRejectedValue(failure);
    await expect(cache.set('key', 'new')).rejects.toBe(failure);
    expect(await cache.has('key')).toBe(false);
  });

  test('at set and at the delete after it rejects with the first error', async () => {
    const backend = new MapBackend();
    const cache = createCache({ backend });
    vi.spyOn(backend, 'set').mockRejectedValue(failure);
    vi.spyOn(backend, 'delete').mockRejectedValue(new Error('second'));
    vi.spyOn(backend, 'deleteMany').mockRejectedValue(new Error('second'));
    await expect(cache.set('key', 'new')).rejects.toBe(failure);
  });

  test('that stores nothing without an error leaves no old value either', async () => {
    const backend = new MapBackend();
    const cache = createCache({ backend });
    await cache.setMany({ one: 'old', two: 'old', three: 'old' });
    vi.spyOn(backend, 'set').mockResolvedValue(false);
    vi.spyOn(backend, 'setMany').mockResolvedValue([':1:three', ':1:two']);
    expect(await cache.set('one', 'new')).toBe(false);
    expect(await cache.setMany({ two: 'new', three: 'new' })).toEqual(['two', 'three']);
    expect(backend.values.size).toBe(0);
  });

  test('at setMany leaves no old values', async () => {
    const backend = new MapBackend();
    const cache = createCache({ backend });
    await cache.setMany({ one: 'old', two: 'old' });
    vi.spyOn(backend, 'setMany').mockRejectedValue(failure);
    await expect(cache.setMany({ one: 'new', two: 'new' })).rejects.toBe(failure);
    expect(backend.values.size).toBe(0);
  });

  test('at the get of getOrSet is not written to', async () => {
    const backend = new MapBackend();
    const cache = createCache({ backend });
    const errors = errorsOf(cache);
    vi.spyOn(backend, 'get').mockRejectedValue(failure);
    expect(await cache.getOrSet('key', () => 'made')).toBe('made');
    expect(backend.values.size).toBe(0);
    expect(errors).toEqual([failure]);
  });

  test('at the add of getOrSet, or at the get after it, serves what was made', async () => {
    const backend = new MapBackend();
    const cache = createCache({ backend });
    const errors = errorsOf(cache);
    const add = vi.spyOn(backend, 'add').mockRejectedValue(failure);
    expect(await cache.getOrSet('key', () => 'made')).toBe('made');
    add.mockResolvedValue(false);
    vi.spyOn(backend, 'get').mockResolvedValueOnce(undefined).mockRejectedValueOnce(failure);
    expect(await cache.getOrSet('key', () => 'made')).toBe('made');
    expect(errors).toEqual([failure, failure]);
  });

  test('because it is closed is no reason to call the factory', async () => {
    const backend = new MapBackend();
    const cache = createCache({ backend });
    const factory = vi.fn(() => 1);
    vi.spyOn(backend, 'get').mockRejectedValue(new ClosedError('closed'));
    await expect(cache.getOrSet('key', factory)).rejects.toBeInstanceOf(ClosedError);
    expect(factory).not.toHaveBeenCalled();
  });

  test('with nobody to hear of it does not crash', async () => {
    const backend = new MapBackend();
    vi.spyOn(backend, 'add').mockRejectedValue(failure);
    expect(await createCache({ backend }).getOrSet('key', () => 'made')).toBe('made');
  });
});
