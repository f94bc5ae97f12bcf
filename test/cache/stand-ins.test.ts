/** Caches while a node is down, and others have its keys. */
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type Cache, type CacheSettings, createCache, type MemcachedOptions } from '../../src/index.ts';
import { type Cluster, type ClusterNode, startCluster } from '../../src/testing/index.ts';
import { followed, KEYS, nodeAt, small } from '../harness/follow.ts';
import { gate } from './fleet.ts';

const LONG = { waitMs: 60_000 } as const;

interface OpenCache {
  readonly cache: Cache;
  readonly errors: readonly Error[];
}

/** Of a cluster, whose keys go to the other nodes where one is down. */
function open(cluster: Cluster, options: MemcachedOptions = {}, settings: CacheSettings = {}): OpenCache {
  const cache = createCache({
    backend: 'elasticache',
    location: cluster.configurationEndpoint,
    options: { lookup: cluster.lookup, failover: 'next', requestTimeoutMs: 5_000, ...options },
    ...settings,
  });
  onTestFinished(() => cache.close());
  const errors: Error[] = [];
  cache.on('error', (error) => errors.push(error));
  return { cache, errors };
}

/** A key whose node is the first of the cluster, and that node. */
async function owned(
  cluster: Cluster,
  cache: Cache,
  stored: (key: string) => string = (key) => key,
): Promise<{ key: string; node: ClusterNode }> {
  const node = nodeAt(cluster, 0);
  const client = await followed(cluster, {});
  const key = KEYS.find((each) => client.nodeFor(cache.makeKey(stored(each))).id === node.id) as string;
  return { key, node };
}

/** Stops a node, and reads its key until the cache knows. */
async function stopped(node: ClusterNode, caches: readonly Cache[], key: string): Promise<void> {
  await Promise.all(caches.map((cache) => cache.get(key)));
  await node.stop();
  await Promise.all(caches.map((cache) => cache.get(key)));
}

const leases: readonly (readonly [string, MemcachedOptions])[] = [
  ['meta', {}],
  ['meta, leases apart', { leaseKey: 'separate' }],
  ['classic', { protocol: 'classic' }],
];

describe.each(leases)('while the node of a key is down, %s', (_name, options) => {
  test('calls of one process share a computation, whenever they come', async () => {
    await using cluster = await small(3);
    const { cache } = open(cluster, options);
    const { key, node } = await owned(cluster, cache);
    await stopped(node, [cache], key);
    const [started, made] = [gate(), gate<string>()];
    const factory = vi.fn(() => {
      started.open();
      return made.promise;
    });
    const first = cache.getOrSet(key, factory, LONG);
    await started.promise;
    const later = [1, 2, 3].map(() => cache.getOrSet(key, factory, LONG));
    // Behind what those have asked.
    await cache.get(key);
    await cache.get(key);
    made.open('made');
    expect(await Promise.all([first, ...later])).toEqual(['made', 'made', 'made', 'made']);
    expect(factory).toHaveBeenCalledTimes(1);
    expect(await cache.get(key)).toBe('made');
  });

  test('what is deleted is deleted there', async () => {
    await using cluster = await small(3);
    const { cache } = open(cluster, options);
    const { key, node } = await owned(cluster, cache);
    await stopped(node, [cache], key);
    expect(await cache.set(key, 'value')).toBe(true);
    expect(await cache.delete(key)).toBe(true);
    expect(await cache.set(key, 'value')).toBe(true);
    expect(await cache.deleteMany([key])).toBe(1);
    expect(await cache.get(key)).toBeUndefined();
  });

  test("with onError 'miss' getOrSet stores there all the same, and tells of nothing", async () => {
    await using cluster = await small(3);
    const { cache, errors } = open(cluster, { ...options, onError: 'miss' });
    const { key, node } = await owned(cluster, cache);
    await stopped(node, [cache], key);
    const told = errors.length;
    const factory = vi.fn(() => 'made');
    for (let round = 0; round < 3; round++) expect(await cache.getOrSet(key, factory)).toBe('made');
    expect(factory).toHaveBeenCalledTimes(1);
    expect(errors.slice(told)).toEqual([]);
  });

  test("with onError 'miss' a near cache reads there all the same", async () => {
    await using cluster = await small(3);
    const { cache } = open(cluster, { ...options, onError: 'miss' }, { near: { ttl: 60 } });
    const { key, node } = await owned(cluster, cache);
    await stopped(node, [cache], key);
    expect(await cache.set(key, 'value')).toBe(true);
    expect(await cache.get(key)).toBe('value');
    expect((await cache.getMany([key])).get(key)).toBe('value');
    expect(cache.snapshot().near).toMatchObject({ entries: 1, hits: 1, farHits: 1 });
  });

  test('what was made for a stand-in is not stored on the node once it is back: it may be old', async () => {
    await using cluster = await small(3);
    const { cache } = open(cluster, options);
    const { cache: other } = open(cluster, options);
    const { key, node } = await owned(cluster, cache);
    await stopped(node, [cache], key);
    const [started, made] = [gate(), gate<string>()];
    const call = cache.getOrSet(key, () => {
      started.open();
      return made.promise;
    });
    await started.promise;
    await node.start();
    await expect.poll(() => cache.add(key, 'newer').catch(() => false), { timeout: 10_000 }).toBe(true);
    await other.delete(key);
    made.open('old');
    expect(await call).toBe('old');
    expect(await other.has(key)).toBe(false);
  });
});

test.each(['throw', 'miss'] as const)(
  "a namespace whose marker is on a node that is down is kept on a stand-in, with onError '%s'",
  async (onError) => {
    await using cluster = await small(3);
    const { cache } = open(cluster, { onError }, { keyFunction: (key) => key });
    const { key: name, node } = await owned(cluster, cache, (each) => `${each}~`);
    await stopped(node, [cache], `${name}~`);
    const names = cache.namespace(name);
    expect(await names.set('key', 'value')).toBe(true);
    expect(await names.get('key')).toBe('value');
    await names.clear();
    expect(await names.has('key')).toBe(false);
    expect(await names.set('key', 'next')).toBe(true);
    expect(await names.getOrSet('key', () => 'made')).toBe('next');
  },
);

describe.each(leases)('a connection that breaks while the node lives, %s', (_name, options) => {
  test('does not make getOrSet store what another process deleted since', async () => {
    await using cluster = await startCluster({ nodes: 3, engine: 'memcached' });
    const { cache } = open(cluster, options);
    const { cache: other } = open(cluster, options);
    const { key, node } = await owned(cluster, cache);
    await Promise.all([cache.get(key), other.get(key)]);
    node.hang();
    const [started, made] = [gate(), gate<string>()];
    const call = cache.getOrSet(
      key,
      () => {
        started.open();
        return made.promise;
      },
      { waitMs: 100 },
    );
    await new Promise((resolve) => setTimeout(resolve, 20));
    node.reset();
    node.resume();
    await started.promise;
    await expect.poll(() => other.delete(key).catch(() => undefined)).toBeDefined();
    made.open('old');
    expect(await call).toBe('old');
    expect(await other.has(key)).toBe(false);
  });
});
