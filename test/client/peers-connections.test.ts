/** What goes wrong in clients of memcached, each as the behaviour to have instead: servers that hang, break or are not there. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { BackpressureError, ConnectionError, type MemcachedClient, TimeoutError } from '../../src/index.ts';
import { startServer } from '../../src/testing/index.ts';
import { clientOf, healthOf } from '../harness/client-of.ts';
import { runScript } from '../harness/script-process.ts';
import { type ScriptedServer, startScripted } from '../harness/scripted-server.ts';

async function failing(client: MemcachedClient, calls: number): Promise<void> {
  for (let i = 0; i < calls; i++) await expect(client.get('a')).rejects.toThrow();
}

/** How often calls may ask, meanwhile, whether the only node is back: once in 100 ms. */
async function probesIn(run: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await run();
  return Math.ceil((performance.now() - startedAt) / 100);
}

describe('a server that does not answer', () => {
  const mute = (): Promise<ScriptedServer> => startScripted(() => undefined);

  test('lets every call time out, steady traffic or not', async () => {
    await using server = await mute();
    const client = clientOf(server, { requestTimeoutMs: 100 });
    const calls: Promise<unknown>[] = [];
    for (let i = 0; i < 30; i++) {
      calls.push(client.get('a').catch((error: unknown) => error));
      await sleep(5);
    }
    for (const outcome of await Promise.all(calls)) {
      expect(outcome).toMatchObject({ code: expect.stringMatching(/TIMEOUT|NODE_DOWN|CONNECTION/) });
    }
    expect(client.snapshot().nodes[0]).toMatchObject({ pending: 0, queuedBytes: 0 });
  });

  test('that does not even greet lets calls time out as well', async () => {
    await using server = await startScripted(() => undefined, { onConnect: () => undefined });
    const client = clientOf(server, { requestTimeoutMs: 50, connectTimeoutMs: 100 });
    const calls = [client.get('a'), client.set('a', 1)];
    for (const result of await Promise.allSettled(calls)) {
      expect(result).toMatchObject({ reason: expect.any(TimeoutError) });
    }
    await expect.poll(() => healthOf(client)).toBe('down');
    await expect(client.get('a')).rejects.toMatchObject({ code: 'ERR_MEMFLEET_NODE_DOWN' });
  });

  test('is marked down after three time-outs, and known to be back by a probe', async () => {
    let answers = false;
    await using server = await startScripted((connection, { key }) => {
      if (answers) connection.value(key, 'back');
    });
    const client = clientOf(server, { requestTimeoutMs: 60 });
    const events: string[] = [];
    client.on('nodeDown', ({ node, error }) => events.push(`down ${node} ${error.code}`));
    client.on('nodeUp', ({ node }) => events.push(`up ${node}`));
    for (let i = 0; i < 3; i++) await expect(client.get('a')).rejects.toThrow();
    await expect.poll(() => events[0]).toBe(`down ${server.endpoint} ERR_MEMFLEET_TIMEOUT`);
    await expect(client.get('a')).rejects.toMatchObject({ code: 'ERR_MEMFLEET_NODE_DOWN' });
    answers = true;
    await expect.poll(() => events[1], { timeout: 3_000 }).toBe(`up ${server.endpoint}`);
    expect(await client.get('a')).toBe('back');
  });

  test('is marked down after three time-outs, however slowly it greets', async () => {
    await using server = await startScripted(() => undefined, {
      onConnect: ({ say, socket }) => {
        socket.once('data', () => setTimeout(() => say('VERSION 1.6.18\r\n'), 30));
      },
    });
    const client = clientOf(server, { requestTimeoutMs: 80 });
    const down = new Promise((resolve) => {
      client.once('nodeDown', resolve);
    });
    for (let i = 0; i < 3; i++) await expect(client.get('a')).rejects.toThrow();
    expect(await down).toMatchObject({ node: server.endpoint, error: { code: 'ERR_MEMFLEET_TIMEOUT' } });
  });

  test('does not count against a caller in a hurry: others still get their replies', async () => {
    await using server = await startScripted((connection, { key }) => {
      setTimeout(() => connection.value(key, key), 100);
    });
    const client = clientOf(server);
    const patient = client.get('patient');
    const hurried = Array.from({ length: 10 }, () => client.get('hurried', { timeoutMs: 1 }));
    for (const result of await Promise.allSettled(hurried)) {
      expect(result).toMatchObject({ reason: expect.any(TimeoutError) });
    }
    expect(await patient).toBe('patient');
    expect(healthOf(client)).toBe('up');
    expect(server.connections).toHaveLength(1);
  });

  test('fills no memory: past maxInFlight calls fail at once', async () => {
    await using server = await mute();
    const client = clientOf(server, { maxInFlight: 10 });
    const calls = Array.from({ length: 30 }, () => client.get('a').catch((error: unknown) => error));
    for (const outcome of await Promise.all(calls.slice(10)))
      expect(outcome).toBeInstanceOf(BackpressureError);
    expect(client.snapshot().nodes[0]?.pending).toBe(10);
    client.destroy();
    await Promise.all(calls);
  });

  test('fills no memory: past maxQueuedBytes writes fail at once', async () => {
    await using server = await mute();
    const client = clientOf(server, { maxQueuedBytes: 10_000 });
    const writes = Array.from({ length: 5 }, () =>
      client.set('a', 'x'.repeat(4_000)).catch((error: unknown) => error),
    );
    expect(await Promise.all(writes.slice(2))).toEqual([1, 2, 3].map(() => expect.any(BackpressureError)));
    client.destroy();
    await Promise.all(writes);
  });
});

describe('connections', () => {
  test('a thousand first calls open one', async () => {
    await using server = await startScripted((connection, { key }) => connection.value(key, key));
    const client = clientOf(server);
    const keys = Array.from({ length: 1_000 }, (_, i) => `k${i}`);
    expect(await Promise.all(keys.map((key) => client.get(key)))).toEqual(keys);
    expect(server.connections).toHaveLength(1);
    await client.close();
    await expect.poll(() => server.connections[0]?.socket.closed).toBe(true);
  });

  test('an idle one stays open', async () => {
    await using server = await startScripted((connection, { key }) => connection.value(key, key));
    const client = clientOf(server, { requestTimeoutMs: 50, connectTimeoutMs: 50 });
    await client.get('a');
    await sleep(200);
    await client.get('b');
    expect(server.connections).toHaveLength(1);
  });

  test('one the server ends settles all that is in flight, and the next call has another', async () => {
    await using server = await startScripted((connection, { key }) => {
      if (connection.index > 0) connection.value(key, key);
      else if (key === 'k99') connection.socket.end();
    });
    const client = clientOf(server);
    const calls = Array.from({ length: 100 }, (_, i) => client.get(`k${i}`));
    for (const result of await Promise.allSettled(calls)) {
      expect(result).toMatchObject({ reason: expect.any(ConnectionError) });
    }
    expect(await client.get('again')).toBe('again');
  });

  test('to a server that accepts and closes are not opened in a storm', async () => {
    await using server = await startScripted(() => undefined, {
      onConnect: ({ socket }) => socket.destroy(),
    });
    const client = clientOf(server);
    const probes = await probesIn(() => failing(client, 500));
    expect(server.connections.length).toBeLessThanOrEqual(3 + probes);
  });

  test('to a server that greets and closes are not opened in a storm', async () => {
    await using server = await startScripted((connection) => connection.socket.destroy());
    const client = clientOf(server);
    const probes = await probesIn(() => failing(client, 500));
    expect(server.connections.length).toBeLessThanOrEqual(5 + probes);
  });

  test('to nobody fail at once, and later calls at once too', async () => {
    const server = await startScripted(() => undefined);
    await server[Symbol.asyncDispose]();
    const client = clientOf(server);
    await expect(client.get('a')).rejects.toMatchObject({
      code: 'ERR_MEMFLEET_CONNECTION',
      node: server.endpoint,
      operation: 'get',
      cause: expect.objectContaining({ cause: expect.objectContaining({ code: 'ECONNREFUSED' }) }),
    });
    await expect(client.get('a')).rejects.toMatchObject({ code: 'ERR_MEMFLEET_NODE_DOWN' });
  });

  test('over IPv6', async () => {
    await using server = await startServer({ host: '::1' });
    const client = clientOf(server);
    expect(await client.set('a', 1)).toBe(true);
    expect(client.nodeFor('a')).toEqual({ id: server.endpoint, host: '::1', port: server.port });
  });

  test('over a unix socket', async () => {
    const path = `/tmp/memfleet-test-${process.pid}.sock`;
    await using server = await startScripted((connection, { key }) => connection.value(key, key), { path });
    expect(await clientOf(server).get('a')).toBe('a');
    expect(await clientOf({ endpoint: path }).get('b')).toBe('b');
  });
});

describe('the process', () => {
  test('prepend prepends, and a counter passes 2^32', async () => {
    await using server = await startServer();
    const client = clientOf(server, { protocol: 'auto' });
    await client.set('a', 'B');
    await client.prepend('a', 'A');
    expect(await client.get('a')).toBe('AB');
    await client.set('n', 2 ** 32 - 1);
    expect(await client.incr('n')).toBe(2 ** 32);
  });

  test('gathers no timers from ten thousand calls', async () => {
    await using server = await startServer();
    const client = clientOf(server, { protocol: 'auto', requestTimeoutMs: 10_000 });
    await client.get('a');
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    await Promise.all(Array.from({ length: 10_000 }, (_, i) => client.get(`k${i}`)));
    expect(timers()).toBeLessThanOrEqual(before + 1);
  });

  test('ends by itself once its clients are closed', async () => {
    await using server = await startServer();
    const ended = await runScript(
      `const client = createClient(args[0]);
       const dead = createClient(['127.0.0.1:1', '127.0.0.1:2']);
       await client.set('a', 1);
       await dead.get('a').catch((error) => console.log(error.code));
       await Promise.all([client.close(), dead.close()]);
       const lost = createClient({ configurationEndpoint: '127.0.0.1:1' });
       lost.get('a').catch((error) => console.log(error.code));
       lost.destroy();
       console.log('closed');`,
      [server.endpoint],
    );
    expect(ended).toEqual({
      code: 0,
      timedOut: false,
      output: 'ERR_MEMFLEET_CONNECTION\nclosed\nERR_MEMFLEET_CLOSED\n',
    });
  });

  test('hears of what a listener throws, while every call is settled', async () => {
    const ended = await runScript(
      `process.on('uncaughtException', (error) => console.log('uncaught', error.message));
       const client = createClient(['127.0.0.1:1'], { onError: 'miss' });
       client.on('nodeDown', () => { throw new Error('in nodeDown'); });
       client.on('error', () => { throw new Error('in error'); });
       console.log(await Promise.all([client.get('a'), client.set('b', 1), client.getMany(['c'])]));
       await client.close();`,
      [],
    );
    expect(ended).toMatchObject({ code: 0, timedOut: false });
    expect(ended.output).toContain('[ undefined, false, Map(0) {} ]');
    expect(ended.output).toContain('uncaught in nodeDown');
    expect(ended.output.match(/uncaught in error/g)).toHaveLength(3);
  });
});
