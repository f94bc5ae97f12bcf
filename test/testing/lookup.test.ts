import { connect as connectTcp } from 'node:net';
import { describe, expect, test } from 'vitest';
import { type Cluster, type ClusterNode, startCluster } from '../../src/testing/index.ts';
import { first } from './cluster-wire.ts';
import { Wire } from './wire.ts';

describe('lookup', () => {
  type Answer = { readonly error: string | undefined; readonly address: unknown; readonly family: unknown };

  function look(
    cluster: Cluster,
    name: string,
    options: { all?: boolean; family?: number | 'IPv4' | 'IPv6' } = {},
  ): Promise<Answer> {
    return new Promise((resolve) => {
      cluster.lookup(name, options, (error, address, family) =>
        resolve({ error: error?.code, address, family }),
      );
    });
  }

  test('knows the nodes, stopped ones too, and nobody else', async () => {
    await using cluster = await startCluster({
      engine: 'embedded',
      hostnames: ['One.example', 'two.example'],
    });
    const [one, two] = cluster.nodes as [ClusterNode, ClusterNode];
    expect(cluster.nodes.map((node) => node.id)).toEqual([
      `one.example:${one.port}`,
      `two.example:${two.port}`,
    ]);
    await one.stop();
    expect(await look(cluster, 'one.example')).toEqual({ error: undefined, address: one.ip, family: 4 });
    expect(await look(cluster, 'ONE.example.', { all: true })).toMatchObject({
      address: [{ address: one.ip, family: 4 }],
    });
    expect(await look(cluster, cluster.configuration.hostname)).toMatchObject({ address: '127.0.0.1' });
    expect(await look(cluster, 'localhost')).toMatchObject({ address: '127.0.0.1' });
    expect(await look(cluster, '::1')).toMatchObject({ address: '::1', family: 6 });
    expect(await look(cluster, 'one.example', { family: 6 })).toMatchObject({ error: 'ENOTFOUND' });
    expect(await look(cluster, 'one.example', { family: 'IPv6' })).toMatchObject({ error: 'ENOTFOUND' });
    expect(await look(cluster, 'one.example', { family: 'IPv4' })).toMatchObject({ address: one.ip });
    expect(await look(cluster, 'three.example')).toMatchObject({ error: 'ENOTFOUND' });
    await cluster.removeNode(two.id);
    expect(await look(cluster, 'two.example')).toMatchObject({ error: 'ENOTFOUND' });
  });

  test('serves net.connect', async () => {
    await using cluster = await startCluster({ nodes: 1, engine: 'embedded' });
    const { hostname, port } = first(cluster);
    const socket = connectTcp({ host: hostname, port, lookup: cluster.lookup });
    await using wire = new Wire(socket);
    expect(await wire.ask('version\r\n')).toBe('VERSION 1.6.18\r\n');
  });
});
