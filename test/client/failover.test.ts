/** Where the keys of a node that is down go. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import {
  type ClientOptions,
  type HashRing,
  type MemcachedClient,
  NodeDownError,
  type ServerSpec,
  type TimeoutError,
} from '../../src/index.ts';
import { type Cluster, startCluster, startServer } from '../../src/testing/index.ts';
import { clientOf } from '../harness/client-of.ts';
import { follow, KEYS, keyOf, nodeAt, ownersOf, small } from '../harness/follow.ts';
import { direct, hangUntilDown, keysOf, stopUntilDown, untilUp } from '../harness/outage.ts';

const NEXT: ClientOptions = { failover: 'next' };

async function followed(cluster: Cluster, options: ClientOptions): Promise<MemcachedClient> {
  const client = follow(cluster, options);
  await client.ready();
  await client.version({ timeoutMs: 2_000 });
  return client;
}

/** By the sum of a key's bytes: as a caller might write it. */
const ownRing: HashRing = (nodes) => (key) => Buffer.from(key).reduce((a, b) => a + b, 0) % nodes.length;

describe("failover 'fail-fast'", () => {
  test('is the default: calls of a node that is down reject at once, and all others are served', async () => {
    await using cluster = await small(3);
    const client = await followed(cluster, {});
    const node = nodeAt(cluster, 1);
    await stopUntilDown(client, node);
    for (const key of KEYS) {
      if (client.nodeFor(key).id === node.id) await expect(client.set(key, 1)).rejects.toThrow(NodeDownError);
      else expect(await client.set(key, 1)).toBe(true);
    }
  });
});

describe.each([
  ['memcached', 'ketama'],
  ['embedded', 'ketama'],
  ['embedded', 'pylibmc'],
  ['embedded', ownRing],
] as const)("failover 'next', with %s and %s", (engine, hashing) => {
  test('sends the keys of the node that is down to the others, and no other key', async () => {
    await using cluster = await startCluster({ engine, nodes: 4 });
    const client = await followed(cluster, { ...NEXT, hashing });
    const down = nodeAt(cluster, 2);
    const before = ownersOf(client);
    const stranded = keysOf(client, down);
    await stopUntilDown(client, down);
    expect(await client.setMany(KEYS.map((key) => [key, key] as const))).toEqual([]);
    expect(await client.getMany(KEYS)).toEqual(new Map(KEYS.map((key) => [key, key])));
    expect(await Promise.all(KEYS.map((key) => client.get(key)))).toEqual(KEYS);
    expect(ownersOf(client), 'nodeFor still names the owner').toEqual(before);

    const found: string[] = [];
    for (const node of cluster.nodes) {
      if (node === down) continue;
      const stored = [...(await direct(cluster, node).getMany(KEYS)).keys()];
      const own = stored.filter((key) => client.nodeFor(key).id === node.id);
      const foreign = stored.filter((key) => client.nodeFor(key).id !== node.id);
      expect(own, 'what is its own is where it was').toEqual(keysOf(client, node));
      for (const key of foreign) expect(client.nodeFor(key).id).toBe(down.id);
      found.push(...foreign);
    }
    expect(found.toSorted(), 'each stranded key is somewhere, once').toEqual(stranded.toSorted());
  });
});

describe('a stand-in', () => {
  test('holds values for 60 seconds at most', async () => {
    await using cluster = await small(2);
    const client = await followed(cluster, NEXT);
    const [down, other] = [nodeAt(cluster, 0), nodeAt(cluster, 1)];
    const [never, long, short, touched, read] = keysOf(client, down);
    await stopUntilDown(client, down);
    await client.set(never as string, 1);
    await client.set(long as string, 1, { ttl: '60d' });
    await client.set(short as string, 1, { ttl: 5 });
    await client.set(touched as string, 1, { ttl: 5 });
    expect(await client.touch(touched as string, '1h')).toBe(true);
    await client.set(read as string, 1, { ttl: 5 });
    expect(await client.getAndTouch(read as string, null)).toBe(1);

    const stored = direct(cluster, other);
    for (const key of [never, long, touched, read]) {
      expect((await stored.gets(key as string))?.ttl).toBeGreaterThan(50);
      expect((await stored.gets(key as string))?.ttl).toBeLessThanOrEqual(60);
    }
    expect((await stored.gets(short as string))?.ttl).toBeLessThanOrEqual(5);
  });

  test('is not asked what only the node itself knows', async () => {
    await using cluster = await small(3);
    const client = await followed(cluster, NEXT);
    const node = nodeAt(cluster, 0);
    const key = keyOf(client, node);
    await stopUntilDown(client, node);
    await client.set(key, 5);
    const calls: Record<string, () => Promise<unknown>> = {
      add: () => client.add(key, 1),
      replace: () => client.replace(key, 1),
      append: () => client.append(key, 'x'),
      prepend: () => client.prepend(key, 'x'),
      incr: () => client.incr(key),
      'incr with initial': () => client.incr(key, 1, { initial: 1 }),
      decr: () => client.decr(key),
      gets: () => client.gets(key),
      getsMany: () => client.getsMany([key]),
      cas: () => client.cas(key, 1, 1n),
      'set with casToken': () => client.set(key, 1, { casToken: 1n }),
      version: () => client.version(),
    };
    for (const [name, call] of Object.entries(calls)) {
      await expect(call(), name).rejects.toMatchObject({ code: 'ERR_MEMFLEET_NODE_DOWN', node: node.id });
    }
    expect(await client.get(key)).toBe(5);
    expect(await client.delete(key)).toBe(true);
    expect(await client.delete(key)).toBe(false);
    expect(await client.get(key)).toBeUndefined();
  });

  test('takes over what was in flight when the node died', async () => {
    await using cluster = await small(3);
    const client = await followed(cluster, NEXT);
    const node = nodeAt(cluster, 0);
    const [key, written, deleted] = keysOf(client, node) as [string, string, string];
    node.hang();
    const calls = [
      client.get(key),
      client.set(written, 'written'),
      client.delete(deleted),
      client.touch(key, 5),
      client.getMany(KEYS),
    ];
    const failing = client.incr(key).catch((error: unknown) => error);
    await sleep(20);
    await node.stop();
    expect(await Promise.all(calls)).toEqual([undefined, true, false, false, expect.any(Map)]);
    expect(await failing).toMatchObject({ code: 'ERR_MEMFLEET_CONNECTION' });
    expect(await client.get(written)).toBe('written');
  });

  test('is not asked where the node is there again: what broke off is sent to it once more', async () => {
    await using cluster = await small(3);
    const client = await followed(cluster, NEXT);
    const node = nodeAt(cluster, 0);
    const [key, written] = keysOf(client, node) as [string, string];
    await client.setMany(KEYS.map((each) => [each, 'old'] as const));
    node.hang();
    const calls = [client.get(key), client.set(written, 'new'), client.getMany(KEYS)];
    await sleep(20);
    node.reset();
    node.resume();
    const [value, stored, many] = await Promise.all(calls);
    expect([value, stored]).toEqual(['old', true]);
    expect((many as Map<string, unknown>).size).toBe(KEYS.length);
    expect(await client.get(written)).toBe('new');
    expect(await direct(cluster, node).get(written)).toBe('new');
    for (const other of cluster.nodes.filter((each) => each !== node)) {
      expect(await direct(cluster, other).get(written)).toBeUndefined();
    }
  });

  test('answers a batch whose reply broke off in the middle', async () => {
    await using cluster = await small(3);
    const client = await followed(cluster, NEXT);
    await client.setMany(KEYS.map((each) => [each, 'x'.repeat(100)] as const));
    nodeAt(cluster, 1).dropMidReply();
    expect((await client.getMany(KEYS)).size).toBe(KEYS.length);
    expect(client.snapshot().nodes.map((node) => node.health)).toEqual(['up', 'up', 'up']);
  });

  test('is left again: once the node is back, its keys are asked of it', async () => {
    await using cluster = await small(3);
    const client = await followed(cluster, NEXT);
    const node = nodeAt(cluster, 0);
    const key = keyOf(client, node);
    await stopUntilDown(client, node);
    await client.set(key, 'meanwhile');
    expect(await client.get(key)).toBe('meanwhile');
    await untilUp(client, node);
    expect(await client.get(key)).toBeUndefined();
    await client.set(key, 'again');
    expect(await direct(cluster, node).get(key)).toBe('again');
  });

  test('that goes down too is stood in for as well', async () => {
    await using cluster = await small(5);
    const client = await followed(cluster, NEXT);
    const [first, second] = [nodeAt(cluster, 0), nodeAt(cluster, 1)];
    await stopUntilDown(client, first);
    await stopUntilDown(client, second);
    expect(await client.setMany(KEYS.map((key) => [key, key] as const))).toEqual([]);
    expect((await client.getMany(KEYS)).size).toBe(KEYS.length);
  });

  test.each(['get', 'getMany'] as const)('keeps the deadline of the call: %s', async (verb) => {
    await using cluster = await small(3);
    const client = await followed(cluster, NEXT);
    const [node, ...others] = cluster.nodes;
    const key = keyOf(client, nodeAt(cluster, 0));
    for (const each of cluster.nodes) each.hang();
    const startedAt = performance.now();
    const call = verb === 'get' ? client.get(key) : client.getMany([key]);
    const outcome = call.catch((error: unknown) => error);
    await sleep(700);
    await node?.stop();
    const error = (await outcome) as TimeoutError;
    expect(error.code).toBe('ERR_MEMFLEET_TIMEOUT');
    expect(error.timeoutMs, 'what was left of it').toBeLessThan(400);
    expect(performance.now() - startedAt, 'not 1,700').toBeLessThan(1_500);
    const bytes = await Promise.all(others.map(async (other) => (await other.stats()).bytesIn));
    expect(Math.max(...bytes), 'a stand-in was asked').toBeGreaterThan(Math.min(...bytes));
    const health = client.snapshot().nodes.map((each) => each.health);
    expect(health.toSorted(), 'and is not late yet').toEqual(['down', 'up', 'up']);
  });
});

describe('failover to a gutter', () => {
  const specOf = (server: { host: string; port: number }): ServerSpec => ({
    host: server.host,
    port: server.port,
  });

  test('sends the keys of the node that is down there, and nothing before', async () => {
    await using cluster = await small(2);
    await using one = await startServer();
    await using two = await startServer();
    const client = await followed(cluster, {
      failover: { gutter: [one.endpoint, specOf(two)], ttl: '20s' },
    });
    const down = nodeAt(cluster, 0);
    await client.setMany(KEYS.map((key) => [key, 'home'] as const));
    expect(client.snapshot().gutter?.map((node) => node.connectionsOpened)).toEqual([0, 0]);

    const stranded = keysOf(client, down);
    await stopUntilDown(client, down);
    expect(await client.setMany(stranded.map((key) => [key, key] as const))).toEqual([]);
    expect(await client.getMany(stranded)).toEqual(new Map(stranded.map((key) => [key, key])));
    const items = [one, two].map((server) => Number(server.stats().curr_items));
    expect((items[0] as number) + (items[1] as number)).toBe(stranded.length);
    expect(Math.min(...items), 'both have a share').toBeGreaterThan(0);
    const others = keysOf(client, nodeAt(cluster, 1));
    expect((await client.getMany(others)).size).toBe(others.length);
    await expect(client.incr(stranded[0] as string)).rejects.toThrow(NodeDownError);
  });

  test('keeps values there no longer than said, 10 seconds by default', async () => {
    await using cluster = await small(2);
    await using server = await startServer();
    const down = nodeAt(cluster, 0);
    const stored = clientOf(server, { protocol: 'meta' });
    for (const [ttl, most] of [
      [undefined, 10],
      ['20s', 20],
    ] as const) {
      await down.start();
      const gutter = [server.endpoint];
      const failover = ttl === undefined ? { gutter } : { gutter, ttl };
      const client = await followed(cluster, { failover });
      const key = keyOf(client, down);
      await stopUntilDown(client, down);
      await client.set(key, 1, { ttl: '1h' });
      const left = (await stored.gets(key))?.ttl as number;
      expect(left).toBeGreaterThan(most - 5);
      expect(left).toBeLessThanOrEqual(most);
    }
  });

  test('serves where most nodes are down, and the only one', async () => {
    await using cluster = await small(1);
    await using server = await startServer();
    const client = await followed(cluster, { failover: { gutter: [server.endpoint] } });
    await stopUntilDown(client, nodeAt(cluster, 0));
    expect(await client.set('a', 1)).toBe(true);
    expect(await client.get('a')).toBe(1);
  });

  test('that is down as well rejects at once, and says so', async () => {
    await using cluster = await small(2);
    const gone = await startServer();
    await gone.close();
    const client = await followed(cluster, { failover: { gutter: [gone.endpoint] } });
    const downs: string[] = [];
    client.on('nodeDown', ({ node }) => downs.push(node));
    const node = nodeAt(cluster, 0);
    const key = keyOf(client, node);
    await stopUntilDown(client, node);
    await expect(client.get(key)).rejects.toMatchObject({
      code: 'ERR_MEMFLEET_CONNECTION',
      node: gone.endpoint,
    });
    await expect(client.get(key)).rejects.toMatchObject({
      code: 'ERR_MEMFLEET_NODE_DOWN',
      node: gone.endpoint,
    });
    expect(downs).toEqual([node.id, gone.endpoint]);
  });

  test('is closed with the client', async () => {
    await using cluster = await small(2);
    await using server = await startServer();
    const client = await followed(cluster, { failover: { gutter: [server.endpoint] } });
    const node = nodeAt(cluster, 0);
    const key = keyOf(client, node);
    await stopUntilDown(client, node);
    await client.set(key, 1);
    expect(server.stats().curr_connections).toBe('1');
    await client.close();
    await expect.poll(() => server.stats().curr_connections).toBe('0');
  });
});

describe('a node that hangs', () => {
  test.each(['memcached', 'embedded'] as const)(
    'of %s: calls to it settle in their time until it is marked down, then at once',
    async (engine) => {
      await using cluster = await startCluster({ engine, nodes: 3 });
      const client = await followed(cluster, {});
      const node = nodeAt(cluster, 1);
      const key = keyOf(client, node);
      const other = keyOf(client, nodeAt(cluster, 0));
      const settled: string[] = [];
      client.on('nodeDown', () => settled.push('down'));
      node.hang();
      for (let i = 0; i < 4; i++) {
        const startedAt = performance.now();
        await client.get(key).catch((error) => settled.push(error.code));
        expect(performance.now() - startedAt).toBeLessThan(2_000);
        expect(await client.set(other, i)).toBe(true);
      }
      await expect.poll(() => settled).toContain('down');
      const { bytesIn } = await node.stats();
      for (let i = 0; i < 100; i++) await expect(client.get(key)).rejects.toThrow(NodeDownError);
      expect((await node.stats()).bytesIn, 'nothing was sent').toBe(bytesIn);
      const untouched = client.snapshot().nodes.filter(({ id }) => id !== node.id);
      for (const each of untouched)
        expect(each).toMatchObject({ health: 'up', timeouts: 0, connectionsOpened: 1 });
    },
  );

  test('is stood in for, and its late replies reach nobody', async () => {
    await using cluster = await small(3);
    const client = await followed(cluster, NEXT);
    const node = nodeAt(cluster, 1);
    const keys = keysOf(client, node).slice(0, 50);
    await client.setMany(keys.map((key) => [key, `old ${key}`] as const));
    await hangUntilDown(client, node);
    await client.setMany(keys.map((key) => [key, `new ${key}`] as const));
    const during = await client.getMany(keys);
    node.resume();
    expect(await Promise.all(keys.map((key) => client.get(key)))).toEqual(keys.map((key) => `new ${key}`));
    expect(during).toEqual(new Map(keys.map((key) => [key, `new ${key}`])));
  });
});
