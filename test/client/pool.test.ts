/** How the connections to one node come to be as many as they may be. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { ConnectionLimitError, NodeDownError } from '../../src/index.ts';
import { startMemcached } from '../../src/testing/cluster/memcached-process.ts';
import { clientOf, healthOf } from '../harness/client-of.ts';
import { nodeAt, small } from '../harness/follow.ts';
import { direct, hangUntilDown, untilUp } from '../harness/outage.ts';
import { type ScriptedConnection, startScripted } from '../harness/scripted-server.ts';

/** Answers the handshake, and then each get with its key. */
function serve(connection: ScriptedConnection): void {
  connection.socket.on('data', (chunk) => {
    for (const line of chunk.toString().split('\r\n')) {
      if (line === 'version') connection.say('VERSION 1.6.18\r\n');
      else if (line.startsWith('get ')) connection.value(line.slice(4), line.slice(4));
    }
  });
}

const KEYS = Array.from({ length: 200 }, (_, i) => `k${i}`);

describe('several connections to a node', () => {
  test('are opened one after the other, however many calls there are', async () => {
    let greeting = 0;
    let most = 0;
    await using server = await startScripted(() => undefined, {
      onConnect: (connection) => {
        most = Math.max(most, ++greeting);
        connection.socket.once('data', () => {
          setTimeout(() => {
            greeting--;
            serve(connection);
            connection.say('VERSION 1.6.18\r\n');
          }, 20);
        });
      },
    });
    const client = clientOf(server, { connectionsPerNode: 5 });
    await expect
      .poll(async () => {
        expect(await Promise.all(KEYS.map((key) => client.get(key)))).toEqual(KEYS);
        return server.connections.length;
      })
      .toBe(5);
    expect(most).toBe(1);
  });

  test('make do with those that are ready while a further one does not come', async () => {
    await using server = await startScripted(() => undefined, {
      onConnect: (connection) => {
        if (connection.index === 0) serve(connection);
      },
    });
    const client = clientOf(server, { connectionsPerNode: 4, connectTimeoutMs: 100, requestTimeoutMs: 400 });
    const errors: Error[] = [];
    client.on('error', (error) => errors.push(error));
    const startedAt = performance.now();
    while (errors.length < 1) {
      expect(await Promise.all(KEYS.map((key) => client.get(key)))).toEqual(KEYS);
      await sleep(5);
    }
    expect(healthOf(client)).toBe('up');
    expect(errors[0]).toMatchObject({
      code: 'ERR_MEMFLEET_TIMEOUT',
      phase: 'connect',
      node: server.endpoint,
    });
    // The first, and then one each half second or more.
    const most = 2 + Math.ceil((performance.now() - startedAt) / 475);
    expect(server.connections.length).toBeLessThanOrEqual(most);
  });

  test('that are taken and closed again are not dialled in a storm', async () => {
    await using server = await startScripted(() => undefined, {
      onConnect: (connection) => {
        if (connection.index === 0) serve(connection);
        else connection.socket.once('data', () => connection.socket.end('VERSION 1.6.18\r\n'));
      },
    });
    const client = clientOf(server, { connectionsPerNode: 4 });
    const startedAt = performance.now();
    for (let i = 0; i < 300; i++) {
      await Promise.allSettled(KEYS.slice(0, 5).map((key) => client.get(key)));
    }
    expect(healthOf(client)).not.toBe('down');
    const most = 2 + Math.ceil((performance.now() - startedAt) / 475);
    expect(server.connections.length).toBeLessThanOrEqual(most);
  });

  test('are all given up with a node that hangs, and come back after a probe', async () => {
    await using cluster = await small(2);
    const node = nodeAt(cluster, 0);
    const client = direct(cluster, node, { connectionsPerNode: 3 });
    const opened = async (): Promise<number | undefined> => {
      await Promise.all(KEYS.map((key) => client.get(key)));
      return client.snapshot().nodes[0]?.connectionsOpened;
    };
    await expect.poll(opened).toBe(3);
    await hangUntilDown(client, node);
    expect(client.snapshot().nodes[0]).toMatchObject({ connections: 0, pending: 0 });
    await expect(client.get('a')).rejects.toThrow(NodeDownError);
    await untilUp(client, node);
    expect(client.snapshot().nodes[0]).toMatchObject({ health: 'up', connections: 1 });
    await expect.poll(async () => (await opened()) && client.snapshot().nodes[0]?.connections).toBe(3);
  });
});

describe('a server that has as many connections as it takes', () => {
  test('is used over those that it gave, and is not down', async () => {
    const server = await startMemcached(undefined, ['-c', '64', '-o', 'maxconns_fast']);
    const endpoint = `127.0.0.1:${server.port}`;
    const client = clientOf({ endpoint }, { connectionsPerNode: 100, protocol: 'auto' });
    const errors: Error[] = [];
    const downs: unknown[] = [];
    client.on('error', (error) => errors.push(error));
    client.on('nodeDown', (event) => downs.push(event));
    while (errors.length === 0) await Promise.all(KEYS.map((key) => client.get(key)));
    expect(errors[0]).toBeInstanceOf(ConnectionLimitError);
    expect(errors[0]).toMatchObject({ node: endpoint });
    for (let i = 0; i < 50; i++) expect(await client.set('a', i)).toBe(true);
    expect(client.snapshot().nodes[0]?.connections).toBeGreaterThan(1);
    expect(downs).toEqual([]);

    const late = clientOf({ endpoint }, { protocol: 'auto' });
    await expect(late.get('a')).rejects.toThrow(ConnectionLimitError);
    await client.close();
    await server.stop();
  });

  test('and has room with the next dial is not marked down', async () => {
    await using server = await startScripted(() => undefined, {
      onConnect: (connection) => {
        if (connection.index >= 2) serve(connection);
        else connection.socket.end('ERROR Too many open connections\r\n');
      },
    });
    const client = clientOf(server);
    const downs: unknown[] = [];
    client.on('nodeDown', (event) => downs.push(event));
    for (let i = 0; i < 2; i++) {
      await expect(client.get('a')).rejects.toMatchObject({
        code: 'ERR_MEMFLEET_CONNECTION_LIMIT',
        node: server.endpoint,
        operation: 'get',
      });
    }
    expect(await client.get('a')).toBe('a');
    expect(downs).toEqual([]);
  });

  test('and never has room is marked down after three dials', async () => {
    await using server = await startScripted(() => undefined, {
      onConnect: ({ socket }) => socket.end('ERROR Too many open connections\r\n'),
    });
    const client = clientOf(server);
    for (let i = 0; i < 3; i++) await expect(client.get('a')).rejects.toThrow(ConnectionLimitError);
    await expect(client.get('a')).rejects.toMatchObject({
      code: 'ERR_MEMFLEET_NODE_DOWN',
      message: expect.stringContaining('Too many open connections'),
    });
  });
});

describe('a connection whose oldest command is never answered', () => {
  test('is given up, though nothing more can be sent on it', async () => {
    await using server = await startScripted((connection, { key }) => {
      if (connection.index > 0) connection.value(key, key);
    });
    const client = clientOf(server, { maxInFlight: 1, requestTimeoutMs: 100 });
    await expect(client.get('a')).rejects.toMatchObject({ code: 'ERR_MEMFLEET_TIMEOUT' });
    await expect.poll(() => client.get('b').catch((error: unknown) => error)).toBe('b');
  });
});
