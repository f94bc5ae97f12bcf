import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { createClient, type MemcachedClient } from '../../src/index.ts';
import { createLookup } from '../../src/testing/cluster/lookup.ts';
import { follow, keyOf, nodeAt } from '../harness/follow.ts';
import { VANISHABLE, vanish } from '../harness/vanished.ts';
import { fault } from './fault.ts';
import type { FaultGround } from './fault-ground.ts';
import { ms, now } from './figure.ts';

const TIMEOUT_MS = 300;
/** The longest a closing client waits for what is in flight, and something for a busy machine. */
const CLOSED_MS = 8_000;

/** A client in the middle of something, and what waits for that. */
interface Midst {
  readonly client: MemcachedClient;
  readonly waiting: readonly Promise<unknown>[];
  /** Sockets of this process before there was the client. */
  readonly before: number;
}

/** Connected ones and those that are being connected, the servers' too. */
function sockets(): number {
  return process.getActiveResourcesInfo().filter((name) => /^TCP(Socket|Connect)Wrap$/.test(name)).length;
}

const OPTIONS = {
  requestTimeoutMs: TIMEOUT_MS,
  connectTimeoutMs: TIMEOUT_MS,
  discovery: { timeoutMs: 5_000 },
} as const;

const MIDSTS: Readonly<Record<string, (ground: FaultGround) => Promise<Midst>>> = {
  async 'a look'(ground) {
    const cluster = await ground.cluster(1);
    cluster.configuration.hang();
    const before = sockets();
    const client = follow(cluster, { ...OPTIONS, requestTimeoutMs: 10_000 });
    return { client, before, waiting: [client.get('a'), client.refresh(), client.ready()] };
  },

  async 'a name'(ground) {
    const cluster = await ground.cluster(1);
    const { port } = cluster.configuration;
    const before = sockets();
    const client = createClient(
      { configurationEndpoint: `nobody.cfg.cache.test:${port}` },
      { ...OPTIONS, requestTimeoutMs: 10_000, lookup: () => undefined },
    );
    return { client, before, waiting: [client.get('a'), client.refresh()] };
  },

  async 'a dial'(ground) {
    const [gone] = await ground.processes(1, VANISHABLE);
    if (gone === undefined) throw new Error('It was not started');
    await vanish(gone);
    const before = sockets();
    const client = ground.clientOf([gone], { ...OPTIONS, requestTimeoutMs: 10_000 });
    return { client, before, waiting: [client.get('a'), client.set('a', 1)] };
  },

  async 'a drain'(ground) {
    const cluster = await ground.cluster(2);
    const before = sockets();
    const client = follow(cluster, { ...OPTIONS, requestTimeoutMs: 2_000 });
    await client.ready();
    const node = nodeAt(cluster, 0);
    const key = keyOf(client, node);
    await client.set(key, 1);
    node.hang();
    const waiting = [client.get(key)];
    await expect.poll(() => client.snapshot().nodes[0]?.queuedBytes).toBe(0);
    cluster.publish({ version: 2, nodes: cluster.nodes.slice(1) });
    await client.refresh();
    expect(client.snapshot().draining).toHaveLength(1);
    return { client, before, waiting };
  },

  async 'a change'(ground) {
    const cluster = await ground.cluster(1);
    const [gone] = await ground.processes(1, VANISHABLE);
    if (gone === undefined) throw new Error('It was not started');
    await vanish(gone);
    const hostname = 'unreachable.cache.test';
    const names = createLookup(() => '127.0.0.1');
    const before = sockets();
    const client = follow(cluster, {
      ...OPTIONS,
      connectTimeoutMs: 10_000,
      lookup: (name, ...rest) => (name === hostname ? names : cluster.lookup)(name, ...rest),
    });
    await client.ready();
    await client.version();
    cluster.publish({
      version: 2,
      nodes: [...cluster.nodes, { hostname, ip: '127.0.0.1', port: gone.port }],
    });
    const refreshing = client.refresh();
    // The look is over, and the new node is waited for.
    await sleep(200);
    expect(client.topology?.nodes).toHaveLength(1);
    return { client, before, waiting: [refreshing] };
  },
};

fault(
  {
    number: 51,
    name: 'The client is closed during a look, a look-up of a name, a dial, a drain, a change of the nodes',
    behaviour: '`close()` resolves, every call is settled, nothing of it is left, no topology comes later',
  },
  async (ground) => {
    const figures: string[] = [];
    for (const [name, begin] of Object.entries(MIDSTS)) {
      const { client, before, waiting } = await begin(ground);
      const settled = Promise.allSettled(waiting);
      let late = 0;
      let closes = 0;
      client.on('close', () => {
        closes++;
      });
      const startedAt = now();
      const closing = client.close();
      client.on('topology', () => {
        late++;
      });
      await closing;
      const tookMs = now() - startedAt;
      await settled;
      expect(tookMs).toBeLessThan(CLOSED_MS);
      await expect(client.get('a')).rejects.toMatchObject({ code: 'ERR_MEMFLEET_CLOSED' });
      for (const node of client.snapshot().nodes) expect(node.connections).toBe(0);
      expect({ closes, late, draining: client.snapshot().draining }).toEqual({
        closes: 1,
        late: 0,
        draining: [],
      });
      await expect.poll(sockets).toBeLessThanOrEqual(before);
      figures.push(`${name} ${ms(tookMs)}`);
    }
    return `closed in the midst of ${figures.join(', ')}`;
  },
);
