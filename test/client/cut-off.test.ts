/** Where most nodes look down, it is rather the client that is cut off: it tries again as calls come. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { createClient, type MemcachedClient, NodeDownError } from '../../src/index.ts';
import { startCluster } from '../../src/testing/index.ts';
import { clientOf } from '../harness/client-of.ts';
import { follow, KEYS, keyOf, nodeAt, opened, small } from '../harness/follow.ts';
import { hangUntilDown, healthOf, stopUntilDown } from '../harness/outage.ts';
import { startScripted } from '../harness/scripted-server.ts';

/** Calls without pause until the node serves its key, and how long that took. */
async function untilServed(client: MemcachedClient, key: string): Promise<number> {
  const startedAt = performance.now();
  for (;;) {
    const outcome = await client.get(key).catch((error: unknown) => error);
    if (!(outcome instanceof Error)) return performance.now() - startedAt;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('where most nodes look down', () => {
  test.each(['memcached', 'embedded'] as const)(
    '%s: all are served again soon after they are back',
    async (engine) => {
      await using cluster = await startCluster({ engine, nodes: 3 });
      const client = follow(cluster);
      await client.ready();
      const keys = cluster.nodes.map((node) => keyOf(client, node));
      for (const node of cluster.nodes) await stopUntilDown(client, node);
      // Long enough for the waits between probes to have grown.
      await expect.poll(() => tries(client), { timeout: 10_000 }).toBeGreaterThan(9);
      for (const key of keys) await expect(client.get(key)).rejects.toThrow(NodeDownError);
      await Promise.all(cluster.nodes.map((node) => node.start()));
      const took = await Promise.all(keys.map((key) => untilServed(client, key)));
      // The waits would be 2 seconds and more by now.
      expect(Math.max(...took)).toBeLessThan(1_500);
    },
  );

  test('all are asked as soon as one is back, whether they are called or not', async () => {
    let serves = true;
    const servers = await Promise.all(
      Array.from({ length: 5 }, () =>
        startScripted(() => undefined, {
          onConnect: ({ say, socket }) => {
            if (!serves) socket.destroy();
            socket.on('data', (data) =>
              say(`${data}`.startsWith('version') ? 'VERSION 1.6.18\r\n' : 'END\r\n'),
            );
          },
        }),
      ),
    );
    onTestFinished(async () => {
      await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
    });
    const client = opened(
      createClient(
        servers.map(({ endpoint }) => endpoint),
        { protocol: 'classic' },
      ),
    );
    await client.getMany(KEYS);
    serves = false;
    for (const { connections } of servers) connections[0]?.socket.destroy();
    // The waits between probes have grown to 2 seconds and more.
    await expect.poll(() => tries(client), { timeout: 10_000 }).toBeGreaterThanOrEqual(5 * 4);
    serves = true;
    await untilServed(client, KEYS[0] as string);
    await expect
      .poll(() => client.snapshot().nodes.map(({ health }) => health), { timeout: 1_000 })
      .toEqual(Array(5).fill('up'));
  });

  test('calls settle at once all the same, and ask one probe in 100 ms', async () => {
    const gone = await startScripted(() => undefined);
    await gone[Symbol.asyncDispose]();
    const client = clientOf(gone);
    await client.get('a').catch(() => undefined);
    const startedAt = performance.now();
    const opened = (): number => client.snapshot().nodes[0]?.connectionsOpened ?? 0;
    let calls = 0;
    while (opened() < 6) {
      for (let i = 0; i < 20; i++) await expect(client.get('a')).rejects.toThrow(NodeDownError);
      calls += 20;
      await new Promise((resolve) => setImmediate(resolve));
    }
    // One was tried before, and the others are 100 ms apart.
    expect(performance.now() - startedAt).toBeGreaterThan(4 * 95);
    expect(calls).toBeGreaterThan(opened());
  });

  test("'next' gives nobody's keys to the rest: they fail at once, and are not lost to their nodes", async () => {
    await using cluster = await small(3);
    const client = follow(cluster, { failover: 'next' });
    await client.setMany(KEYS.map((key) => [key, 'old'] as const));
    const [first, second, last] = [nodeAt(cluster, 0), nodeAt(cluster, 1), nodeAt(cluster, 2)];
    const keyOfFirst = keyOf(client, first);
    await hangUntilDown(client, first);
    expect(await client.get(keyOfFirst), 'a stand-in is asked').toBeUndefined();
    await hangUntilDown(client, second);
    await expect(client.get(keyOfFirst)).rejects.toThrow(NodeDownError);
    await expect(client.set(keyOfFirst, 'new')).rejects.toThrow(NodeDownError);
    await expect(client.getMany(KEYS)).rejects.toThrow(NodeDownError);
    expect(await client.get(keyOf(client, last))).toBe('old');
    first.resume();
    await untilServed(client, keyOfFirst);
    expect(await client.get(keyOfFirst)).toBe('old');
    expect(healthOf(client, second)).not.toBe('up');
    expect(await client.get(keyOf(client, second)), 'a stand-in is asked').toBeUndefined();
  });

  test('half of them is not most', async () => {
    await using cluster = await small(2);
    const client = follow(cluster, { failover: 'next' });
    await client.ready();
    const node = nodeAt(cluster, 0);
    await stopUntilDown(client, node);
    expect(await client.setMany(KEYS.map((key) => [key, key] as const))).toEqual([]);
  });
});

/** Connections tried so far, to all nodes. */
function tries(client: MemcachedClient): number {
  return client.snapshot().nodes.reduce((sum, node) => sum + node.connectionsOpened, 0);
}
