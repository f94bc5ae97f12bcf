import { describe, expect, test } from 'vitest';
import { NodeDownError, type ServerSpec } from '../../src/index.ts';
import { startServer } from '../../src/testing/index.ts';
import { clientOf } from '../harness/client-of.ts';
import { followed, KEYS, keyOf, nodeAt, small } from '../harness/follow.ts';
import { keysOf, stopUntilDown } from '../harness/outage.ts';

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
