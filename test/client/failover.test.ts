/** Where the keys of a node that is down go. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import {
  type ClientOptions,
  ConnectionLimitError,
  createClient,
  type HashRing,
  NodeDownError,
  type TimeoutError,
} from '../../src/index.ts';
import { startCluster, startServer } from '../../src/testing/index.ts';
import { followed, KEYS, keyOf, nodeAt, opened, ownersOf, small } from '../harness/follow.ts';
import { direct, hangUntilDown, keysOf, stopUntilDown, untilUp } from '../harness/outage.ts';
import { startScripted } from '../harness/scripted-server.ts';

const NEXT: ClientOptions = { failover: 'next' };

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

  test('is not asked for a node that lives and has no connection to give', async () => {
    const refusing = await startScripted(() => undefined, {
      onConnect: ({ socket }) => socket.end('ERROR Too many open connections\r\n'),
    });
    await using server = await startServer();
    const client = opened(createClient([refusing.endpoint, server.endpoint], { failover: 'next' }));
    const key = keysOf(client, { id: refusing.endpoint })[0] as string;
    // The value would be out of date when the node gives one, and nobody would delete the node's own.
    await expect(client.set(key, 1)).rejects.toThrow(ConnectionLimitError);
    await expect(client.getMany([key])).rejects.toThrow(ConnectionLimitError);
    expect(await client.get(key), 'at the third time it is down').toBeUndefined();
    expect(await client.set(key, 1)).toBe(true);
    await refusing[Symbol.asyncDispose]();
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
    const calls = Array.from({ length: 5 }, () => (verb === 'get' ? client.get(key) : client.getMany([key])));
    const outcomes = Promise.allSettled<unknown>(calls);
    await sleep(700);
    await node?.stop();
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ reason: { code: 'ERR_MEMFLEET_TIMEOUT' } });
      const { timeoutMs } = (outcome as PromiseRejectedResult).reason as TimeoutError;
      expect(timeoutMs, 'what was left of it').toBeLessThan(400);
    }
    expect(performance.now() - startedAt, 'not 1,700').toBeLessThan(1_500);
    const bytes = await Promise.all(others.map(async (other) => (await other.stats()).bytesIn));
    expect(Math.max(...bytes), 'a stand-in was asked').toBeGreaterThan(Math.min(...bytes));
    const health = client.snapshot().nodes.map((each) => each.health);
    expect(health.toSorted(), 'and is not late yet').toEqual(['down', 'up', 'up']);
  });
});

test.each(['get', 'getMany'] as const)(
  'a stand-in is not late for calls that waited for the node: %s',
  async (verb) => {
    await using dying = await startScripted(() => undefined, {
      onConnect: ({ socket }) => setTimeout(() => socket.destroy(), 700),
    });
    const answered = new Set<string>();
    await using mute = await startScripted((connection, { key }) => {
      if (answered.has(key)) connection.value(key, key);
    });
    const options: ClientOptions = { failover: 'next', protocol: 'classic', connectTimeoutMs: 2_000 };
    const client = opened(createClient([dying.endpoint, mute.endpoint], options));
    const own = keysOf(client, { id: mute.endpoint })[0] as string;
    const key = keysOf(client, { id: dying.endpoint })[0] as string;
    answered.add(own);
    expect(await client.get(own)).toBe(own);
    const calls = Array.from({ length: 5 }, () => (verb === 'get' ? client.get(key) : client.getMany([key])));
    for (const outcome of await Promise.allSettled<unknown>(calls)) {
      expect(outcome).toMatchObject({ reason: { code: 'ERR_MEMFLEET_TIMEOUT', node: mute.endpoint } });
    }
    expect(client.snapshot().nodes.find(({ id }) => id === mute.endpoint)?.health).toBe('up');
  },
);

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
