/** Rings as a client has them: what the options make of them, end to end. */
import { beforeAll, describe, expect, test } from 'vitest';
import { createClient, InvalidCacheConfigError, libmemcached, spymemcached } from '../../src/index.ts';
import type { Cluster } from '../../src/testing/index.ts';
import { RING_NAMES, ringByName } from '../../src/topology/ring/by-name.ts';
import { follow, KEYS, opened, ownersOf, small } from '../harness/follow.ts';

describe('a cluster that is discovered', () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await small(3);
    return () => cluster.close();
  });

  test.each(RING_NAMES.flatMap((name) => [[name, 'hostname'] as const, [name, 'ip'] as const]))(
    'has its keys where %s puts them by %s',
    async (hashing, ringKey) => {
      const client = follow(cluster, { hashing, ringKey });
      await client.ready();
      const nodes = cluster.nodes.toSorted((a, b) => (a.id < b.id ? -1 : 1));
      const locate = ringByName(hashing)(
        nodes.map(({ hostname, ip, port }) => ({
          host: ringKey === 'ip' ? ip : hostname,
          address: ip,
          port,
          weight: 1,
        })),
      );
      expect(ownersOf(client)).toEqual(KEYS.map((key) => nodes[locate(key)]?.id));
      await client.setMany(KEYS.map((key) => [key, key] as const));
      expect((await client.getMany(KEYS)).size).toBe(KEYS.length);
    },
  );

  test('has another fingerprint by address than by name', async () => {
    const prints = await Promise.all(
      (['hostname', 'ip'] as const).map(async (ringKey) => {
        const client = follow(cluster, { ringKey });
        expect(client.ringFingerprint).toBeUndefined();
        await client.ready();
        return client.ringFingerprint;
      }),
    );
    expect(new Set(prints).size).toBe(2);
  });
});

test('the fingerprint changes with the topology, and with nothing else', async () => {
  await using cluster = await small(3);
  const client = follow(cluster);
  await client.ready();
  const before = client.ringFingerprint;
  expect(before).toMatch(/^[\da-f]{16}$/);
  await client.refresh();
  expect(client.ringFingerprint).toBe(before);
  const { id } = await cluster.addNode();
  await client.refresh();
  const between = client.ringFingerprint;
  expect(between).not.toBe(before);
  await cluster.removeNode(id);
  await client.refresh();
  expect(client.ringFingerprint).toBe(before);
});

test('a node that is replaced moves keys, and makes another fingerprint, where its address is on the ring', async () => {
  await using cluster = await small(3);
  const clients = (['hostname', 'ip'] as const).map((ringKey) => follow(cluster, { ringKey }));
  await Promise.all(clients.map((client) => client.ready()));
  const before = clients.map((client) => [client.ringFingerprint, ownersOf(client)] as const);
  await cluster.replaceNode(cluster.nodes[1]?.id as string);
  await Promise.all(clients.map((client) => client.refresh()));
  const [byName, byAddress] = clients.map((client) => [client.ringFingerprint, ownersOf(client)] as const);
  expect(byName).toEqual(before[0]);
  expect(byAddress?.[0]).not.toBe(before[1]?.[0]);
  const moved = byAddress?.[1].filter((owner, i) => owner !== before[1]?.[1][i]) ?? [];
  expect(moved.length).toBeGreaterThan(0);
  expect(moved.length).toBeLessThan(0.75 * KEYS.length);
  expect(await Promise.all(KEYS.map((key) => clients[1]?.set(key, key)))).not.toContain(false);
});

describe('fixed servers', () => {
  const SERVERS = ['cache2.example:11211', 'cache1.example:11211', 'cache3.example:11212'];
  const fingerprintOf = (...[servers, options]: Parameters<typeof createClient>): string | undefined =>
    opened(createClient(servers, options)).ringFingerprint;

  test('have fingerprints that are written down, so that none ever changes unnoticed', () => {
    expect(fingerprintOf(SERVERS)).toBe('a2e970fca3b5f5a4');
    expect(fingerprintOf(SERVERS, { hashing: 'pylibmc' })).toBe('cfa9bc50a0f9c555');
    expect(fingerprintOf(SERVERS, { hashing: 'modula' })).toBe('0cfdf1b594c52325');
    expect(fingerprintOf(SERVERS, { hashing: 'rendezvous' })).toBe('da652452d4930105');
    expect(fingerprintOf(['[::1]:11211', 'unix:/run/m.sock'])).toBe('8a33a11daa5e9096');
  });

  test.each([
    ['modula', false],
    ['python-memcached', false],
    ['ketama', true],
    ['rendezvous', true],
    ['pymemcache', true],
  ] as const)(
    'are counted off in the order they are given, by %s: the order is nothing: %s',
    (hashing, same) => {
      const prints = [SERVERS, SERVERS.toReversed()].map((servers) => fingerprintOf(servers, { hashing }));
      expect(prints[0] === prints[1]).toBe(same);
      const client = opened(createClient(SERVERS, { hashing }));
      expect(client.topology?.nodes.map(({ id }) => id)).toEqual(SERVERS);
    },
  );

  test('tell by their fingerprint where only keys outside ASCII differ', () => {
    const prints = [true, false].map((signedChar) =>
      fingerprintOf(SERVERS, { hashing: libmemcached({ signedChar }) }),
    );
    expect(prints[0]).not.toBe(prints[1]);
  });

  test('tell by their fingerprint how they are spelt', () => {
    expect(fingerprintOf(SERVERS.map((server) => server.toUpperCase()))).not.toBe(fingerprintOf(SERVERS));
  });

  test('have no address but that they are given by: with ringKey ip they have their names', () => {
    expect(fingerprintOf(SERVERS, { ringKey: 'ip' })).toBe(fingerprintOf(SERVERS));
  });

  test('need their addresses for names as Java has them', () => {
    expect(() => createClient(SERVERS, { hashing: 'spymemcached' })).toThrow(InvalidCacheConfigError);
    expect(fingerprintOf(['10.0.0.1', '10.0.0.2'], { hashing: 'spymemcached' })).toMatch(/^[\da-f]{16}$/);
    const hashing = spymemcached({ nodeName: 'libmemcached' });
    expect(fingerprintOf(SERVERS, { hashing })).toBe(fingerprintOf(SERVERS));
  });
});
