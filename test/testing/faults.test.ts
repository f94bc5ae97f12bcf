import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Cluster, type ClusterNode, startCluster } from '../../src/testing/index.ts';
import { CONFIG, configOf, END, first, refused } from './cluster-wire.ts';
import { Wire } from './wire.ts';

describe('faults', () => {
  async function setUp(): Promise<{ cluster: Cluster; node: ClusterNode; wire: Wire }> {
    const cluster = await startCluster({ nodes: 1, engine: 'embedded' });
    const node = first(cluster);
    const wire = await Wire.open(node.address);
    await wire.ask('set a 0 0 10\r\n0123456789\r\n');
    return { cluster, node, wire };
  }

  test('hang: accepts and reads, answers after resume', async () => {
    const { cluster, node, wire } = await setUp();
    await using _ = cluster;
    node.hang();
    wire.send('get a\r\n');
    await using late = await Wire.open(node.address);
    late.send('version\r\n');
    await expect.poll(async () => (await node.stats()).bytesIn).toBe(26 + 7 + 9);
    expect([wire.received, late.received]).toEqual(['', '']);
    node.resume();
    expect(await wire.until('END\r\n')).toBe('VALUE a 0 10\r\n0123456789\r\nEND\r\n');
    expect(await late.until('\r\n')).toBe('VERSION 1.6.18\r\n');
  });

  test('hang under TLS: the handshake waits for resume', async () => {
    const pem = (name: string): string =>
      readFileSync(new URL(`../fixtures/tls/${name}.pem`, import.meta.url), 'utf8');
    const tls = { cert: pem('cert'), key: pem('key') };
    await using cluster = await startCluster({ nodes: 1, engine: 'embedded', tls });
    const node = first(cluster);
    node.hang();
    const opening = Wire.open(node.address, { ca: pem('ca'), servername: node.hostname });
    await expect.poll(async () => (await node.stats()).openConnections).toBe(1);
    node.resume();
    await using wire = await opening;
    expect(await wire.ask('version\r\n')).toBe('VERSION 1.6.18\r\n');
  });

  test('slow: replies come late and in order', async () => {
    const { cluster, node, wire } = await setUp();
    await using _ = cluster;
    node.slow(60);
    const before = performance.now();
    wire.send('version\r\n');
    await expect.poll(async () => (await node.stats()).bytesOut).toBe(8 + 16);
    node.slow(0);
    wire.send('mn\r\n');
    expect(await wire.until('MN\r\n')).toBe('VERSION 1.6.18\r\nMN\r\n');
    expect(performance.now() - before).toBeGreaterThan(55);
  });

  test('dropMidReply: half a reply, then the end, once', async () => {
    const { cluster, node, wire } = await setUp();
    await using _ = cluster;
    node.dropMidReply();
    wire.send('get a\r\n');
    expect(await wire.untilEnd()).toBe('VALUE a 0 10\r\n0');
    await using next = await Wire.open(node.address);
    expect(await next.ask('get a\r\n', 'END\r\n')).toBe('VALUE a 0 10\r\n0123456789\r\nEND\r\n');
  });

  test('corrupt: garbage of the same length, once', async () => {
    const { cluster, node, wire } = await setUp();
    await using _ = cluster;
    node.corrupt();
    expect(await wire.ask('version\r\n')).toBe(`${'\xfe'.repeat(14)}\r\n`);
    expect(await wire.ask('version\r\n')).toBe('VERSION 1.6.18\r\n');
  });

  test('reset: open connections are reset, new ones are served', async () => {
    const { cluster, node, wire } = await setUp();
    await using _ = cluster;
    node.reset();
    await wire.untilEnd();
    expect(wire.error?.code).toBe('ECONNRESET');
    await using next = await Wire.open(node.address);
    expect(await next.ask('get a\r\n', 'END\r\n')).toContain('0123456789');
  });

  test('the configuration endpoint has the same faults', async () => {
    const { cluster } = await setUp();
    await using _ = cluster;
    const { configuration } = cluster;
    const expected = configOf(cluster.nodes, 1);
    const open = (): Promise<Wire> => Wire.open(configuration.address);
    await using wire = await open();
    configuration.corrupt();
    expect(await wire.ask(CONFIG)).toBe(`${'\xfe'.repeat(expected.length - 2)}\r\n`);
    configuration.slow(1);
    expect(await wire.ask(CONFIG, END)).toBe(expected);
    configuration.slow(0);
    configuration.dropMidReply();
    wire.send(CONFIG);
    expect(await wire.untilEnd()).toBe(expected.slice(0, expected.length >> 1));
    await using next = await open();
    expect(await next.ask(CONFIG, END)).toBe(expected);
    configuration.reset();
    await next.untilEnd();
    expect(next.error?.code).toBe('ECONNRESET');
  });

  test('the configuration endpoint fails apart from the nodes', async () => {
    const { cluster, node } = await setUp();
    await using _ = cluster;
    const { configuration, configurationEndpoint } = cluster;
    await configuration.stop();
    expect(await refused(configurationEndpoint)).toBe('ECONNREFUSED');
    await using direct = await Wire.open(node.address);
    expect(await direct.ask(CONFIG, END)).toBe(configOf(cluster.nodes, 1));
    await configuration.start();
    expect(cluster.configurationEndpoint).toBe(configurationEndpoint);
    await node.stop();
    configuration.hang();
    await using wire = await Wire.open(configurationEndpoint);
    wire.send(CONFIG);
    await direct.untilEnd();
    configuration.resume();
    expect(await wire.until(END)).toBe(configOf(cluster.nodes, 1));
    wire.send('get a\r\n');
    expect(await wire.untilEnd(), 'no node is left to take data commands').toBe('');
  });
});
