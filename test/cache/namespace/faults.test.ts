import { describe, expect, test, vi } from 'vitest';
import {
  type Cache,
  type ClientOptions,
  ClosedError,
  createCache,
  createClient,
  InvalidKeyError,
  MemfleetError,
} from '../../../src/index.ts';
import { type Cluster, type ClusterNode, startCluster } from '../../../src/testing/index.ts';
import { hold } from '../held-calls.ts';
import { MapBackend } from '../map-backend.ts';

const soon = (condition: () => Promise<boolean>): Promise<boolean> =>
  vi.waitUntil(condition, { timeout: 60_000 });

// What waits for a node to be down, or up again, waits on a slow machine for longer.
vi.setConfig({ testTimeout: 120_000 });

const MARKER = ':0:users~';

function open(cluster: Cluster, options: ClientOptions = {}, generationTtl = 0.1): Cache {
  return createCache({
    backend: 'elasticache',
    location: cluster.configurationEndpoint,
    options: { connectTimeoutMs: 500, requestTimeoutMs: 500, lookup: cluster.lookup, ...options },
    generationTtl,
  });
}

/** Sorts keys by whether they are on the node of the marker; waits for a topology. */
async function nodeOfMarker(
  cluster: Cluster,
): Promise<{ node: ClusterNode; isElsewhere(finalKey: string): boolean }> {
  const client = createClient(
    { configurationEndpoint: cluster.configurationEndpoint },
    { lookup: cluster.lookup },
  );
  await client.ready();
  const { id } = client.nodeFor(MARKER);
  const elsewhere = { isElsewhere: (finalKey: string) => client.nodeFor(finalKey).id !== id };
  await client.close();
  return { node: cluster.nodes.find((node) => node.id === id) as ClusterNode, ...elsewhere };
}

/** A key that is not on the node of the marker. */
function keyElsewhere(users: Cache, isElsewhere: (finalKey: string) => boolean): string {
  return Array.from({ length: 200 }, (_, index) => `key:${index}`).find((key) =>
    isElsewhere(users.makeKey(key)),
  ) as string;
}

function errorsOf(cache: Cache): Error[] {
  const errors: Error[] = [];
  cache.on('error', (error) => errors.push(error));
  return errors;
}

describe('while the node of the marker is down', () => {
  test('calls reject, though the key is elsewhere: a failure is no miss', async () => {
    await using cluster = await startCluster({ nodes: 2, engine: 'embedded' });
    await using cache = open(cluster);
    errorsOf(cache);
    const users = cache.namespace('users');
    await users.has('key');
    const { node, isElsewhere } = await nodeOfMarker(cluster);
    const key = keyElsewhere(users, isElsewhere);
    await users.set(key, 'there');
    await node.stop();
    await soon(() =>
      users.get(key).then(
        () => false,
        () => true,
      ),
    );
    for (const call of [
      () => users.get(key, 'default'),
      () => users.getMany([key]),
      () => users.has(key),
      () => users.set(key, 1),
      () => users.setMany({ [key]: 1 }),
      () => users.add(key, 1),
      () => users.touch(key),
      () => users.delete(key),
      () => users.deleteMany([key]),
      () => users.incr(key, 1, { initial: 1 }),
      () => users.incrVersion(key),
      () => users.clear(),
      () => users.namespace('inner').get(key),
    ]) {
      await expect(call()).rejects.toBeInstanceOf(MemfleetError);
    }
    await node.start();
    await soon(() => users.set(key, 'new').catch(() => false));
    expect(await users.get(key)).toBe('new');
  });

  test('a factory serves, once for all who ask at once, nothing is stored, and an event tells', async () => {
    await using cluster = await startCluster({ nodes: 1, engine: 'embedded' });
    await using cache = open(cluster);
    const errors = errorsOf(cache);
    const users = cache.namespace('users');
    await cluster.nodes[0]?.stop();
    const factory = vi.fn(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return 'made';
    });
    const calls = [1, 2, 3].map(() => users.getOrSet('key', factory));
    calls.push(cache.namespace('users').getOrSet('key', factory));
    expect(await Promise.all(calls)).toEqual(['made', 'made', 'made', 'made']);
    expect(factory).toHaveBeenCalledTimes(1);
    expect(errors.length).toBeGreaterThan(0);
    for (const error of errors) expect(error).toBeInstanceOf(MemfleetError);
    await expect(users.getOrSet('a b', factory)).rejects.toBeInstanceOf(InvalidKeyError);
  });

  test("reads are misses with onError 'miss', and writes are not done", async () => {
    await using cluster = await startCluster({ nodes: 2, engine: 'embedded' });
    await using cache = open(cluster, { onError: 'miss' });
    const errors = errorsOf(cache);
    const users = cache.namespace('users');
    await users.has('key');
    const { node, isElsewhere } = await nodeOfMarker(cluster);
    const key = keyElsewhere(users, isElsewhere);
    expect(await users.set(key, 'there')).toBe(true);
    await node.stop();
    await soon(async () => !(await users.has(key)));
    expect(await users.get(key, 'default')).toBe('default');
    expect(await users.getMany([key])).toEqual(new Map());
    expect(await users.set(key, 1)).toBe(false);
    expect(await users.setMany({ [key]: 1, other: 2 })).toEqual([key, 'other']);
    expect(await users.add(key, 1)).toBe(false);
    expect(await users.touch(key)).toBe(false);
    expect(await users.delete(key)).toBe(false);
    expect(await users.deleteMany([key])).toBe(0);
    expect(await users.incr(key, 1, { initial: 1 })).toBeUndefined();
    expect(await users.incrVersion(key)).toBeUndefined();
    expect(await users.getOrSet(key, () => 'made')).toBe('made');
    const inner = users.namespace('inner');
    expect(await inner.set(key, 1)).toBe(false);
    expect(await inner.get(key)).toBeUndefined();
    const told = errors.length;
    await users.clear();
    await inner.clear();
    expect(errors.length).toBeGreaterThan(told);
    await node.start();
    await soon(() => users.set(key, 'new'));
    expect(await users.get(key)).toBe('new');
  });

  test('a clear rejects, and is made good by this process once the node is back', async () => {
    await using cluster = await startCluster({ nodes: 1, engine: 'embedded' });
    await using cache = open(cluster);
    errorsOf(cache);
    const users = cache.namespace('users');
    await users.set('key', 'old');
    const marker = await cache.get('users~', undefined, { version: 0 });
    await cluster.nodes[0]?.stop();
    await expect(users.clear()).rejects.toBeInstanceOf(MemfleetError);
    await cluster.nodes[0]?.start();
    // As it would be on a node that lost nothing.
    const back = () => cache.set('users~', marker, { version: 0 }).catch(() => false);
    await soon(back);
    expect(await users.has('key')).toBe(false);
    expect(await cache.get('users~', undefined, { version: 0 })).not.toBe(marker);
  });
});

test("with failover 'next' a stand-in has the marker, and nothing comes back with the node", async () => {
  await using cluster = await startCluster({ nodes: 3, engine: 'memcached' });
  const options: ClientOptions = { failover: 'next', requestTimeoutMs: 200 };
  await using cache = open(cluster, options);
  await using other = open(cluster, options);
  for (const each of [cache, other]) errorsOf(each);
  const [users, theirs] = [cache.namespace('users'), other.namespace('users')];
  await users.has('key');
  const { node, isElsewhere } = await nodeOfMarker(cluster);
  const key = keyElsewhere(users, isElsewhere);
  await users.set(key, 'old');
  await soon(async () => (await theirs.get(key)) === 'old');
  const itself = createClient(node.endpoint, { lookup: cluster.lookup });
  const old = await itself.get(MARKER);
  node.hang();
  // Until the node is down for this client.
  const cleared = () =>
    users.clear().then(
      () => true,
      () => false,
    );
  await soon(cleared);
  await soon(() => users.set(key, 'meanwhile').catch(() => false));
  await soon(async () => (await theirs.get(key).catch(() => 'old')) === 'meanwhile');
  await users.clear();
  await soon(async () => !(await theirs.has(key).catch(() => true)));
  node.resume();
  // The node has kept the first generation. Until it serves, with another, no call goes back to that.
  const values = new Set<unknown>();
  await soon(async () => {
    for (const place of [users, theirs]) values.add(await place.get(key, 'none').catch(() => 'none'));
    const marker = await itself.get(MARKER);
    return marker !== undefined && marker !== old;
  });
  expect([...values]).toEqual(['none']);
  await itself.close();
  // Where one of them is not back yet, it writes to the stand-in still.
  await soon(async () => {
    await users.set(key, 'new').catch(() => false);
    return (await theirs.get(key).catch(() => undefined)) === 'new';
  });
});

describe('a node of the marker that comes back empty', () => {
  test.each([
    ['replaced', (cluster: Cluster, node: ClusterNode) => cluster.replaceNode(node.id)],
    [
      'flushed',
      async (_cluster: Cluster, node: ClusterNode) => {
        const client = createClient(node.address);
        await client.flushAll();
        await client.close();
      },
    ],
  ])('%s: the others keep their values, and none of them comes back', async (_name, empty) => {
    await using cluster = await startCluster({ nodes: 2, engine: 'memcached' });
    await using cache = open(cluster);
    await using other = open(cluster);
    for (const each of [cache, other]) errorsOf(each);
    const [users, theirs] = [cache.namespace('users'), other.namespace('users')];
    await users.has('key');
    const { node, isElsewhere } = await nodeOfMarker(cluster);
    const key = keyElsewhere(users, isElsewhere);
    await users.set(key, 'old');
    await soon(() => theirs.has(key));
    await empty(cluster, node);
    const gone = async (place: Cache): Promise<boolean> => !(await place.has(key).catch(() => true));
    await soon(async () => (await gone(users)) && (await gone(theirs)));
    await soon(() => users.set(key, 'new').catch(() => false));
    expect(await users.get(key)).toBe('new');
    await soon(async () => (await theirs.get(key)) === 'new');
  });
});

describe('who gives up', () => {
  test('while a generation is read is told at once, and calls nothing', async () => {
    const backend = new MapBackend();
    const users = createCache({ backend }).namespace('users');
    const reply = hold(backend, ['get'], 'answered');
    const controller = new AbortController();
    const factory = vi.fn(() => 'made');
    const call = users.getOrSet('key', factory, { signal: controller.signal });
    await reply.made;
    controller.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
    reply.release();
    await users.set('other', 1);
    expect(factory).not.toHaveBeenCalled();
  });
});

test('a backend that is closed is no reason to call a factory', async () => {
  const backend = new MapBackend();
  vi.spyOn(backend, 'get').mockRejectedValue(new ClosedError('closed'));
  const factory = vi.fn(() => 1);
  const users = createCache({ backend }).namespace('users');
  await expect(users.getOrSet('key', factory)).rejects.toBeInstanceOf(ClosedError);
  expect(factory).not.toHaveBeenCalled();
});
