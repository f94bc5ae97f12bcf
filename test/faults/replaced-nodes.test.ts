import { expect } from 'vitest';
import { createClient, NodeDownError, TlsError } from '../../src/index.ts';
import { startServer } from '../../src/testing/index.ts';
import { Authority } from '../harness/authority.ts';
import { idsOf, keyOf, nodeAt, opened, ownersOf } from '../harness/follow.ts';
import {
  followOracle,
  listing,
  type Oracle,
  oracleLookup,
  startEndpoint,
  startNodes,
} from '../harness/oracle.ts';
import { PATIENT, VirtualTime } from '../harness/virtual-time.ts';
import { BOTH, fault } from './fault.ts';
import type { FaultGround } from './fault-ground.ts';
import { count, ms, now, quantile, seconds } from './figure.ts';
import { looksAt } from './looks.ts';

/** The pause between looks that trouble asks for, the wait before one, and a step of virtual time or two. */
const TROUBLE_LOOK_MS = 6_500;

fault(
  {
    number: 15,
    name: 'A node is replaced: same name, new address, empty',
    behaviour: 'its calls go to the new address without a restart; no key moves',
    engines: BOTH,
  },
  (ground) => replaced(ground, { bumped: true, connectTo: 'hostname' }),
);

fault(
  {
    number: 16,
    name: 'A node is replaced, its list keeps its version, and nodes are dialled by IP',
    behaviour: 'the look that its loss sets off has the new address; no key moves',
    engines: BOTH,
  },
  (ground) => replaced(ground, { bumped: false, connectTo: 'ip' }),
);

async function replaced(
  ground: FaultGround,
  { bumped, connectTo }: { readonly bumped: boolean; readonly connectTo: 'hostname' | 'ip' },
): Promise<string> {
  const time = VirtualTime.begin();
  const cluster = await ground.cluster(3);
  const { client } = looksAt(cluster, { ...PATIENT, discovery: { ...PATIENT.discovery, connectTo } });
  await client.ready();
  await client.version();
  const before = ownersOf(client);
  const node = nodeAt(cluster, 1);
  const key = keyOf(client, node);
  await client.set(key, 'old');
  let isBack = false;
  const ask = (): void => {
    client.get(key).then(
      () => {
        isBack = true;
      },
      () => undefined,
    );
  };
  await time.pass(10_000, 1_000);
  const { version } = cluster;
  await cluster.replaceNode(node.id);
  if (!bumped) cluster.publish({ version, nodes: cluster.nodes });
  const asked = (): boolean => {
    ask();
    return isBack;
  };
  const backMs = await time.passUntil(asked, TROUBLE_LOOK_MS);
  expect(await client.get(key)).toBeUndefined();
  expect(await client.set(key, 'new')).toBe(true);
  expect((await node.stats()).engine).toMatchObject({ curr_items: '1' });
  // By its name it may have been found before anybody looked.
  if (connectTo === 'hostname') await client.refresh();
  expect(client.topology?.version).toBe(BigInt(cluster.version));
  expect(client.nodeFor(key).address).toBe(node.ip);
  expect(ownersOf(client)).toEqual(before);
  for (const other of client.snapshot().nodes) {
    if (other.id !== node.id) expect(other.connectionsOpened).toBe(1);
  }
  return `served at the new address after ${seconds(backMs)}; 0 of ${before.length} keys moved`;
}

const LISTED_MS = 300_000;

fault(
  {
    number: 17,
    name: 'A dead node stays listed for five minutes, then is back',
    behaviour: 'its calls reject at once meanwhile, the others serve on; back within one probe',
    engines: BOTH,
  },
  async (ground) => {
    const time = VirtualTime.begin();
    const cluster = await ground.cluster(3);
    const { client } = looksAt(cluster, {
      ...PATIENT,
      discovery: { ...PATIENT.discovery, intervalMs: 60_000 },
    });
    await client.ready();
    await client.version();
    const node = nodeAt(cluster, 0);
    const [key, other] = [keyOf(client, node), keyOf(client, nodeAt(cluster, 1))];
    const events: string[] = [];
    client.on('nodeDown', () => events.push('down'));
    client.on('nodeUp', () => events.push('up'));
    await node.stop();
    await expect.poll(() => events).toEqual(['down']);
    const waits: number[] = [];
    for (let at = 0; at < LISTED_MS; at += 1_000) {
      const startedAt = now();
      const error = await client.get(key).catch((reason: unknown) => reason);
      waits.push(now() - startedAt);
      expect(error).toBeInstanceOf(NodeDownError);
      expect(await client.set(other, at)).toBe(true);
      await time.pass(1_000, 1_000);
    }
    const dials = client.snapshot().nodes.find(({ id }) => id === node.id)?.connectionsOpened ?? 0;
    await node.start();
    const backMs = await time.passUntil(() => events.includes('up'), 60_000);
    expect(await client.get(key)).toBeUndefined();
    expect(events).toEqual(['down', 'up']);
    return `p99 ${ms(quantile(waits, 0.99))} while dead, ${dials - 1} dials in ${seconds(LISTED_MS)}; back after ${seconds(backMs)}`;
  },
);

fault(
  {
    number: 18,
    name: "A node's address is given to a node of another cluster (TLS)",
    behaviour: 'its certificate is for another name: it is never asked; that node alone is down',
  },
  async () => {
    const authority = new Authority();
    const ours = authority.issue('*.ours.test');
    const old = await startServer({ tls: ours });
    await using neighbour = await startServer({ tls: ours });
    const nodes = [`0001.ours.test:${old.port}`, `0002.ours.test:${neighbour.port}`] as const;
    const client = opened(
      createClient(nodes, { tls: { ca: authority.ca }, lookup: oracleLookup, requestTimeoutMs: 5_000 }),
    );
    await client.version();
    const [key, other] = nodes.map((id) => keyOf(client, { id })) as [string, string];
    const down = new Promise((resolve) => client.once('nodeDown', resolve));
    await old.close();
    await using foreign = await startServer({ tls: authority.issue('*.theirs.test'), port: old.port });
    await expect
      .poll(() => client.get(key).catch((error: unknown) => error), { timeout: 5_000 })
      .toSatisfy((error) => error instanceof TlsError || error instanceof NodeDownError);
    await down;
    const dials = (): number =>
      (client.snapshot().nodes.find(({ id }) => id === nodes[0])?.connectionsOpened ?? 0) - 1;
    await expect.poll(dials).toBeGreaterThan(1);
    await expect(client.get(key)).rejects.toMatchObject({ cause: expect.any(TlsError) });
    expect(await client.set(other, 1)).toBe(true);
    const { cmd_get, cmd_set } = foreign.stats();
    expect({ cmd_get, cmd_set }).toEqual({ cmd_get: '0', cmd_set: '0' });
    return `${dials()} dials of the stranger, 0 commands sent to it`;
  },
);

fault(
  {
    number: 19,
    name: "A node's address is given to a node of another cluster, which tells of its own (no TLS)",
    behaviour: 'a list without our nodes is not believed while the endpoint or another node knows them',
  },
  async () => {
    const time = VirtualTime.begin();
    const endpoint = await startEndpoint();
    const [stranger, ...others] = (await startNodes(3)) as [Oracle, ...Oracle[]];
    const ours = [stranger, ...others];
    for (const each of [endpoint, ...others]) each.says = listing(3, ours);
    stranger.says = listing(50, await startNodes(3, 'another'));
    const discovery = { ...PATIENT.discovery, intervalMs: 1_000 };
    const client = followOracle(endpoint, { ...PATIENT, discovery });
    await client.ready();
    const before = client.topology;
    await time.pass(60_000, 250);
    expect(stranger.looks).toBeGreaterThan(5);
    expect(idsOf(client)).toEqual(ours.map(({ id }) => id));
    expect(client.topology).toBe(before);
    return `told of the other cluster ${count(stranger.looks)} times in ${seconds(60_000)}, believed 0 times`;
  },
);
