import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { ClosedError, createClient } from '../../src/index.ts';
import { startServer } from '../../src/testing/index.ts';
import { follow, nodeAt, opened, small } from '../harness/follow.ts';
import { runScript } from '../harness/script-process.ts';
import { startScripted } from '../harness/scripted-server.ts';
import { watchTraces } from '../harness/traces.ts';

describe('close resolves, and nothing comes after it', () => {
  test('while a configuration is being read', async () => {
    await using cluster = await small(2);
    const client = follow(cluster);
    await client.ready();
    const before = client.topology;
    let topologies = 0;
    client.on('topology', () => topologies++);
    cluster.publish({ version: 2, nodes: cluster.nodes.slice(1) });
    for (const each of [cluster.configuration, ...cluster.nodes]) each.slow(100);
    const refreshing = client.refresh().catch((error: unknown) => error);
    await sleep(50);
    await client.close();
    expect(await refreshing).toBeInstanceOf(ClosedError);
    await expect.poll(() => nodeAt(cluster, 0).stats()).toMatchObject({ openConnections: 0 });
    await sleep(200);
    expect(topologies).toBe(0);
    expect(client.topology).toBe(before);
  });

  test('while the name of the endpoint is being resolved', async () => {
    let answer: (() => void) | undefined;
    const client = opened(
      createClient(
        { configurationEndpoint: 'c.cfg.example:11211' },
        {
          lookup: (_name, _options, answered) => {
            answer = () => answered(null, [{ address: '127.0.0.1', family: 4 }]);
          },
        },
      ),
    );
    const waiting = client.get('a').catch((error: unknown) => error);
    await expect.poll(() => answer).toBeDefined();
    await client.close();
    expect(await waiting).toBeInstanceOf(ClosedError);
    answer?.();
  });

  test('as soon as the client is made', async () => {
    const client = opened(
      createClient({ configurationEndpoint: '127.0.0.1:1' }, { requestTimeoutMs: 5_000 }),
    );
    const waiting = Promise.allSettled([client.get('a'), client.refresh(), client.ready()]);
    await client.close();
    for (const outcome of await waiting) expect(outcome).toMatchObject({ reason: expect.any(ClosedError) });
  });

  test('between two questions of the first look', async () => {
    const client = opened(
      createClient({ configurationEndpoint: '127.0.0.1:1' }, { requestTimeoutMs: 5_000 }),
    );
    const refreshing = client.refresh().catch((error: unknown) => error);
    const told = new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    await told;
    await client.close();
    expect(await refreshing).toBeInstanceOf(ClosedError);
  });

  test('while new nodes are being connected', async () => {
    await using cluster = await small(1);
    await using mute = await startScripted(() => undefined, { onConnect: ({ socket }) => socket.resume() });
    const [host = '', port] = mute.endpoint.split(':');
    const client = follow(cluster, { connectTimeoutMs: 10_000 });
    await client.ready();
    let topologies = 0;
    client.on('topology', () => topologies++);
    cluster.publish({
      version: 2,
      nodes: [...cluster.nodes, { hostname: host, ip: host, port: Number(port) }],
    });
    const refreshing = client.refresh().catch(() => undefined);
    await expect.poll(() => mute.connections.length).toBe(1);
    await client.close();
    await expect.poll(() => mute.connections[0]?.socket.closed).toBe(true);
    await refreshing;
    expect(topologies).toBe(0);
    expect(client.snapshot().nodes).toHaveLength(1);
  });

  test('while a node that left is still answering', async () => {
    await using cluster = await small(3);
    const client = follow(cluster, { requestTimeoutMs: 5_000 });
    await client.ready();
    await client.version();
    const leaving = nodeAt(cluster, 0);
    leaving.slow(200);
    const versions = client.version();
    await sleep(20);
    cluster.publish({ version: 2, nodes: cluster.nodes.slice(1) });
    const other = nodeAt(cluster, 1);
    await client.refresh();
    expect(client.snapshot().draining).toHaveLength(1);
    await client.close();
    expect((await versions).size).toBe(3);
    expect(client.snapshot().draining).toEqual([]);
    for (const node of [leaving, other])
      await expect.poll(() => node.stats()).toMatchObject({ openConnections: 0 });
  });
});

test('a process ends by itself after close, whatever was under way', async () => {
  await using mute = await startScripted(() => undefined, { onConnect: () => undefined });
  const ended = await runScript(
    `const hanging = () => undefined;
     const slow = (_name, _options, answer) => setTimeout(answer, 1, null, [{ address: '127.0.0.1', family: 4 }]);
     const port = args[0].split(':')[1];
     const clients = [
       createClient({ configurationEndpoint: args[0] }, { connectTimeoutMs: 60_000, discovery: { timeoutMs: 60_000 } }),
       createClient({ configurationEndpoint: 'c.example:1' }, { lookup: hanging, discovery: { timeoutMs: 60_000 } }),
       createClient('n.example:' + port, { lookup: hanging, connectTimeoutMs: 60_000, requestTimeoutMs: 60_000 }),
       createClient('n.example:' + port, { lookup: slow, connectTimeoutMs: 60_000, requestTimeoutMs: 60_000 }),
       createClient({ topology: () => new Promise(() => undefined) }, { discovery: { timeoutMs: 60_000 } }),
     ];
     const calls = clients.map((client) => client.get('a').catch((error) => error.code));
     await new Promise((resolve) => setTimeout(resolve, 100));
     for (const client of clients) client.destroy();
     console.log((await Promise.all(calls)).join(' '));`,
    [mute.endpoint],
  );
  expect(ended).toEqual({
    code: 0,
    timedOut: false,
    output: `${new Array(5).fill('ERR_MEMFLEET_CLOSED').join(' ')}\n`,
  });
});

test('a client that is closed while a node that left still answers leaves no timer behind', async () => {
  const traces = watchTraces();
  {
    let answer = (): void => undefined;
    await using leaving = await startScripted((connection, { key }) => {
      answer = () => connection.value(key, 'last');
    });
    await using staying = await startServer();
    let nodes = [leaving.endpoint];
    const client = createClient({ topology: () => ({ nodes }) }, { protocol: 'classic' });
    const last = client.get('a', { timeoutMs: 20_000 });
    await expect.poll(() => leaving.asked).toHaveLength(1);
    nodes = [staying.endpoint];
    await client.refresh();
    const closed = client.close();
    answer();
    expect(await last).toBe('last');
    await closed;
  }
  await traces.expectNone();
});
