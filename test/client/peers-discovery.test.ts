/** What goes wrong in clients that follow a cluster, each as the behaviour to have instead. */
import { describe, expect, test } from 'vitest';
import { createClient, type HashRing } from '../../src/index.ts';
import { startServer } from '../../src/testing/index.ts';
import { clientOf } from '../harness/client-of.ts';
import { follow, idsOf, opened, small } from '../harness/follow.ts';
import { startScripted } from '../harness/scripted-server.ts';
import { watchTraces } from '../harness/traces.ts';

describe('looks for the topology', () => {
  test('leave no connection behind, however many', async () => {
    const config = '1\nlocalhost|127.0.0.1|11211\n';
    await using endpoint = await startScripted((connection) =>
      connection.say(`CONFIG cluster 0 ${config.length}\r\n${config}\r\nEND\r\n`),
    );
    const client = opened(
      createClient({ configurationEndpoint: endpoint.endpoint }, { discovery: { mode: 'memorystore' } }),
    );
    await client.ready();
    for (let i = 0; i < 20; i++) await client.refresh();
    expect(endpoint.asked).toHaveLength(21);
    await expect.poll(() => endpoint.connections.every(({ socket }) => socket.closed)).toBe(true);
  });

  test('keep the nodes that are there, and their connections', async () => {
    await using cluster = await small(3);
    const client = follow(cluster);
    await client.ready();
    await client.version();
    for (let i = 0; i < 5; i++) {
      await cluster.addNode();
      await client.refresh();
    }
    for (const { connectionsClosed, connectionsOpened } of client.snapshot().nodes.slice(0, 3)) {
      expect({ connectionsClosed, connectionsOpened }).toEqual({
        connectionsClosed: 0,
        connectionsOpened: 1,
      });
    }
  });
});

describe('a change of the nodes', () => {
  test('that could not be carried out is tried again, and leaves nothing behind', async () => {
    const traces = watchTraces();
    {
      await using cluster = await small(2);
      let broken = true;
      const hashing: HashRing = (nodes) => {
        if (nodes.length === 3 && broken) throw new Error('The ring is broken');
        return (key) => key.length % nodes.length;
      };
      const client = follow(cluster, { hashing });
      await client.ready();
      const added = await cluster.addNode();
      await expect(client.refresh()).rejects.toThrow('The ring is broken');
      expect(idsOf(client)).toHaveLength(2);
      expect(await client.set('a', 1)).toBe(true);
      await expect.poll(async () => (await added.stats()).openConnections).toBe(0);
      broken = false;
      await client.refresh();
      expect(idsOf(client)).toContain(added.id);
      client.destroy();
    }
    await traces.expectNone();
  });
});

describe('several clients', () => {
  test('do not mix what they read', async () => {
    await using one = await startServer();
    await using other = await startServer();
    const clients = [clientOf(one), clientOf(other), clientOf(one, { protocol: 'meta' })] as const;
    await clients[0].set('a', 'one\r\nEND\r\n');
    await clients[1].set('a', 'other');
    const reads = Array.from({ length: 50 }, () => clients.map((client) => client.get('a'))).flat();
    const expected = Array.from({ length: 50 }, () => ['one\r\nEND\r\n', 'other', 'one\r\nEND\r\n']).flat();
    expect(await Promise.all(reads)).toEqual(expected);
  });
});

describe('what a dead server never answered', () => {
  test('does not count against maxInFlight once the server is back', async () => {
    let answers = false;
    await using server = await startScripted((connection, { key }) => {
      if (answers) connection.value(key, key);
    });
    const client = clientOf(server, { requestTimeoutMs: 80, maxInFlight: 10 });
    for (let round = 0; round < 3; round++) {
      await Promise.allSettled(Array.from({ length: 10 }, () => client.get('a')));
    }
    answers = true;
    const many = (): Promise<unknown> =>
      Promise.all(Array.from({ length: 10 }, (_, i) => client.get(`k${i}`)));
    await expect
      .poll(() => many().catch((error: unknown) => error), { timeout: 5_000 })
      .toEqual(Array.from({ length: 10 }, (_, i) => `k${i}`));
  });

  test('nor does a server that ends while it is told the password hold up a call', async () => {
    await using server = await startScripted(() => undefined, {
      onConnect: ({ socket }) => socket.once('data', () => socket.end()),
    });
    const client = clientOf(server, { auth: { username: 'user', password: 'secret' } });
    for (const call of [client.get('a'), client.set('a', 1), client.getMany(['a', 'b'])]) {
      await expect(call).rejects.toMatchObject({ code: 'ERR_MEMFLEET_CONNECTION' });
    }
  });
});
