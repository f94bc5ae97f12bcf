import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { startCluster } from '../../src/testing/index.ts';
import { CONFIG, configOf, END, first, LEGACY, refused } from './cluster-wire.ts';
import { Wire } from './wire.ts';

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

  test('passes much data both ways, to a reader that pauses too', async () => {
    await using cluster = await startCluster({ nodes: 1, engine });
    for (const address of [first(cluster).address, cluster.configurationEndpoint]) {
      await using wire = await Wire.open(address);
      const value = 'v'.repeat(900_000);
      wire.send(`set a 0 0 ${value.length}\r\n${value}\r\n`.repeat(30));
      expect(await wire.until('STORED\r\n'.repeat(30))).toHaveLength(240);
      wire.socket.pause();
      wire.send('get a\r\n'.repeat(30));
      await expect.poll(async () => (await first(cluster).stats()).engine?.get_hits).not.toBe('0');
      wire.socket.resume();
      for (let i = 0; i < 30; i += 1) expect(await wire.until('\r\nEND\r\n')).toHaveLength(value.length + 25);
    }
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
