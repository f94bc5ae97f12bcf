import { describe, expect, test } from 'vitest';
import { ClosedError, createClient, DiscoveryError, type TopologyReport } from '../../src/index.ts';
import { startServer } from '../../src/testing/index.ts';
import { follow, idsOf, opened, small } from '../harness/follow.ts';
import { startScripted } from '../harness/scripted-server.ts';
import { watchTraces } from '../harness/traces.ts';

describe('a configuration endpoint that fails', () => {
  test('at the start: calls wait for it', async () => {
    await using cluster = await small(2);
    await cluster.configuration.stop();
    const client = follow(cluster, { requestTimeoutMs: 5_000 });
    const errors: Error[] = [];
    client.on('discoveryError', (error) => errors.push(error));
    const waiting = client.set('a', 1);
    const reads = client.getMany(['a', 'b']);
    await expect.poll(() => errors.length, { timeout: 3_000 }).toBeGreaterThan(0);
    expect(errors[0]).toBeInstanceOf(DiscoveryError);
    await cluster.configuration.start();
    expect(await waiting).toBe(true);
    expect(await reads).toBeInstanceOf(Map);
  });

  test('at the start for longer than a call may take: a DiscoveryError that says why', async () => {
    await using cluster = await small(1);
    await cluster.configuration.stop();
    const client = follow(cluster, { requestTimeoutMs: 700 });
    await expect(client.get('a')).rejects.toThrow(/No topology is known yet.*ECONNREFUSED/);
    await expect(client.ready({ timeoutMs: 10 })).rejects.toThrow(DiscoveryError);
  });

  test("at the start, with startup 'fail': the client is destroyed", async () => {
    await using cluster = await small(1);
    await cluster.configuration.stop();
    const client = follow(cluster, { discovery: { startup: 'fail' }, requestTimeoutMs: 5_000 });
    let closed = false;
    client.on('close', () => {
      closed = true;
    });
    await expect(client.get('a')).rejects.toThrow(DiscoveryError);
    expect(closed).toBe(true);
    await expect(client.get('a')).rejects.toThrow(ClosedError);
  });

  test('later: nothing happens, for the nodes know the configuration too', async () => {
    await using cluster = await small(2);
    const client = follow(cluster);
    await client.ready();
    await cluster.configuration.stop();
    expect(await client.set('a', 1)).toBe(true);
    const added = await cluster.addNode();
    await client.refresh();
    expect(idsOf(client)).toContain(added.id);
    expect(client.topology?.source).toMatchObject({
      kind: 'discovery',
      from: expect.stringContaining('memfleet-test'),
    });
  });

  test.each([
    ['an error', 'ERROR\r\n'],
    ['nothing', 'END\r\n'],
    ['no nodes', 'CONFIG cluster 0 3\r\n9\n\n\r\nEND\r\n'],
    ['garbage', 'CONFIG cluster 0 12\r\n9\nnonsense!\n\r\nEND\r\n'],
    ['one bad node of two', 'CONFIG cluster 0 24\r\n9\na|1.2.3.4|11211 b|x|y|z\n\r\nEND\r\n'],
  ])('with %s from everywhere: refresh rejects, and the last topology stays', async (_, reply) => {
    await using cluster = await small(2);
    const client = follow(cluster);
    await client.ready();
    const before = client.topology;
    const errors: Error[] = [];
    client.on('discoveryError', (error) => errors.push(error));
    cluster.publish(reply);
    await expect(client.refresh()).rejects.toThrow(DiscoveryError);
    expect(errors).toHaveLength(1);
    expect(client.topology).toBe(before);
    expect(client.snapshot().discovery?.consecutiveFailures).toBe(1);
    expect(await client.set('a', 1)).toBe(true);
    cluster.publish({ version: 2, nodes: cluster.nodes });
    await client.refresh();
    expect(client.snapshot().discovery).toMatchObject({ consecutiveFailures: 0 });
    expect(client.topology?.version).toBe(2n);
  });

  test('with an older version: it is taken for stale', async () => {
    await using cluster = await small(2);
    cluster.publish({ version: 7, nodes: cluster.nodes });
    const client = follow(cluster);
    await client.ready();
    cluster.publish({ version: 6, nodes: cluster.nodes.slice(1) });
    await client.refresh();
    expect(client.topology).toMatchObject({ version: 7n, nodes: { length: 2 } });
    expect(client.snapshot().discovery?.staleReplies).toBeGreaterThan(0);
  });

  test('because it is none: a clear error, at once', async () => {
    await using server = await startServer();
    const client = opened(
      createClient({ configurationEndpoint: server.endpoint }, { requestTimeoutMs: 5_000 }),
    );
    await expect(client.get('a')).rejects.toThrow(
      /does not answer config get cluster .*ERROR.*ignoreClusterErrors/,
    );
  });

  test('because it is none, with ignoreClusterErrors: it is the one server', async () => {
    await using server = await startServer();
    const client = opened(
      createClient({ configurationEndpoint: server.endpoint }, { discovery: { ignoreClusterErrors: true } }),
    );
    expect(await client.set('a', 1)).toBe(true);
    expect(client.topology).toMatchObject({ source: { kind: 'fallback' }, nodes: [{ id: server.endpoint }] });
    await client.refresh();
    expect(await client.get('a')).toBe(1);
  });

  test('with the command of today: the key of before is asked for', async () => {
    await using server = await startServer();
    const body = `3\nlocalhost|127.0.0.1|${server.port}\n`;
    await using endpoint = await startScripted((connection, { line }) => {
      if (line === 'get AmazonElastiCache:cluster') connection.value('AmazonElastiCache:cluster', body);
      else connection.say('ERROR\r\n');
    });
    const client = opened(createClient({ configurationEndpoint: endpoint.endpoint }));
    expect(await client.set('a', 1)).toBe(true);
    expect(client.topology?.version).toBe(3n);
    expect(endpoint.asked.map(({ line }) => line)).toEqual([
      'config get cluster',
      'get AmazonElastiCache:cluster',
    ]);
  });

  test('by hanging does not hold up closing', async () => {
    await using cluster = await small(1);
    cluster.configuration.hang();
    const client = follow(cluster, { requestTimeoutMs: 5_000 });
    const waiting = client.get('a');
    const refreshing = client.refresh();
    const both = Promise.allSettled([waiting, refreshing]);
    await client.close();
    expect(await both).toMatchObject([
      { reason: expect.any(ClosedError) },
      { reason: expect.any(ClosedError) },
    ]);
  });
});

describe('a topology function', () => {
  test('names the nodes; an older version or a failure changes nothing', async () => {
    await using a = await startServer();
    await using b = await startServer();
    let report: () => TopologyReport = () => ({ version: 5, nodes: [a.endpoint] });
    const client = opened(createClient({ topology: async () => report() }));
    const errors: Error[] = [];
    client.on('discoveryError', (error) => errors.push(error));
    expect(await client.set('k', 1)).toBe(true);
    expect(client.topology).toMatchObject({ version: 5n, source: { kind: 'function' } });

    report = () => ({ version: 6, nodes: [a.endpoint, { host: '127.0.0.1', port: b.port, weight: 2 }] });
    await client.refresh();
    expect(idsOf(client)).toEqual([a.endpoint, b.endpoint].toSorted());

    report = () => ({ version: 7, nodes: [a.endpoint, { host: '127.0.0.1', port: b.port, weight: 2 }] });
    await client.refresh();
    expect(client.topology?.version).toBe(7n);

    report = () => ({ version: 4, nodes: [b.endpoint] });
    await client.refresh();
    expect(client.topology?.nodes).toHaveLength(2);

    for (const bad of [
      () => ({ nodes: [] }),
      () => ({ nodes: ['not a node:x'] }),
      () => {
        throw new RangeError('registry is away');
      },
    ]) {
      report = bad;
      await expect(client.refresh()).rejects.toThrow(DiscoveryError);
      expect(client.topology?.nodes).toHaveLength(2);
    }
    expect(errors).toHaveLength(3);
    expect(await client.set('k', 2)).toBe(true);
  });

  test('that throws instead of giving a promise leaves no rejection behind', async () => {
    const traces = watchTraces();
    const client = opened(
      createClient(
        {
          topology: () => {
            throw new RangeError('registry is away');
          },
        },
        { discovery: { timeoutMs: 50 }, requestTimeoutMs: 300 },
      ),
    );
    // Until long after the function's time was over.
    await expect(client.get('a')).rejects.toThrow(/registry is away/);
    client.destroy();
    await traces.expectNone();
  });

  test('that never answers is given up', async () => {
    let aborted = false;
    const client = opened(
      createClient(
        {
          topology: (signal) =>
            new Promise(() => {
              signal.addEventListener('abort', () => {
                aborted = true;
              });
            }),
        },
        { discovery: { timeoutMs: 50 }, requestTimeoutMs: 300 },
      ),
    );
    await expect(client.get('a')).rejects.toThrow(DiscoveryError);
    expect(aborted).toBe(true);
  });
});
