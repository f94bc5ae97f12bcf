import type { LookupFunction } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { createClient, DiscoveryError } from '../../src/index.ts';
import type { Cluster } from '../../src/testing/index.ts';
import { follow, KEYS, keyOf, nodeAt, opened } from '../harness/follow.ts';
import { Traffic } from '../harness/traffic.ts';
import { PATIENT, VirtualTime } from '../harness/virtual-time.ts';
import { BOTH, fault } from './fault.ts';
import { count, ms, now, seconds } from './figure.ts';

/** Names of a cluster, which a resolver in trouble does not resolve. */
class TroubledDns {
  /** The error of every look-up; none where it works. */
  trouble: string | undefined;
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  readonly lookup: LookupFunction = (hostname, options, answer) => {
    const code = this.trouble;
    if (code === undefined) this.#cluster.lookup(hostname, options, answer);
    else process.nextTick(() => answer(Object.assign(new Error(`${code} ${hostname}`), { code }), []));
  };
}

interface Outage {
  readonly name: string;
  begin(cluster: Cluster, dns: TroubledDns): Promise<void> | void;
  end(cluster: Cluster, dns: TroubledDns): Promise<void> | void;
}

const works = (_: Cluster, dns: TroubledDns): void => {
  dns.trouble = undefined;
};

const OUTAGES: readonly Outage[] = [
  {
    name: 'refused',
    begin: ({ configuration }) => configuration.stop(),
    end: ({ configuration }) => configuration.start(),
  },
  {
    name: 'silent',
    begin: ({ configuration }) => configuration.hang(),
    end: ({ configuration }) => configuration.resume(),
  },
  {
    name: 'no such name',
    begin: (_, dns) => {
      dns.trouble = 'ENOTFOUND';
    },
    end: works,
  },
  {
    name: 'resolver fails',
    begin: (_, dns) => {
      dns.trouble = 'EAI_AGAIN';
    },
    end: works,
  },
];

const CALL_MS = 2_000;
/** The longest wait after a failed look, and a look. */
const STEP_MS = 15_500 + 2_000;

fault(
  {
    number: 22,
    name: 'The configuration endpoint is away at the start: refused, silent, without a name, or the resolver fails',
    behaviour:
      'a client is made, calls reject with a `DiscoveryError` that says why, and it recovers by itself',
  },
  async (ground) => {
    const figures = OUTAGES.map(async ({ name, begin, end }) => {
      const cluster = await ground.cluster(1);
      const dns = new TroubledDns(cluster);
      await begin(cluster, dns);
      const { hostname, port } = cluster.configuration;
      const client = opened(
        createClient(
          { configurationEndpoint: `${hostname}:${port}` },
          { lookup: dns.lookup, requestTimeoutMs: CALL_MS, discovery: { timeoutMs: 300 } },
        ),
      );
      const known = new Promise((resolve) => client.once('topology', resolve));
      const startedAt = now();
      const error = await client.get('a').catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(DiscoveryError);
      expect((error as Error).message).toMatch(/No topology is known yet: ./);
      expect(now() - startedAt).toBeLessThan(CALL_MS * 5);
      await end(cluster, dns);
      const endedAt = now();
      await known;
      const recoveredMs = now() - endedAt;
      expect(recoveredMs).toBeLessThan(STEP_MS);
      expect(await client.set('a', 1, { timeoutMs: 5_000 })).toBe(true);
      return `${name} ${ms(recoveredMs)}`;
    });
    return `found after the outage: ${(await Promise.all(figures)).join(', ')}`;
  },
);

const HOURS_MS = 7_200_000;

fault(
  {
    number: 23,
    name: 'The configuration endpoint and every other source of the configuration fail for two hours',
    behaviour: 'no call notices; the last topology stays, its age grows; the first answer is taken',
  },
  async (ground) => {
    const time = VirtualTime.begin();
    const cluster = await ground.cluster(2);
    const client = follow(cluster, PATIENT);
    await client.ready();
    const before = client.topology;
    let errors = 0;
    client.on('discoveryError', () => {
      errors++;
    });
    await cluster.configuration.stop();
    cluster.publish('SERVER_ERROR the configuration is not to be had\r\n');
    let calls = 0;
    for (let at = 0; at < HOURS_MS; at += 60_000) {
      await time.pass(60_000, 5_000);
      const key = KEYS[calls % KEYS.length] as string;
      expect(await client.set(key, at)).toBe(true);
      expect(await client.get(key)).toBe(at);
      calls += 2;
    }
    expect(client.topology).toBe(before);
    const { lastSuccessAgeMs = 0, consecutiveFailures } = client.snapshot().discovery ?? {};
    expect(lastSuccessAgeMs).toBeGreaterThan(HOURS_MS - 60_000);
    expect(errors).toBe(consecutiveFailures);
    expect(errors).toBeGreaterThan(100);
    await cluster.configuration.start();
    const added = await cluster.addNode();
    const backMs = await time.passUntil(
      () => client.topology?.nodes.some(({ id }) => id === added.id) === true,
      60_000,
      1_000,
    );
    expect(client.snapshot().discovery).toMatchObject({ consecutiveFailures: 0 });
    return `0 of ${calls} calls failed in ${seconds(HOURS_MS)} with ${count(errors)} failed looks; a new node was known ${seconds(backMs)} after the end`;
  },
);

fault(
  {
    number: 24,
    name: 'DNS fails entirely while connections are up',
    behaviour: 'nothing is resolved that is connected: no call notices',
    engines: BOTH,
  },
  async (ground) => {
    const cluster = await ground.cluster(3);
    const dns = new TroubledDns(cluster);
    const client = follow(cluster, { lookup: dns.lookup });
    await client.ready();
    await client.version();
    dns.trouble = 'EAI_AGAIN';
    const traffic = new Traffic(client);
    await sleep(300);
    const { calls, failures, wrong } = await traffic.stop();
    expect({ failures, wrong }).toEqual({ failures: [], wrong: [] });
    for (const node of client.snapshot().nodes) expect(node.connectionsOpened).toBe(1);
    return `0 of ${count(calls)} calls failed`;
  },
);

fault(
  {
    number: 25,
    name: 'DNS fails entirely, and connections break',
    behaviour: 'nodes are dialled at the address that their name had last',
    engines: BOTH,
  },
  async (ground) => {
    const cluster = await ground.cluster(2);
    const dns = new TroubledDns(cluster);
    const client = follow(cluster, { lookup: dns.lookup });
    await client.ready();
    await client.version();
    dns.trouble = 'EAI_AGAIN';
    const brokenAt = now();
    for (const node of cluster.nodes) node.reset();
    const keys = [0, 1].map((index) => keyOf(client, nodeAt(cluster, index)));
    for (const key of keys) {
      await expect
        .poll(() => client.set(key, 1).catch((error: unknown) => error), { timeout: 5_000 })
        .toBe(true);
    }
    return `both nodes served again ${ms(now() - brokenAt)} after their connections broke`;
  },
);
