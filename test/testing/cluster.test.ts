import { readFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { describe, expect, test } from 'vitest';
import { type Cluster, type ClusterNode, startCluster } from '../../src/testing/index.ts';
import { Wire } from './wire.ts';

const CONFIG = 'config get cluster\r\n';
const LEGACY = 'get AmazonElastiCache:cluster\r\n';
const END = '\n\r\nEND\r\n';

function first(cluster: Cluster): ClusterNode {
  return cluster.nodes[0] as ClusterNode;
}

/** The reply of a cluster to `config get cluster`, worked out by hand from its nodes. */
function configOf(nodes: readonly ClusterNode[], version: number): string {
  const list = nodes.map(({ hostname, address }) => `${hostname}|${address.replace(':', '|')}`).join(' ');
  const body = `${version}\n${list}\n`;
  return `CONFIG cluster 0 ${body.length}\r\n${body}\r\nEND\r\n`;
}

function refused(address: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const [host, port] = address.split(':') as [string, string];
    const socket = connectTcp({ host, port: Number(port) });
    socket.on('connect', () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
  });
}

describe.each(['memcached', 'embedded'] as const)('a cluster of %s nodes', (engine) => {
  test('lists its nodes at the configuration endpoint and at every node', async () => {
    await using cluster = await startCluster({ nodes: 2, engine });
    const expected = configOf(cluster.nodes, 1);
    expect(cluster.nodes.map((node) => node.hostname)).toEqual([
      'memfleet-test.0001.use1.cache.test',
      'memfleet-test.0002.use1.cache.test',
    ]);
    for (const address of [cluster.configurationEndpoint, ...cluster.nodes.map((node) => node.address)]) {
      await using wire = await Wire.open(address);
      expect(await wire.ask(CONFIG, END)).toBe(expected);
      expect(await wire.ask(LEGACY, END)).toBe(
        expected.replace('CONFIG cluster', 'VALUE AmazonElastiCache:cluster'),
      );
    }
  });

  test('keeps the order of replies around a configuration asked for among other commands', async () => {
    await using cluster = await startCluster({ nodes: 1, engine });
    const expected = configOf(cluster.nodes, 1);
    await using wire = await Wire.open(first(cluster).address);
    wire.send('set a 0 0 1\r\n1\r\nget a\r\n');
    expect(await wire.until('END\r\n')).toBe('STORED\r\nVALUE a 0 1\r\n1\r\nEND\r\n');
    wire.send(`mn\r\n${CONFIG}${LEGACY}get a\r\n`);
    expect(await wire.until(END)).toBe(`MN\r\n${expected}`);
    await wire.until(END);
    expect(await wire.until('END\r\n')).toBe('VALUE a 0 1\r\n1\r\nEND\r\n');
  });

  test('stores a value that reads like the configuration command', async () => {
    await using cluster = await startCluster({ nodes: 1, engine });
    await using wire = await Wire.open(first(cluster).address);
    expect(await wire.ask(`set a 0 0 ${CONFIG.length}\r\n${CONFIG}\r\n`)).toBe('STORED\r\n');
    expect(await wire.ask('get a\r\n', 'END\r\n')).toBe(`VALUE a 0 ${CONFIG.length}\r\n${CONFIG}\r\nEND\r\n`);
  });

  test('takes data commands at the configuration endpoint, and goes on telling the configuration', async () => {
    await using cluster = await startCluster({ nodes: 1, engine });
    await using wire = await Wire.open(cluster.configurationEndpoint);
    expect(await wire.ask('version\r\n')).toBe('VERSION 1.6.18\r\n');
    expect(await wire.ask('set a 0 0 1\r\n1\r\n')).toBe('STORED\r\n');
    expect(await wire.ask(CONFIG, END)).toBe(configOf(cluster.nodes, 1));
    await using direct = await Wire.open(first(cluster).address);
    expect(await direct.ask('get a\r\n', 'END\r\n')).toBe('VALUE a 0 1\r\n1\r\nEND\r\n');
  });

  test('adds, removes and replaces nodes', async () => {
    await using cluster = await startCluster({ nodes: 1, engine });
    const added = await cluster.addNode();
    expect(cluster.nodes).toHaveLength(2);
    expect(cluster.version).toBe(2);
    await using wire = await Wire.open(cluster.configurationEndpoint);
    expect(await wire.ask(CONFIG, END)).toBe(configOf(cluster.nodes, 2));

    const removed = await cluster.removeNode(added.id);
    expect(removed).toBe(added);
    expect(await refused(added.address)).toBe('ECONNREFUSED');
    expect(await wire.ask(CONFIG, END)).toBe(configOf(cluster.nodes, 3));

    const { id, address, port } = first(cluster);
    await using old = await Wire.open(address);
    expect(await old.ask('set a 0 0 1\r\n1\r\n')).toBe('STORED\r\n');
    const replaced = await cluster.replaceNode(id);
    await old.untilEnd();
    expect(replaced.id).toBe(id);
    expect(replaced.port).toBe(port);
    expect(replaced.address).not.toBe(address);
    expect(await refused(address)).toBe('ECONNREFUSED');
    expect(await wire.ask(CONFIG, END)).toBe(configOf([replaced], 4));
    await using fresh = await Wire.open(replaced.address);
    expect(await fresh.ask('get a\r\n', 'END\r\n')).toBe('END\r\n');
    await expect(cluster.removeNode('nobody:1')).rejects.toThrow('No node nobody:1');
  });

  test('stops a node for real, and starts it empty at the same address', async () => {
    await using cluster = await startCluster({ nodes: 1, engine });
    const node = first(cluster);
    const { address } = node;
    const before = (await node.stats()).engine?.pid;
    await using wire = await Wire.open(address);
    expect(await wire.ask('set a 0 0 1\r\n1\r\n')).toBe('STORED\r\n');
    await node.stop();
    await wire.untilEnd();
    expect(node.isRunning).toBe(false);
    expect((await node.stats()).engine).toBeUndefined();
    expect(await refused(address)).toBe('ECONNREFUSED');
    if (engine === 'memcached') expect(() => process.kill(Number(before), 0)).toThrow('ESRCH');
    await Promise.all([node.start(), node.start()]);
    expect(node.address).toBe(address);
    await using again = await Wire.open(address);
    expect(await again.ask('get a\r\n', 'END\r\n')).toBe('END\r\n');
  });

  test('counts what passes, and tells what the engine counts', async () => {
    await using cluster = await startCluster({ nodes: 1, engine });
    await using wire = await Wire.open(first(cluster).address);
    await wire.ask('set a 0 0 1\r\n1\r\n');
    await wire.ask('get a\r\n', 'END\r\n');
    const stats = await first(cluster).stats();
    expect(stats).toMatchObject({ openConnections: 1, totalConnections: 1, bytesIn: 23, bytesOut: 29 });
    expect(stats.engine).toMatchObject({ cmd_get: '1', get_hits: '1', cmd_set: '1', curr_items: '1' });
  });

  test('asks for a password where one is set', async () => {
    const auth = { username: 'user', password: 'secret' };
    await using cluster = await startCluster({ nodes: 1, engine, auth });
    await using wire = await Wire.open(first(cluster).address);
    expect(await wire.ask('get a\r\n')).toBe('CLIENT_ERROR unauthenticated\r\n');
    expect(await wire.ask('set auth 0 0 10\r\nuser wrong\r\n')).toBe(
      'CLIENT_ERROR authentication failure\r\n',
    );
    expect(await wire.ask('set auth 0 0 11\r\nuser secret\r\n')).toBe('STORED\r\n');
    expect(await wire.ask('get a\r\n')).toBe('END\r\n');
    expect((await first(cluster).stats()).engine).toHaveProperty('cmd_get', '1');
    expect(await wire.ask(CONFIG, END)).toBe(configOf(cluster.nodes, 1));
  });

  test('speaks TLS, lists no addresses then, and fits the names to the certificate', async () => {
    const pem = (name: string): string =>
      readFileSync(new URL(`../fixtures/tls/${name}.pem`, import.meta.url), 'utf8');
    const ca = pem('ca');
    await using cluster = await startCluster({
      nodes: 2,
      engine,
      tls: { cert: pem('cert'), key: pem('key') },
    });
    const body = `1\n${cluster.nodes.map(({ hostname, port }) => `${hostname}||${port}`).join(' ')}\n`;
    const expected = `CONFIG cluster 0 ${body.length}\r\n${body}\r\nEND\r\n`;
    await using endpoint = await Wire.open(cluster.configurationEndpoint, { ca });
    expect(await endpoint.ask(CONFIG, END)).toBe(expected);
    for (const node of cluster.nodes) {
      await using wire = await Wire.open(node.address, { ca, servername: node.hostname });
      const value = 'x'.repeat(100_000);
      expect(await wire.ask(`set a 0 0 ${value.length}\r\n${value}\r\n`)).toBe('STORED\r\n');
      expect(await wire.ask('get a\r\n', 'END\r\n')).toHaveLength(value.length + 25);
      expect(await wire.ask(CONFIG, END)).toBe(expected);
      node.reset();
      await wire.untilEnd();
    }
    await using plain = await Wire.open(first(cluster).address);
    plain.send('get a\r\n');
    expect(await plain.untilEnd(), 'plain text gets no reply').not.toContain('END');
    await expect(Wire.open(first(cluster).address, { ca, servername: 'other.example' })).rejects.toThrow(
      /does not match/,
    );
  });
});

describe('close', () => {
  test('waits for a node that is being added, and lets nothing start after', async () => {
    const cluster = await startCluster({ nodes: 1, engine: 'memcached' });
    const node = first(cluster);
    const adding = cluster.addNode();
    await cluster.close();
    const added = await adding;
    for (const { address } of [added, node]) expect(await refused(address)).toBe('ECONNREFUSED');
    expect(await refused(cluster.configurationEndpoint)).toBe('ECONNREFUSED');
    await expect(node.start()).rejects.toThrow('closed');
    await expect(cluster.addNode()).rejects.toThrow();
  });
});

describe('publishing', () => {
  test('sends text and bytes as they are, from everywhere', async () => {
    await using cluster = await startCluster({ nodes: 1, engine: 'embedded' });
    for (const raw of ['ERROR\r\n', Buffer.from('CONFIG cluster 0 5\r\n\xff\xfe\r\n', 'latin1')]) {
      cluster.publish(raw);
      const expected = Buffer.from(raw).toString('latin1');
      for (const address of [cluster.configurationEndpoint, first(cluster).address]) {
        await using wire = await Wire.open(address);
        expect(await wire.ask(CONFIG, expected)).toBe(expected);
        expect(await wire.ask(LEGACY, expected)).toBe(expected);
      }
    }
  });

  test('takes nodes and a version, and goes on from it at the next change', async () => {
    await using cluster = await startCluster({ nodes: 2, engine: 'embedded' });
    cluster.publish({ version: 2n ** 53n, nodes: cluster.nodes.slice(1) });
    await using wire = await Wire.open(cluster.configurationEndpoint);
    expect(await wire.ask(CONFIG, END)).toContain(
      `\n${first({ ...cluster, nodes: cluster.nodes.slice(1) }).hostname}|`,
    );
    await cluster.addNode();
    expect(await wire.ask(CONFIG, END)).toContain('\r\n9007199254740993\n');
  });
});

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

describe('lookup', () => {
  type Answer = { readonly error: string | undefined; readonly address: unknown; readonly family: unknown };

  function look(
    cluster: Cluster,
    name: string,
    options: { all?: boolean; family?: number } = {},
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
