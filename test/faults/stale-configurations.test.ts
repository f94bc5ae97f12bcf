import { expect } from 'vitest';
import type { ClientOptions, MemcachedClient } from '../../src/index.ts';
import { createLookup } from '../../src/testing/cluster/lookup.ts';
import { idsOf, KEYS, keyOf, nodeAt, ownersOf } from '../harness/follow.ts';
import { followOracle, listing, type Oracle, startEndpoint, startNodes } from '../harness/oracle.ts';
import { PATIENT, VirtualTime } from '../harness/virtual-time.ts';
import { fault } from './fault.ts';
import { count, seconds } from './figure.ts';
import { looksAt } from './looks.ts';

const OFTEN_MS = 1_000;
const WHILE_MS = 300_000;

function following(discovery: ClientOptions['discovery'] = {}): ClientOptions {
  return { ...PATIENT, discovery: { ...PATIENT.discovery, intervalMs: OFTEN_MS, ...discovery } };
}

/** Changes of the topology a client goes through from now on. */
function changesOf(client: MemcachedClient): () => number {
  let changes = 0;
  client.on('topology', () => {
    changes++;
  });
  return () => changes;
}

fault(
  {
    number: 29,
    name: 'Sources lag: versions 12, 11, 12, 11 and so on, of nodes and of a Memorystore endpoint',
    behaviour: 'version 12 stays in force; the ring does not move',
  },
  async () => {
    const time = VirtualTime.begin();
    const nodes = await startNodes(3);
    const endpoints = [await startEndpoint(), await startEndpoint()] as const;
    let lagging = false;
    for (const each of [...endpoints, ...nodes]) {
      let asked = 0;
      each.says = () => (lagging && asked++ % 2 === 0 ? listing(11, nodes.slice(1)) : listing(12, nodes));
    }
    const clients = [
      followOracle(endpoints[0], following({ mode: 'elasticache' })),
      followOracle(endpoints[1], following({ mode: 'memorystore' })),
    ];
    await Promise.all(clients.map((client) => client.ready()));
    lagging = true;
    const changes = clients.map(changesOf);
    await time.pass(WHILE_MS, 500);
    const stale = clients.map((client) => client.snapshot().discovery?.staleReplies ?? 0);
    for (const [i, client] of clients.entries()) {
      expect(client.topology?.version).toBe(12n);
      expect(changes[i]?.()).toBe(0);
      expect(stale[i]).toBeGreaterThan(20);
    }
    return `${stale.map(count).join(' and ')} stale answers in ${seconds(WHILE_MS)}, 0 changes of the ring`;
  },
);

fault(
  {
    number: 30,
    name: 'The version stays, the list differs',
    behaviour: 'other addresses are taken; other nodes only once a second source has them',
  },
  async () => {
    const time = VirtualTime.begin();
    const nodes = await startNodes(3);
    const endpoint = await startEndpoint();
    const all = [endpoint, ...nodes];
    for (const each of all) each.says = listing(7, nodes);
    const client = followOracle(endpoint, following());
    await client.ready();
    const owners = ownersOf(client);

    for (const each of all) each.says = listing(7, nodes, '127.0.0.9');
    const movedMs = await time.passUntil(() => client.nodeFor('a').address === '127.0.0.9', 10_000);
    expect(ownersOf(client)).toEqual(owners);

    endpoint.says = listing(7, nodes.slice(1), '127.0.0.9');
    const changes = changesOf(client);
    for (let i = 0; i < 20; i++) {
      await client.refresh();
      await time.pass(3_000);
    }
    expect(changes()).toBe(0);

    for (const each of all) each.says = listing(7, nodes.slice(1), '127.0.0.9');
    const confirmedMs = await time.passUntil(() => changes() === 1, 10_000);
    expect(idsOf(client)).toEqual(nodes.slice(1).map(({ id }) => id));
    return `addresses taken after ${seconds(movedMs)}; nodes of one source after never, of two after ${seconds(confirmedMs)} (looks each ${seconds(OFTEN_MS)})`;
  },
);

const AWAY_MS = 60_000;

fault(
  {
    number: 31,
    name: 'The cluster is deleted and made anew under its name: the version starts at 1 again',
    behaviour: 'taken once the endpoint has said so twice, 5 s apart',
  },
  async (ground) => {
    const time = VirtualTime.begin();
    const cluster = await ground.cluster(3);
    cluster.publish({ version: 40, nodes: cluster.nodes });
    const { client } = looksAt(cluster, PATIENT);
    await client.ready();
    await client.version();
    await Promise.all([cluster.configuration.stop(), ...cluster.nodes.map((node) => node.stop())]);
    await time.pass(AWAY_MS, 500);
    expect(client.topology?.version).toBe(40n);
    cluster.publish({ version: 1, nodes: cluster.nodes });
    await Promise.all([cluster.configuration.start(), ...cluster.nodes.map((node) => node.start())]);
    const adoptedMs = await time.passUntil(() => client.topology?.version === 1n, 60_000);
    const key = keyOf(client, nodeAt(cluster, 0));
    await time.passUntil(() => client.snapshot().nodes.every(({ health }) => health === 'up'), 60_000, 500);
    expect(await client.set(key, 1)).toBe(true);
    return `version 40, away for ${seconds(AWAY_MS)}, version 1 in force after ${seconds(adoptedMs)}`;
  },
);

const INTERVAL_MS = 60_000;
/** Five looks at their longest, and one more to confirm. */
const FIVE_LOOKS_MS = 5 * INTERVAL_MS * 1.2 + 10_000;

fault(
  {
    number: 32,
    name: "The endpoint's name points to another cluster, while the old one runs on",
    behaviour: 'every fifth look resolves the name and asks the endpoint: the other cluster is taken',
  },
  async () => {
    const time = VirtualTime.begin();
    const [oldNodes, newNodes] = [await startNodes(3, 'old'), await startNodes(2, 'new')];
    const oldEndpoint = await startEndpoint();
    const newEndpoint = await startEndpoint({ host: '127.0.0.2', port: oldEndpoint.port });
    for (const each of [oldEndpoint, ...oldNodes]) each.says = listing(40, oldNodes);
    for (const each of [newEndpoint, ...newNodes]) each.says = listing(7, newNodes);
    let pointsTo = '127.0.0.1';
    const names = createLookup((name) => (name === oldEndpoint.hostname ? pointsTo : '127.0.0.1'));
    const client = followOracle(oldEndpoint, {
      ...PATIENT,
      lookup: names,
      discovery: { ...PATIENT.discovery, intervalMs: INTERVAL_MS },
    });
    await client.ready();
    pointsTo = '127.0.0.2';
    const adoptedMs = await time.passUntil(() => client.topology?.version === 7n, FIVE_LOOKS_MS, 500);
    expect(idsOf(client)).toEqual(newNodes.map(({ id }) => id));
    expect(await client.get('a')).toBe('a');
    return `taken after ${seconds(adoptedMs)}, looks each ${seconds(INTERVAL_MS)}`;
  },
);

const CLIENTS = 8;

fault(
  {
    number: 33,
    name: 'Sources disagree for good: some say version 5, some 6',
    behaviour: 'all clients end with the higher version, and stay there',
  },
  async () => {
    const time = VirtualTime.begin();
    const nodes = await startNodes(4);
    const endpoint = await startEndpoint();
    const [first, second, ...behind] = nodes as [Oracle, Oracle, ...Oracle[]];
    for (const each of [endpoint, ...behind]) each.says = listing(5, nodes.slice(1));
    for (const each of [first, second]) each.says = listing(6, nodes);
    const clients = Array.from({ length: CLIENTS }, () => followOracle(endpoint, following()));
    const changes = clients.map(changesOf);
    await Promise.all(clients.map((client) => client.ready()));
    await time.pass(60_000, 500);
    const owners = clients.map((client) => JSON.stringify(ownersOf(client)));
    expect(new Set(owners).size).toBe(1);
    for (const [i, client] of clients.entries()) {
      expect(client.topology?.version).toBe(6n);
      expect(changes[i]?.()).toBe(2);
    }
    return `${CLIENTS} clients agree on all ${KEYS.length} keys after ${seconds(60_000)}, each after 2 topologies`;
  },
);
