/** Rings of clients other than libmemcached, against recorded placements and their own tests' fixtures. */
import { describe, expect, test } from 'vitest';
import { InvalidCacheConfigError } from '../../../src/errors.ts';
import { type RingName, ringByName } from '../../../src/topology/ring/by-name.ts';
import { plainName } from '../../../src/topology/ring/node-name.ts';
import type { RingNode } from '../../../src/topology/ring/ring.ts';
import { type SpymemcachedOptions, spymemcached } from '../../../src/topology/ring/spymemcached.ts';
import { nodesOf, ownersOf, readVectors, vectors } from './vectors.ts';

type Servers = readonly (readonly [name: string, weight: number])[];

const rings = readVectors<{
  readonly servers: Readonly<Record<string, Servers>>;
  readonly owners: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly resolved: { readonly servers: Servers; readonly owners: Readonly<Record<string, string>> };
}>('rings.json');
const fixtures =
  readVectors<
    Readonly<Record<'spymemcached' | 'aws-java', Readonly<Record<'local' | 'eight', Record<string, number>>>>>
  >('java-fixtures.json');

test('the vectors are there', () => {
  expect(Object.keys(rings.owners)).toHaveLength(7);
  expect(Object.keys(vectors.rendezvous_pymemcache)).toHaveLength(6);
  expect(Object.keys(vectors.python_memcached)).toHaveLength(5);
});

describe.each(Object.entries(rings.owners))('%s', (name, owners) => {
  test.each(Object.entries(rings.servers))('%s', (fleet, servers) => {
    const nodes = nodesOf(servers.map(([server, weight]) => `${server}:${weight}`));
    expect(ownersOf(ringByName(name as RingName), nodes)).toBe(owners[fleet]);
  });
});

describe('pymemcache', () => {
  test.each(Object.entries(vectors.rendezvous_pymemcache))('%s', (name, { nodes: names, index }) => {
    const nodes = nodesOf(vectors.servers[name] ?? []);
    expect(nodes.map(plainName)).toEqual(names);
    expect(ownersOf(ringByName('pymemcache'), nodes)).toBe(index);
  });

  test('names a unix socket by its path', () => {
    expect(plainName({ host: '/run/m.sock', port: 0, weight: 1 })).toBe('/run/m.sock');
  });
});

describe('python-memcached', () => {
  test.each(Object.entries(vectors.python_memcached))('%s', (name, owners) => {
    expect(ownersOf(ringByName('python-memcached'), nodesOf(vectors.servers[name] ?? []))).toBe(owners);
  });

  test('takes a hash of 0 for 1', () => {
    // The CRC-32 of this key is 0x83dd, whose upper half is nothing.
    expect(ringByName('python-memcached')(nodesOf(['a:1', 'b:1']))('zero:3529')).toBe(1);
  });

  test('has no bucket beyond its hashes, however heavy the nodes are', () => {
    const locate = ringByName('python-memcached')(nodesOf(['a:1:1000000000', 'b:1:1000000000']));
    expect(new Set(['a', 'b', 'c', 'd'].map(locate))).toEqual(new Set([0]));
  });
});

describe.each(['spymemcached', 'aws-java'] as const)('%s', (name) => {
  test('has keys where the tests of the client have them', () => {
    const { local, eight } = fixtures[name];
    const four = nodesOf([0, 1, 2, 3].map((i) => `127.0.0.1:${10_000 + i}`));
    const addresses = nodesOf([1, 2, 3, 4, 5, 6, 7, 8].map((i) => `10.0.1.${i}:11211`));
    expect(Object.keys(local).length).toBeGreaterThan(5);
    expect(Object.keys(eight).length).toBeGreaterThan(50);
    for (const [nodes, owners] of [
      [four, local],
      [addresses, eight],
    ] as const) {
      const locate = ringByName(name)(nodes);
      expect(Object.fromEntries(Object.keys(owners).map((key) => [key, locate(key)]))).toEqual(owners);
    }
  });

  test('names a node of discovery by name and address, as Java does', () => {
    const nodes = rings.resolved.servers.map(([text, weight]): RingNode => {
      const [host = '', address = '', port] = text.split(/[/:]/);
      return { host, address, port: Number(port), weight };
    });
    expect(ownersOf(ringByName(name), nodes)).toBe(rings.resolved.owners[name]);
  });

  test.each([
    ['a name without an address', { host: 'cache1.example.com' }],
    ['an IPv6 address, which Java spells by its version', { host: '::1' }],
    ['a name with an IPv6 address', { host: 'cache1.example.com', address: '::1' }],
    ['a unix socket', { host: '/run/m.sock', port: 0 }],
  ])('refuses %s rather than to guess', (_what, node) => {
    const nodes = [
      { port: 11211, weight: 1, ...node },
      { host: '10.0.0.1', port: 11211, weight: 1 },
    ];
    expect(() => ringByName(name)(nodes)).toThrow(InvalidCacheConfigError);
    expect(() => ringByName(name)(nodes)).toThrow("set ringKey: 'ip'");
  });
});

describe('names of nodes for spymemcached', () => {
  test('as libmemcached has them, by the fixture of AWS', () => {
    const ring = spymemcached({ digest: 'sha384', nodeName: 'libmemcached' });
    const locate = ring(nodesOf(['localhost:11211:8', 'localhost:11212:8']));
    expect(['key1', 'key2', 'key3', 'key4'].map(locate)).toEqual([1, 1, 0, 0]);
  });

  test('as libmemcached has them, with the weights that are given', () => {
    const nodes = nodesOf(vectors.servers.weighted_1234 ?? []);
    const ring = spymemcached({ nodeName: 'libmemcached' });
    expect(ownersOf(ring, nodes)).toBe(vectors.vectors.weighted_1234?.ketama_weighted);
  });

  test('by a function', () => {
    const nodes = nodesOf(['a.example:11211', 'b.example:11211', 'c.example:11212']);
    const named = spymemcached({
      nodeName: ({ host, port }) => `${host}${port === 11211 ? '' : `:${port}`}`,
    });
    expect(ownersOf(named, nodes)).toBe(ownersOf(spymemcached({ nodeName: 'libmemcached' }), nodes));
  });

  test('needs names that are texts', () => {
    const nodes = nodesOf(['a.example:11211', 'b.example:11211']);
    const ring = spymemcached({ nodeName: (() => undefined) as unknown as () => string });
    expect(() => ring(nodes)).toThrow(InvalidCacheConfigError);
    expect(() => ring(nodes)).toThrow('nodeName must give a string, not undefined');
  });

  test.each([
    [{ digest: 'sha1' }, "digest must be 'md5' or 'sha384'"],
    [{ nodeName: 'ip' }, "nodeName must be 'spymemcached' or 'libmemcached' or a function"],
  ])('%j is refused', (options, message) => {
    expect(() => spymemcached(options as SpymemcachedOptions)).toThrow(message);
  });
});
