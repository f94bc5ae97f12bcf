import type { LookupFunction } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import {
  type ClientOptions,
  createClient,
  DiscoveryError,
  type HashRing,
  type MemcachedClient,
} from '../../src/index.ts';
import { type Cluster, startServer } from '../../src/testing/index.ts';
import { follow, idsOf, nodeAt, opened, small } from '../harness/follow.ts';
import { configOf, looksAt, type Member, startMember } from '../harness/members.ts';
import { startScripted } from '../harness/scripted-server.ts';
import { skippingClock } from '../harness/skipping-clock.ts';
import { VirtualTime } from '../harness/virtual-time.ts';

const MIN_SPACING_MS = 5_000;

/** A name for the endpoint, and the cluster's own for its nodes. */
function named(cluster: Cluster, instead: (name: string) => LookupFunction | undefined): LookupFunction {
  return (name, options, answer) => (instead(name) ?? cluster.lookup)(name, options, answer);
}

function failing(code: string): LookupFunction {
  return (_name, _options, answer) => answer(Object.assign(new Error(code), { code }), []);
}

function followMember(endpoint: Member, options: ClientOptions = {}): MemcachedClient {
  return opened(
    createClient(endpoint.id, { protocol: 'classic', discovery: { mode: 'elasticache' }, ...options }),
  );
}

describe('a look before its time', () => {
  test('follows a node that refuses connections', async () => {
    const clock = skippingClock();
    await using node = await startMember();
    await using endpoint = await startMember();
    endpoint.config = configOf(1, [node.id, '127.0.0.1:1']);
    node.config = endpoint.config;
    const client = followMember(endpoint);
    await client.ready();
    clock.skip(MIN_SPACING_MS);
    await client.version().catch(() => undefined);
    await expect.poll(() => looksAt(endpoint), { timeout: 3_000 }).toBe(2);
  });

  test('follows a node whose name is gone, though its address still serves', async () => {
    const clock = skippingClock();
    await using cluster = await small(1);
    let isGone = false;
    const lookup = named(cluster, () => (isGone ? failing('ENOTFOUND') : undefined));
    const client = follow(cluster, { lookup });
    await client.ready();
    const before = client.snapshot().discovery?.lastSuccessAgeMs ?? 0;
    expect(before).toBeLessThan(MIN_SPACING_MS);
    clock.skip(MIN_SPACING_MS);
    isGone = true;
    expect(await client.set('a', 1)).toBe(true);
    await expect
      .poll(() => client.snapshot().discovery?.lastSuccessAgeMs, { timeout: 3_000 })
      .toBeLessThan(MIN_SPACING_MS);
  });

  test('follows nodes that close their connections together, and cost nothing else', async () => {
    const clock = skippingClock();
    await using cluster = await small(2);
    const client = follow(cluster);
    const down: unknown[] = [];
    client.on('nodeDown', (event) => down.push(event));
    await client.ready();
    await client.version();
    clock.skip(MIN_SPACING_MS);
    for (const node of cluster.nodes) node.reset();
    await expect
      .poll(() => client.snapshot().discovery?.lastSuccessAgeMs, { timeout: 3_000 })
      .toBeLessThan(MIN_SPACING_MS);
    expect(down).toEqual([]);
    expect((await client.version()).size).toBe(2);
  });
});

describe('without DNS', () => {
  test.each<readonly [string, LookupFunction]>([
    ['fails', failing('EAI_AGAIN')],
    ['denies every name', failing('ENOTFOUND')],
    ['never answers', () => undefined],
  ])('that %s, new connections go to the address that discovery gave', async (_, broken) => {
    await using cluster = await small(2);
    let isBroken = false;
    const lookup = named(cluster, () => (isBroken ? broken : undefined));
    const client = follow(cluster, { lookup, connectTimeoutMs: 400, requestTimeoutMs: 5_000 });
    await client.ready();
    await client.version();
    isBroken = true;
    for (const node of cluster.nodes) node.reset();
    await expect
      .poll(() => client.snapshot().nodes.map(({ connectionsOpened }) => connectionsOpened))
      .toEqual([2, 2]);
    expect((await client.version()).size).toBe(2);
  });
});

describe('the first look', () => {
  test('ends in time, however long its questions may take', async () => {
    const time = VirtualTime.begin();
    // No pauses between questions, which are not virtual.
    vi.spyOn(Math, 'random').mockReturnValue(0);
    await using silent = await startScripted(() => undefined, { onConnect: () => undefined });
    const client = opened(
      createClient(
        { configurationEndpoint: silent.endpoint },
        { connectTimeoutMs: 60_000, discovery: { startup: 'fail', timeoutMs: 4_000 } },
      ),
    );
    let error: Error | undefined;
    client.on('discoveryError', (reason) => {
      error = reason;
    });
    expect(await time.passUntil(() => error !== undefined, 20_000)).toBeLessThan(5_500);
    expect(error).toBeInstanceOf(DiscoveryError);
    expect(silent.connections).toHaveLength(2);
  });

  test('tells a call that cannot wait for its end what it has met so far', async () => {
    await using silent = await startScripted(() => undefined, { onConnect: () => undefined });
    const client = opened(
      createClient(
        { configurationEndpoint: silent.endpoint },
        { connectTimeoutMs: 50, requestTimeoutMs: 400, discovery: { timeoutMs: 4_000 } },
      ),
    );
    await expect(client.get('a')).rejects.toThrow(/No topology is known yet: .*the server says nothing/);
  });
});

describe('the question', () => {
  test('that worked is the one asked next time: an old node is asked once a look', async () => {
    await using server = await startServer();
    await using endpoint = await startScripted(({ say, value }, { line, key }) => {
      if (line.startsWith('get ')) value(key, `3\nlocalhost|127.0.0.1|${server.port}\n`);
      else say('ERROR\r\n');
    });
    const client = opened(
      createClient({ configurationEndpoint: endpoint.endpoint }, { discovery: { mode: 'memorystore' } }),
    );
    await client.ready();
    await client.refresh();
    await client.refresh();
    const legacy = 'get AmazonElastiCache:cluster';
    expect(endpoint.asked.map(({ line }) => line)).toEqual(['config get cluster', legacy, legacy, legacy]);
  });
});

describe('a topology', () => {
  test('that cannot be put in force changes nothing, and is tried again', async () => {
    await using cluster = await small(2);
    let isBroken = false;
    const hashing: HashRing = (nodes) => {
      if (isBroken) throw new RangeError('no ring of that size');
      return (key) => key.length % nodes.length;
    };
    const client = follow(cluster, { hashing });
    await client.ready();
    const before = client.topology;
    isBroken = true;
    const added = await cluster.addNode();
    await expect(client.refresh()).rejects.toThrow(/could not be put in force: no ring of that size/);
    expect(client.topology).toBe(before);
    expect((await added.stats()).totalConnections).toBe(0);
    expect(await client.set('a', 1)).toBe(true);
    isBroken = false;
    await expect.poll(() => idsOf(client), { timeout: 5_000 }).toContain(added.id);
  });

  test('is told of with its source, and with replies of a wrong length', async () => {
    await using cluster = await small(1);
    const client = follow(cluster);
    expect(client.snapshot().discovery).toEqual({
      source: undefined,
      lastSuccessAgeMs: undefined,
      consecutiveFailures: 0,
      staleReplies: 0,
      lengthMismatches: 0,
    });
    await client.ready();
    const { hostname, port } = nodeAt(cluster, 0);
    cluster.publish(`CONFIG cluster 0 147\r\n2\n${hostname}||${port}\n\r\nEND\r\n`);
    await client.refresh();
    expect(client.topology?.version).toBe(2n);
    expect(client.snapshot().discovery).toMatchObject({
      source: client.topology?.source,
      lastSuccessAgeMs: expect.any(Number),
      lengthMismatches: 1,
    });
  });
});

test('a topology of a function that cannot be put in force is told as such, and tried again', async () => {
  await using server = await startServer();
  let isBroken = false;
  let asked = 0;
  const client = opened(
    createClient(
      {
        topology: () => {
          asked++;
          return { version: asked, nodes: [server.endpoint] };
        },
      },
      {
        hashing: () => {
          if (isBroken) throw new RangeError('no ring');
          return () => 0;
        },
      },
    ),
  );
  await client.ready();
  isBroken = true;
  await expect(client.refresh()).rejects.toThrow('The topology could not be put in force: no ring');
  expect(client.topology?.version).toBe(1n);
  isBroken = false;
  await expect.poll(() => client.topology?.version, { timeout: 5_000 }).toBe(3n);
});

describe('an endpoint that is a plain memcached', () => {
  const atLoopback: LookupFunction = (_name, _options, answer) =>
    answer(null, [{ address: '127.0.0.1', family: 4 }]);

  test('and is known by its name alone is the one server, and that is told', async () => {
    await using server = await startServer();
    const client = opened(createClient(`dev.cfg.example:${server.port}`, { lookup: atLoopback }));
    const errors: Error[] = [];
    client.on('discoveryError', (error) => errors.push(error));
    expect(await client.set('a', 1)).toBe(true);
    expect(client.topology?.source).toEqual({ kind: 'fallback', from: `dev.cfg.example:${server.port}` });
    await client.refresh();
    expect(errors).toHaveLength(1);
    expect(errors[0]?.message).toContain('does not answer config get cluster');
  });

  test.each(['SERVER_ERROR busy\r\n', 'END\r\n'])('is none where it says %j', async (config) => {
    await using endpoint = await startMember(config);
    const port = endpoint.id.split(':')[1];
    const client = opened(
      createClient(`dev.cfg.example:${port}`, {
        lookup: atLoopback,
        protocol: 'classic',
        requestTimeoutMs: 900,
      }),
    );
    await expect(client.get('a')).rejects.toThrow(DiscoveryError);
    await using node = await startMember();
    endpoint.config = configOf(1, [node.id]);
    await expect
      .poll(() => client.get('a').catch((error: unknown) => error), { timeout: 5_000 })
      .toBe(node.id);
  });

  test('of Memorystore is sent no data because it is overloaded, whatever is ignored', async () => {
    await using endpoint = await startMember('SERVER_ERROR busy\r\n');
    const client = followMember(endpoint, {
      discovery: { mode: 'memorystore', ignoreClusterErrors: true },
      requestTimeoutMs: 700,
    });
    await expect(client.get('a')).rejects.toThrow(DiscoveryError);
    expect(endpoint.server.asked.map(({ line }) => line)).not.toContain('get a');
  });
});

test('keys of a node at a name that two addresses have are reached at the one that serves', async () => {
  await using server = await startServer({ host: '127.0.0.2' });
  const lookup: LookupFunction = (_name, options, answer) => {
    if (options.all !== true) throw new Error('All addresses are wanted');
    answer(null, [
      { address: '::1', family: 6 },
      { address: '127.0.0.1', family: 4 },
      { address: '127.0.0.2', family: 4 },
    ]);
  };
  const client = opened(createClient([`both.example:${server.port}`], { lookup }));
  expect(await client.set('a', 1)).toBe(true);
});
