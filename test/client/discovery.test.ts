import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { createClient, type MemcachedClient, NoNodesError, type TopologyDiff } from '../../src/index.ts';
import { follow, idsOf, KEYS, keyOf, nodeAt, opened, ownersOf, small } from '../harness/follow.ts';

/** Calls without pause until told to stop; the failures. */
function underLoad(client: MemcachedClient): () => Promise<unknown[]> {
  const failures: unknown[] = [];
  let running = true;
  const loop = async (offset: number): Promise<void> => {
    for (let i = offset; running; i += 7) {
      const key = KEYS[i % KEYS.length] as string;
      await Promise.all([client.set(key, key), client.get(key), client.getMany([key, 'other'])]).catch(
        (error) => failures.push(error),
      );
    }
  };
  const loops = Promise.all([loop(0), loop(1), loop(2)]);
  return async () => {
    running = false;
    await loops;
    return failures;
  };
}

describe('the nodes behind a configuration endpoint', () => {
  test('are discovered', async () => {
    await using cluster = await small(3);
    const client = follow(cluster);
    expect(client.topology).toBeUndefined();
    expect(() => client.nodeFor('a')).toThrow(NoNodesError);
    await client.ready();
    expect(client.topology).toMatchObject({
      version: 1n,
      source: { kind: 'discovery', from: cluster.configurationEndpoint },
    });
    expect(idsOf(client)).toEqual(cluster.nodes.map((node) => node.id).toSorted());
    expect(client.topology?.nodes.map((node) => node.address)).toEqual(cluster.nodes.map((node) => node.ip));
  });

  test('get more: few keys move, and the others keep their connections', async () => {
    await using cluster = await small(3);
    const client = follow(cluster);
    const diffs: TopologyDiff[] = [];
    client.on('topology', (_, diff) => diffs.push(diff));
    await client.ready();
    await client.version();
    const before = ownersOf(client);
    const added = await cluster.addNode();
    await client.refresh();
    expect(client.topology?.version).toBe(2n);
    expect(diffs.at(-1)?.added.map((node) => node.id)).toEqual([added.id]);
    expect(diffs.at(-1)?.kept).toHaveLength(3);
    const after = ownersOf(client);
    const moved = after.filter((owner, i) => owner !== before[i]);
    expect(new Set(moved)).toEqual(new Set([added.id]));
    expect(moved.length / KEYS.length).toBeGreaterThan(0.15);
    expect(moved.length / KEYS.length).toBeLessThan(0.35);
    await client.setMany(KEYS.map((key) => [key, key] as const));
    for (const node of client.snapshot().nodes)
      expect(node).toMatchObject({ connectionsOpened: 1, health: 'up' });
  });

  test('get fewer: the keys of the one that left move, no others', async () => {
    await using cluster = await small(4);
    const client = follow(cluster);
    await client.ready();
    await client.version();
    const before = ownersOf(client);
    const removed = await cluster.removeNode(nodeAt(cluster, 1).id);
    await client.refresh();
    expect(idsOf(client)).not.toContain(removed.id);
    for (const [i, owner] of ownersOf(client).entries()) {
      if (before[i] !== removed.id) expect(owner).toBe(before[i]);
    }
    for (const node of client.snapshot().nodes) expect(node.connectionsOpened).toBe(1);
  });

  test('leave without loss: what is in flight is answered, then the connection is closed', async () => {
    await using cluster = await small(3);
    const client = follow(cluster);
    await client.ready();
    const leaving = nodeAt(cluster, 0);
    const key = keyOf(client, leaving);
    await client.set(key, 'answered');
    leaving.slow(150);
    const inFlight = client.get(key);
    await sleep(20);
    cluster.publish({ version: 2, nodes: cluster.nodes.slice(1) });
    await client.refresh();
    expect(client.snapshot().draining.map((node) => node.id)).toEqual([leaving.id]);
    expect(client.nodeFor(key).id).not.toBe(leaving.id);
    expect(await inFlight).toBe('answered');
    await expect.poll(() => client.snapshot().draining).toEqual([]);
    await expect.poll(async () => (await leaving.stats()).openConnections).toBe(0);
  });

  test('leave and come back before they were gone', async () => {
    await using cluster = await small(3);
    const client = follow(cluster);
    await client.ready();
    const node = nodeAt(cluster, 0);
    const key = keyOf(client, node);
    await client.set(key, 'kept');
    node.slow(150);
    const inFlight = client.get(key);
    await sleep(20);
    cluster.publish({ version: 2, nodes: cluster.nodes.slice(1) });
    await client.refresh();
    cluster.publish({ version: 3, nodes: cluster.nodes });
    await client.refresh();
    node.slow(0);
    expect(await inFlight).toBe('kept');
    expect(client.nodeFor(key).id).toBe(node.id);
    expect(await client.get(key)).toBe('kept');
  });

  test('are replaced: same name, new address, no key moves', async () => {
    await using cluster = await small(3);
    const client = follow(cluster);
    await client.ready();
    await client.version();
    const before = ownersOf(client);
    const node = nodeAt(cluster, 1);
    const key = keyOf(client, node);
    await client.set(key, 'lost with the node');
    const diffs: TopologyDiff[] = [];
    client.on('topology', (_, diff) => diffs.push(diff));
    await cluster.replaceNode(node.id);
    await client.refresh();
    expect(diffs[0]?.moved.map(({ id }) => id)).toEqual([node.id]);
    expect(ownersOf(client)).toEqual(before);
    expect(client.nodeFor(key).address).toBe(node.ip);
    await expect.poll(() => client.get(key).catch((error: unknown) => error)).toBeUndefined();
    expect(await client.set(key, 'new')).toBe(true);
    expect((await node.stats()).engine).toMatchObject({ curr_items: '1' });
    const others = client.snapshot().nodes.filter((each) => each.id !== node.id);
    for (const other of others) expect(other.connectionsOpened).toBe(1);
  });

  test('that were down are tried at once at a new address', async () => {
    await using cluster = await small(2);
    const client = follow(cluster);
    await client.ready();
    const node = nodeAt(cluster, 0);
    const key = keyOf(client, node);
    await client.get(key);
    await node.stop();
    await expect.poll(() => client.snapshot().nodes.map((each) => each.health)).toContain('down');
    await cluster.replaceNode(node.id);
    await client.refresh();
    await expect
      .poll(() => client.get(key).catch((error: unknown) => error), { timeout: 400 })
      .toBeUndefined();
  });

  test('change under load without a failed call', async () => {
    await using cluster = await small(3);
    const client = follow(cluster);
    await client.ready();
    const stop = underLoad(client);
    const all = cluster.nodes;
    await sleep(50);
    await cluster.addNode();
    await client.refresh();
    await sleep(50);
    cluster.publish({ version: 3, nodes: [...all.slice(1), nodeAt(cluster, 3)] });
    await client.refresh();
    await sleep(50);
    cluster.publish({ version: 4, nodes: all });
    await client.refresh();
    await sleep(50);
    expect(await stop()).toEqual([]);
    expect(client.topology?.version).toBe(4n);
  });

  test('are dialled by IP where the caller prefers it', async () => {
    await using cluster = await small(2);
    const client = opened(
      createClient(
        { configurationEndpoint: cluster.configurationEndpoint },
        { discovery: { connectTo: 'ip' } },
      ),
    );
    expect(await client.set('a', 1)).toBe(true);
    expect(client.nodeFor('a').host).toContain('memfleet-test');
  });
});

describe('a node that fails', () => {
  test('by hanging is down after three time-outs; the others serve on; a probe revives it', async () => {
    await using cluster = await small(3);
    const client = follow(cluster, { requestTimeoutMs: 80, connectTimeoutMs: 80 });
    await client.ready({ timeoutMs: 2_000 });
    await client.version({ timeoutMs: 2_000 });
    const node = nodeAt(cluster, 2);
    const key = keyOf(client, node);
    const other = keyOf(client, nodeAt(cluster, 0));
    const events: unknown[] = [];
    client.on('nodeDown', (event) => events.push(event));
    client.on('nodeUp', (event) => events.push(event));
    node.hang();
    for (let i = 0; i < 3; i++) {
      await expect(client.get(key)).rejects.toThrow();
      expect(await client.set(other, i)).toBe(true);
    }
    await expect
      .poll(() => events)
      .toMatchObject([{ node: node.id, error: { code: 'ERR_MEMFLEET_TIMEOUT' } }]);
    await expect(client.get(key)).rejects.toMatchObject({ code: 'ERR_MEMFLEET_NODE_DOWN', node: node.id });
    expect(await client.get(other)).toBe(2);
    expect(idsOf(client), 'it stays in the topology').toContain(node.id);
    node.resume();
    await expect.poll(() => events[1], { timeout: 4_000 }).toEqual({ node: node.id });
    expect(await client.get(key)).toBeUndefined();
  });

  test('by dying settles what is in flight, and is back when it is', async () => {
    await using cluster = await small(2);
    const client = follow(cluster);
    await client.ready();
    const node = nodeAt(cluster, 0);
    const key = keyOf(client, node);
    await client.set(key, 1);
    node.hang();
    const inFlight = Promise.allSettled(Array.from({ length: 100 }, () => client.get(key)));
    await sleep(10);
    await node.stop();
    for (const result of await inFlight) expect(result).toMatchObject({ status: 'rejected' });
    await node.start();
    await expect
      .poll(() => client.get(key).catch((error: unknown) => error), { timeout: 4_000 })
      .toBeUndefined();
  });

  test.each(['dropMidReply', 'corrupt', 'reset'] as const)('by %s costs no later call', async (fault) => {
    await using cluster = await small(1);
    const client = follow(cluster);
    await client.set('a', 'x'.repeat(1_000));
    nodeAt(cluster, 0)[fault]();
    await client.get('a').catch(() => undefined);
    for (let i = 0; i < 10; i++) expect(await client.get('a')).toBe('x'.repeat(1_000));
    expect(client.snapshot().nodes[0]?.connectionsOpened).toBe(2);
  });
});
