import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import { createClient } from '../../src/index.ts';
import { startMemcached } from '../../src/testing/cluster/memcached-process.ts';
import { listen } from '../../src/testing/embedded/server.ts';
import { type ClusterNode, startServer } from '../../src/testing/index.ts';
import { follow, opened, ownersOf } from '../harness/follow.ts';
import { Traffic } from '../harness/traffic.ts';
import { VANISHABLE, vanish } from '../harness/vanished.ts';
import { BOTH, fault } from './fault.ts';
import { count, ms, now } from './figure.ts';

/** Makes a node be reached at `::1` as well; gives how many connections came that way. */
async function alsoOverIPv6({ ip, port }: ClusterNode): Promise<() => number> {
  let connections = 0;
  const server = createServer({ noDelay: true }, (socket) => {
    connections++;
    const upstream = connect({ host: ip, port, noDelay: true });
    socket.pipe(upstream).pipe(socket);
    for (const [one, other] of [
      [socket, upstream],
      [upstream, socket],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  });
  await listen(server, '::1', port);
  onTestFinished(() => {
    server.close();
  });
  return () => connections;
}

fault(
  {
    number: 20,
    name: 'A cluster of two stacks is changed from IPv4 to IPv6, at the same version, under load',
    behaviour: 'nodes are dialled at their new address; no key moves, no call fails',
    engines: BOTH,
  },
  async (ground) => {
    const cluster = await ground.cluster(2);
    const overIPv6 = await Promise.all(cluster.nodes.map(alsoOverIPv6));
    const client = follow(cluster, { requestTimeoutMs: 10_000, discovery: { connectTo: 'ip' } });
    await client.ready();
    const owners = ownersOf(client);
    const traffic = new Traffic(client);
    await sleep(100);
    const nodes = cluster.nodes.map(({ hostname, port }) => ({ hostname, port, ip: '::1' }));
    cluster.publish({ version: cluster.version, nodes });
    await client.refresh();
    for (const key of ['a', 'b', 'c']) expect(client.nodeFor(key).address).toBe('::1');
    await expect.poll(() => overIPv6.map((connections) => connections()), { timeout: 5_000 }).toEqual([1, 1]);
    await sleep(100);
    const { calls, failures, wrong } = await traffic.stop();
    expect({ failures, wrong }).toEqual({ failures: [], wrong: [] });
    expect(ownersOf(client)).toEqual(owners);
    return `0 of ${count(calls)} calls failed, 0 of ${owners.length} keys moved`;
  },
);

fault(
  {
    number: 21,
    name: 'A name has an IPv6 address at which nobody answers, and an IPv4 address',
    behaviour: 'the second address is tried before the connection times out: the node is up',
  },
  async () => {
    await using server = await startServer({ host: '127.0.0.2' });
    const silent = await startMemcached(undefined, [...VANISHABLE, '-l', '::1', '-p', String(server.port)]);
    onTestFinished(() => silent.stop());
    await vanish(silent, '::1');
    const client = opened(
      createClient(`dual.test:${server.port}`, {
        requestTimeoutMs: 5_000,
        lookup: (_name, _options, answer) =>
          answer(null, [
            { address: '::1', family: 6 },
            { address: '127.0.0.2', family: 4 },
          ]),
      }),
    );
    const startedAt = now();
    expect(await client.set('a', 1)).toBe(true);
    const firstMs = now() - startedAt;
    expect(client.snapshot().nodes[0]).toMatchObject({ health: 'up', connectionsOpened: 1 });
    return `the first call took ${ms(firstMs)}`;
  },
);
