import type { LookupFunction } from 'node:net';
import { expect } from 'vitest';
import { createClient, DiscoveryError } from '../../src/index.ts';
import { follow, idsOf, KEYS, keyOf, opened } from '../harness/follow.ts';
import { followOracle, listing, type Oracle, startEndpoint, startNodes } from '../harness/oracle.ts';
import { PATIENT, VirtualTime } from '../harness/virtual-time.ts';
import { BOTH, fault } from './fault.ts';
import { count, seconds } from './figure.ts';

const WHILE_MS = 120_000;

fault(
  {
    number: 34,
    name: 'A node that is cut off lists itself alone, another under half of the cluster',
    behaviour: 'not believed until another source says the same',
  },
  async () => {
    const time = VirtualTime.begin();
    const nodes = await startNodes(5);
    const endpoint = await startEndpoint();
    const [alone, half, ...others] = nodes as [Oracle, Oracle, ...Oracle[]];
    for (const each of [endpoint, ...others]) each.says = listing(3, nodes);
    alone.says = listing(4, [alone]);
    half.says = listing(5, [alone, half]);
    const discovery = { ...PATIENT.discovery, intervalMs: 1_000 };
    const client = followOracle(endpoint, { ...PATIENT, discovery });
    await client.ready();
    await time.pass(WHILE_MS, 500);
    expect(idsOf(client)).toEqual(nodes.map(({ id }) => id));
    const lies = alone.looks + half.looks;
    expect(lies).toBeGreaterThan(20);
    for (const each of [endpoint, ...nodes]) each.says = listing(6, [alone, half]);
    const confirmedMs = await time.passUntil(() => client.topology?.version === 6n, 10_000);
    expect(idsOf(client)).toEqual([alone.id, half.id]);
    return `told ${count(lies)} times in ${seconds(WHILE_MS)}, believed 0 times; taken ${seconds(confirmedMs)} after all said so (looks each 1.0 s)`;
  },
);

fault(
  {
    number: 35,
    name: 'All nodes are replaced at once by others with other names',
    behaviour: 'the endpoint is asked once their loss is seen, again 5 s later, and believed',
    engines: BOTH,
  },
  async (ground) => {
    const time = VirtualTime.begin();
    const [before, after] = [await ground.cluster(3), await ground.cluster(3, { hostnames: NEW_NAMES })];
    const lookup: LookupFunction = (name, options, answer) =>
      (NEW_NAMES.includes(name) ? after : before).lookup(name, options, answer);
    const client = follow(before, { ...PATIENT, lookup });
    await client.ready();
    await client.version();
    before.publish({ version: 2, nodes: after.nodes });
    await Promise.all(before.nodes.map((node) => node.stop()));
    const foundMs = await time.passUntil(() => client.topology?.version === 2n, 30_000);
    expect(idsOf(client)).toEqual(after.nodes.map(({ id }) => id));
    const [node] = after.nodes as [(typeof after.nodes)[0]];
    expect(await client.set(keyOf(client, node), 1)).toBe(true);
    return `the new nodes serve ${seconds(foundMs)} after the old ones died`;
  },
);

const NEW_NAMES = [1, 2, 3].map((number) => `another.000${number}.use1.cache.test`);

const NO_CONFIGURATIONS: readonly string[] = [
  'END\r\n',
  'ERROR\r\n',
  'SERVER_ERROR out of order\r\n',
  'CONFIG cluster 0 3\r\n9\n\n\r\nEND\r\n',
  'CONFIG cluster 0 12\r\n9\nnonsense!\n\r\nEND\r\n',
  'CONFIG cluster 0 24\r\n9\na|1.2.3.4|11211 b|x|y|z\n\r\nEND\r\n',
];

fault(
  {
    number: 36,
    name: 'Endpoint and nodes answer without a list: `END`, `ERROR`, empty, or with one bad entry',
    behaviour: 'the last topology stays, and `discoveryError` tells',
    engines: BOTH,
  },
  async (ground) => {
    const cluster = await ground.cluster(2);
    const client = opened(
      createClient({ configurationEndpoint: cluster.configurationEndpoint }, { lookup: cluster.lookup }),
    );
    await client.ready();
    const before = client.topology;
    let errors = 0;
    client.on('discoveryError', () => {
      errors++;
    });
    for (const reply of NO_CONFIGURATIONS) {
      cluster.publish(reply);
      await expect(client.refresh()).rejects.toThrow(DiscoveryError);
      expect(client.topology).toBe(before);
      for (const key of KEYS.slice(0, 20)) expect(await client.set(key, 1)).toBe(true);
    }
    expect(errors).toBe(NO_CONFIGURATIONS.length);
    cluster.publish({ version: 9, nodes: cluster.nodes });
    await client.refresh();
    expect(client.topology?.version).toBe(9n);
    return `${NO_CONFIGURATIONS.length} kinds of no list, ${errors} discoveryErrors, 0 changes, 0 failed calls`;
  },
);
