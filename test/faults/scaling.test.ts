import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { NodeDownError } from '../../src/index.ts';
import { createLookup } from '../../src/testing/cluster/lookup.ts';
import type { Cluster } from '../../src/testing/index.ts';
import { follow, idsOf, KEYS, keyOf, nodeAt, ownersOf } from '../harness/follow.ts';
import { followOracle, listing, startEndpoint } from '../harness/oracle.ts';
import { Traffic } from '../harness/traffic.ts';
import { VANISHABLE, vanish } from '../harness/vanished.ts';
import { BOTH, fault } from './fault.ts';
import { count, ms, now } from './figure.ts';

const FEW = 3;
const MANY = 20;
const CALLERS = 64;
/** How many nodes there are, one after the other: never less than half as many, which would need to be confirmed. */
const GROWTH = [8, 14, MANY];
const SHRINKAGE = [11, 6, FEW];
const HOLD_MS = 200;

/** What of a kind keeps the process busy. */
function active(kind: 'TCPSocketWrap' | 'Timeout'): number {
  return process.getActiveResourcesInfo().filter((name) => name === kind).length;
}

async function connectionsOf(cluster: Cluster): Promise<number> {
  const stats = await Promise.all(cluster.nodes.map((node) => node.stats()));
  return stats.reduce((sum, { openConnections }) => sum + openConnections, 0);
}

fault(
  {
    number: 40,
    name: 'The cluster grows from 3 nodes to 20 and shrinks to 3, under full load',
    behaviour: 'no call fails; sockets and timers are back to what they were; every key is back on its node',
    engines: ['memcached'],
  },
  async (ground) => {
    const processes = await ground.processes(MANY);
    const nodes = processes.map(({ port }, i) => ({ hostname: `node-${i}.oracle.test`, port }));
    const endpoint = await startEndpoint();
    let version = 0;
    const resize = (size: number): void => {
      endpoint.says = listing(++version, nodes.slice(0, size));
    };
    resize(FEW);
    const client = followOracle(endpoint, {
      protocol: 'auto',
      requestTimeoutMs: 10_000,
      discovery: { mode: 'memorystore', timeoutMs: 5_000 },
    });
    await client.ready();
    await client.version();
    const owners = ownersOf(client);
    await expect.poll(() => active('TCPSocketWrap')).toBe(FEW);
    const timers = active('Timeout');

    const startedAt = now();
    const traffic = new Traffic(client, { callers: CALLERS });
    const follow = async (size: number): Promise<void> => {
      resize(size);
      await client.refresh();
      expect(client.topology?.nodes).toHaveLength(size);
      await sleep(HOLD_MS);
    };
    for (const size of GROWTH) await follow(size);
    const moved = ownersOf(client).filter((owner, i) => owner !== owners[i]).length / KEYS.length;
    for (const size of SHRINKAGE) await follow(size);
    const { calls, failures, slowestMs, wrong } = await traffic.stop();
    const perSecond = Math.round(calls / ((now() - startedAt) / 1_000));
    expect({ failures, wrong }).toEqual({ failures: [], wrong: [] });
    expect(moved).toBeGreaterThan(0.7);
    expect(moved).toBeLessThan(0.95);
    expect(ownersOf(client)).toEqual(owners);
    await expect.poll(() => active('TCPSocketWrap'), { timeout: 10_000 }).toBe(FEW);
    expect(client.snapshot().draining).toEqual([]);
    // One of them may have been about to end.
    expect(active('Timeout')).toBeLessThanOrEqual(timers);
    return `0 of ${count(calls)} calls failed, ${count(perSecond)} a second, the slowest took ${ms(slowestMs)}; ${Math.round(moved * 100)} % of the keys moved and came back; ${FEW} sockets before and after`;
  },
);

const WARM_UP_MS = 1_000;

fault(
  {
    number: 41,
    name: 'A node is listed before it can be reached',
    behaviour: 'waited for a second at most, while calls go on; then it is a node that is down',
    engines: BOTH,
  },
  async (ground) => {
    const cluster = await ground.cluster(3);
    const [gone] = await ground.processes(1, VANISHABLE);
    if (gone === undefined) throw new Error('It was not started');
    await vanish(gone);
    const names = createLookup((name) => (name === 'unreachable.cache.test' ? '127.0.0.1' : undefined));
    const client = follow(cluster, {
      lookup: (name, ...rest) => (name === 'unreachable.cache.test' ? names : cluster.lookup)(name, ...rest),
    });
    await client.ready();
    await client.version();
    const traffic = new Traffic(client, { callers: 4 });
    const unreachable = { hostname: 'unreachable.cache.test', ip: '127.0.0.1', port: gone.port };
    cluster.publish({ version: 2, nodes: [...cluster.nodes, unreachable] });
    const publishedAt = now();
    await client.refresh();
    const swappedMs = now() - publishedAt;
    const { slowestMs, failures: early } = traffic.outcome;
    expect(early).toEqual([]);
    expect(client.topology?.nodes).toHaveLength(4);
    expect(swappedMs).toBeLessThan(WARM_UP_MS * 3);
    const id = `unreachable.cache.test:${gone.port}`;
    const key = keyOf(client, { id });
    await expect
      .poll(() => client.get(key).catch((error: unknown) => error), { timeout: 5_000 })
      .toBeInstanceOf(NodeDownError);
    const { calls, failures, wrong } = await traffic.stop();
    for (const error of failures) expect(error.node).toBe(id);
    expect(wrong).toEqual([]);
    expect(client.snapshot().nodes.filter(({ health }) => health === 'up')).toHaveLength(3);
    return `in force after ${ms(swappedMs)}; ${count(calls)} calls, none of another node failed; the slowest meanwhile took ${ms(slowestMs)}`;
  },
);

const LARGE = 'x'.repeat(900_000);
const WRITES = 60;

fault(
  {
    number: 42,
    name: 'A node is removed with calls of every kind on it: in flight, not yet sent, a batch, large values',
    behaviour: 'what is in flight is answered, what was not sent goes to the new owner: no call fails',
    engines: BOTH,
  },
  async (ground) => {
    const cluster = await ground.cluster(3);
    const client = follow(cluster, { requestTimeoutMs: 15_000, discovery: { timeoutMs: 5_000 } });
    await client.ready();
    const node = nodeAt(cluster, 0);
    const key = keyOf(client, node);
    await client.set(key, LARGE);
    await client.set(`${key}:n`, 1);
    node.hang();
    const calls = {
      get: client.get(key),
      gets: client.gets(key),
      touch: client.touch(key, 60),
      many: client.getMany(KEYS.slice(0, 100)),
      large: Promise.all(Array.from({ length: WRITES }, () => client.set(key, LARGE))),
      last: client.append(key, 'y'),
    };
    const settled = new Set<string>();
    for (const [name, call] of Object.entries(calls)) void call.then(() => settled.add(name));
    // Its buffers are full, and the rest waits here.
    const waiting = (): number => client.snapshot().nodes.find(({ id }) => id === node.id)?.queuedBytes ?? 0;
    await expect.poll(waiting).toBeGreaterThan(LARGE.length);
    const unsent = waiting();
    const removedAt = now();
    cluster.publish({ version: 2, nodes: cluster.nodes.slice(1) });
    await client.refresh();
    // It was never sent to the hung node, so that its new owner has answered.
    await calls.last;
    const reroutedMs = now() - removedAt;
    expect(settled).not.toContain('get');
    node.resume();
    expect(await calls.get).toBe(LARGE);
    expect((await calls.gets)?.value).toBe(LARGE);
    expect(await calls.touch).toBe(true);
    expect(await calls.many).toBeInstanceOf(Map);
    expect(await calls.large).toEqual(new Array(WRITES).fill(true));
    await expect.poll(() => client.snapshot().draining, { timeout: 10_000 }).toEqual([]);
    return `${WRITES + 5} calls, 0 failed; ${count(Math.round(unsent / 1_048_576))} MB not yet sent were at the new owner after ${ms(reroutedMs)}`;
  },
);

const CHANGES = 10;

fault(
  {
    number: 43,
    name: 'A node leaves and is back within its drain, ten changes in a second, under load',
    behaviour: 'the last list is in force, each change follows from the one before; no call fails',
    engines: BOTH,
  },
  async (ground) => {
    const cluster = await ground.cluster(3);
    const client = follow(cluster, { requestTimeoutMs: 10_000, discovery: { timeoutMs: 5_000 } });
    const members = new Set<string>();
    const seen: { readonly listed: string[]; readonly bySteps: string[] }[] = [];
    client.on('topology', ({ nodes }, { added, removed }) => {
      for (const { id } of removed) members.delete(id);
      for (const { id } of added) members.add(id);
      seen.push({ listed: nodes.map(({ id }) => id), bySteps: [...members].toSorted() });
    });
    await client.ready();
    const traffic = new Traffic(client);
    const startedAt = now();
    for (let i = 0; i < CHANGES; i++) {
      const nodes = i % 2 === 0 ? cluster.nodes.slice(1) : cluster.nodes;
      cluster.publish({ version: i + 2, nodes });
      await client.refresh();
      await sleep(40);
    }
    const tookMs = now() - startedAt;
    const { calls, failures, wrong } = await traffic.stop();
    expect({ failures, wrong }).toEqual({ failures: [], wrong: [] });
    expect(seen).toHaveLength(CHANGES + 1);
    for (const { listed, bySteps } of seen) expect(bySteps).toEqual(listed);
    expect(client.topology?.version).toBe(BigInt(CHANGES + 1));
    expect(idsOf(client)).toEqual(cluster.nodes.map(({ id }) => id).toSorted());
    await expect.poll(() => client.snapshot().draining, { timeout: 10_000 }).toEqual([]);
    await expect.poll(() => connectionsOf(cluster)).toBe(3);
    return `${CHANGES} changes in ${ms(tookMs)}, 0 of ${count(calls)} calls failed, 1 connection a node afterwards`;
  },
);
