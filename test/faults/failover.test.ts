import { expect } from 'vitest';
import { type ClientOptions, createClient, NodeDownError } from '../../src/index.ts';
import type { Cluster } from '../../src/testing/index.ts';
import { follow, keyOf, keysOf, nodeAt, opened } from '../harness/follow.ts';
import { PATIENT, VirtualTime } from '../harness/virtual-time.ts';
import { BOTH, fault } from './fault.ts';
import { endpointOf, type FaultGround } from './fault-ground.ts';
import { count, ms, now, seconds } from './figure.ts';

const TIMEOUT_MS = 300;
const KEYS_WRITTEN = 20;
const HOUR = 3_600;

/** What a stand-in holds may live so long, in seconds. */
const NEXT_TTL = 60;
const GUTTER_TTL = 7;

fault(
  {
    number: 12,
    name: "The next node stood in for one that hung, which is back with its old values (`failover: 'next'`)",
    behaviour:
      'what was written or deleted meanwhile is not served old; what the stand-in holds lives a minute at most',
    engines: BOTH,
  },
  async (ground) => {
    const cluster = await ground.cluster(3);
    const others = cluster.nodes.slice(1).map(({ address }) => address);
    return comesBack(ground, cluster, others, { failover: 'next' }, NEXT_TTL);
  },
);

fault(
  {
    number: 13,
    name: 'The gutter stood in for a node that hung, which is back with its old values',
    behaviour:
      'what was written or deleted meanwhile is not served old; what the gutter holds lives as long as `failover.ttl` says',
    engines: BOTH,
  },
  async (ground) => {
    const cluster = await ground.cluster(2);
    const gutter = (await ground.processes(1)).map(endpointOf);
    return comesBack(ground, cluster, gutter, { failover: { gutter, ttl: GUTTER_TTL } }, GUTTER_TTL);
  },
);

async function comesBack(
  ground: FaultGround,
  cluster: Cluster,
  standIns: readonly string[],
  options: ClientOptions,
  maxTtl: number,
): Promise<string> {
  const client = follow(cluster, { requestTimeoutMs: TIMEOUT_MS, connectTimeoutMs: TIMEOUT_MS, ...options });
  await client.ready({ timeoutMs: 5_000 });
  const node = nodeAt(cluster, 0);
  const [written = [], deleted = [], untouched = []] = [0, 1, 2].map((i) =>
    keysOf(client, node).slice(i * KEYS_WRITTEN, (i + 1) * KEYS_WRITTEN),
  );
  for (const key of [...written, ...deleted, ...untouched]) {
    await client.set(key, 'old', { ttl: HOUR, timeoutMs: 5_000 });
  }
  const down = new Promise((resolve) => client.once('nodeDown', resolve));
  const up = new Promise((resolve) => client.once('nodeUp', resolve));
  const goOn = await ground.freeze(node);
  const [first] = written as [string];
  while ((await Promise.race([down, client.get(first).catch(() => undefined)])) === undefined);
  await down;

  const startedAt = now();
  const patient = { timeoutMs: 5_000 };
  for (const key of written) expect(await client.set(key, 'new', { ttl: HOUR, ...patient })).toBe(true);
  for (const key of deleted) await client.delete(key, patient);
  for (const key of written) expect(await client.get(key, patient)).toBe('new');
  const eachMs = (now() - startedAt) / (written.length * 2 + deleted.length);
  const ttls = await ttlsAt(standIns, written);
  expect(ttls).toHaveLength(written.length);
  expect(Math.min(...ttls)).toBeGreaterThan(0);
  expect(Math.max(...ttls)).toBeLessThanOrEqual(maxTtl);

  goOn();
  await up;
  for (const key of [...written, ...deleted]) expect(await client.get(key, patient)).toBeUndefined();
  for (const key of untouched) expect(await client.get(key, patient)).toBe('old');
  return `${ms(eachMs)} a call while it hung, ttl at most ${Math.max(...ttls)} s of ${count(HOUR)}; back with 0 of ${written.length + deleted.length} old values`;
}

/** What is left of the ttl of these keys, wherever they are. */
async function ttlsAt(servers: readonly string[], keys: readonly string[]): Promise<number[]> {
  const found = servers.map(async (server) => {
    const items = await opened(createClient([server])).getsMany(keys);
    return [...items.values()].map(({ ttl = Number.NaN }) => ttl);
  });
  return (await Promise.all(found)).flat();
}

const CUT_OFF_MS = 60_000;
const STEP_MS = 50;

fault(
  {
    number: 14,
    name: 'All nodes are gone for a minute: it is our network',
    behaviour:
      'calls keep asking, each node ten times a second at most; all are up within a second of its return',
    engines: BOTH,
  },
  async (ground) => {
    const time = VirtualTime.begin();
    const cluster = await ground.cluster(3);
    const client = follow(cluster, PATIENT);
    await client.ready();
    await client.version();
    const keys = cluster.nodes.map((node) => keyOf(client, node));
    const ask = (): void => {
      for (const key of keys) client.get(key).catch(() => undefined);
    };
    const health = (): string[] => client.snapshot().nodes.map((node) => node.health);
    await Promise.all(cluster.nodes.map((node) => node.stop()));
    await time.passUntil(() => health().every((each) => each === 'down' || each === 'probing'), 5_000);
    await expect(client.get(keys[0] as string)).rejects.toThrow(NodeDownError);
    const before = dialsOf(client.snapshot().nodes);
    for (let at = 0; at < CUT_OFF_MS; at += STEP_MS) {
      ask();
      await time.pass(STEP_MS, STEP_MS);
    }
    const dials = (dialsOf(client.snapshot().nodes) - before) / keys.length / (CUT_OFF_MS / 1_000);
    expect(dials).toBeLessThan(11);
    await Promise.all(cluster.nodes.map((node) => node.start()));
    const backAt = time.now;
    while (!health().every((each) => each === 'up')) {
      expect(time.now - backAt).toBeLessThan(1_000);
      ask();
      await time.pass(STEP_MS, STEP_MS);
    }
    for (const key of keys) expect(await client.set(key, 1)).toBe(true);
    return `${dials.toFixed(1)} dials a second and node; all up ${ms(time.now - backAt)} after the return from ${seconds(CUT_OFF_MS)}`;
  },
);

function dialsOf(nodes: readonly { readonly connectionsOpened: number }[]): number {
  return nodes.reduce((sum, { connectionsOpened }) => sum + connectionsOpened, 0);
}
