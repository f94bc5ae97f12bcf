import { describe, expect, test } from 'vitest';
import { md5Uint32LE, md5Words } from '../../../src/common/hash/md5.ts';
import { oneAtATime } from '../../../src/common/hash/one-at-a-time.ts';
import { InvalidCacheConfigError } from '../../../src/errors.ts';
import { toByteString } from '../../../src/protocol/key.ts';
import { ringByName } from '../../../src/topology/ring/by-name.ts';
import {
  type Continuum,
  continuumLocator,
  continuumOf,
  lastWins,
} from '../../../src/topology/ring/continuum.ts';
import { ketama, type LibmemcachedOptions, libmemcached } from '../../../src/topology/ring/libmemcached.ts';
import { keyHashOf, type LibmemcachedHash } from '../../../src/topology/ring/libmemcached-hash.ts';
import { libmemcachedName } from '../../../src/topology/ring/node-name.ts';
import { digestPoints, floatDigestCounts, hashedPoints } from '../../../src/topology/ring/points.ts';
import type { HashRing, RingNode } from '../../../src/topology/ring/ring.ts';
import { type ContinuumVector, keys, nodesOf, ownersOf, vectors } from './vectors.ts';

const pylibmc = ringByName('pylibmc');

/** The ring for what pylibmc is told, by the table of docs/sharing-a-cluster.md. */
function ringOf(behaviors: Readonly<Record<string, string | boolean>>): HashRing {
  const { distribution, hash, ketama: unweighted, ketama_weighted: weighted } = behaviors;
  if (weighted === true) return ketama;
  return libmemcached({
    ...(unweighted === true ? { distribution: 'consistent' } : {}),
    ...(distribution === undefined ? {} : { distribution }),
    ...(hash === undefined ? {} : { hash }),
  } as LibmemcachedOptions);
}

const weightedPoints = (nodes: readonly RingNode[]): number[][] =>
  digestPoints(nodes.map(libmemcachedName), floatDigestCounts(nodes), md5Words);

function pointsAt(continuum: Continuum, start: number, end?: number): [number, number][] {
  const owners = [...continuum.owners.slice(start, end)];
  return [...continuum.points.slice(start, end)].map((point, i) => [point, owners[i] ?? -1]);
}

function pointsPerNode(continuum: Continuum, nodeCount: number): number[] {
  const counts = Array.from({ length: nodeCount }, () => 0);
  for (const owner of continuum.owners) counts[owner] = (counts[owner] ?? 0) + 1;
  return counts;
}

test('the vectors are there', () => {
  expect(keys).toHaveLength(154);
  expect(Object.keys(vectors.servers)).toHaveLength(6);
  expect(Object.keys(vectors.behaviors)).toHaveLength(19);
  expect(Object.keys(vectors.hash_values)).toHaveLength(9);
  for (const placed of Object.values(vectors.vectors)) {
    expect(Object.keys(placed)).toEqual(Object.keys(vectors.behaviors));
  }
});

describe('hashes of the keys', () => {
  test.each(Object.keys(vectors.hash_values))('%s', (name) => {
    const hashOf = keyHashOf(name as LibmemcachedHash, true);
    expect(keys.map((key) => hashOf(key))).toEqual(vectors.hash_values[name]);
  });

  test('where char is unsigned, keys outside ASCII have others, and only of some', () => {
    expect(oneAtATime(toByteString('é'))).toBe(0x0191_48ae);
    expect(oneAtATime(toByteString('é'), false)).toBe(0xae86_00ef);
    const differing = Object.keys(vectors.hash_values).filter((name) => {
      const [signed, unsigned] = [true, false].map((signedChar) =>
        keyHashOf(name as LibmemcachedHash, signedChar),
      );
      for (const key of keys.filter((each) => /^[ -~]*$/.test(each)))
        expect(unsigned?.(key)).toBe(signed?.(key));
      return keys.some((key) => signed?.(key) !== unsigned?.(key));
    });
    expect(differing).toEqual(['default', 'fnv1_64', 'fnv1a_64', 'fnv1_32', 'fnv1a_32']);
    const place = (signedChar: boolean): number =>
      libmemcached({ signedChar })(nodesOf(['a:1', 'b:1', 'c:1']))(toByteString('é'));
    expect([place(true), place(false)]).toEqual([0x0191_48ae % 3, 0xae86_00ef % 3]);
  });
});

describe.each(Object.keys(vectors.servers))('placement on %s', (name) => {
  const nodes = nodesOf(vectors.servers[name] ?? []);

  test.each(Object.entries(vectors.behaviors))('by %s', (behavior, behaviors) => {
    expect(ownersOf(ringOf(behaviors), nodes)).toBe(vectors.vectors[name]?.[behavior]);
  });
});

test.each([
  ['ketama', { ketama_weighted: true }],
  ['pylibmc', { ketama: true }],
  ['modula', {}],
] as const)('%s is the ring of %j', (name, behaviors) => {
  const nodes = nodesOf(vectors.servers.weighted_1234 ?? []);
  expect(ownersOf(ringByName(name), nodes)).toBe(ownersOf(ringOf(behaviors), nodes));
});

test('a list in another order is another ring for modula, and the same for ketama', () => {
  const nodes = nodesOf(vectors.servers.ips_11211 ?? []);
  const reversed = (ring: HashRing): string =>
    [...ownersOf(ring, nodes.toReversed())].map((owner) => nodes.length - 1 - Number(owner)).join('');
  expect(reversed(pylibmc)).toBe(ownersOf(pylibmc, nodes));
  expect(reversed(ringByName('modula'))).not.toBe(ownersOf(ringByName('modula'), nodes));
});

test.each([
  ['pylibmc', '210100212220211121210011121010221111101222001222122020020100'],
  ['ketama', '112222000201121212022112202212110021112202212111201020212211'],
] as const)('%s places keys on unix sockets as pylibmc 1.6.3 was seen to', (name, owners) => {
  const sockets = [0, 1, 2].map((i) => ({ host: `/tmp/hr/m${i}.sock`, port: 0, weight: 1 }));
  const locate = ringByName(name)(sockets);
  expect(Array.from(owners, (_, i) => locate(`k${i}`)).join('')).toBe(owners);
});

test.each([
  [{ distribution: 'ketama' }, "distribution must be 'modula' or 'consistent' or"],
  [{ distribution: 'toString' }, 'distribution must be'],
  [{ hash: 'hsieh' }, "hash must be 'default' or 'md5' or"],
  [{ hash: 'constructor' }, 'hash must be'],
])('%j is refused', (options, message) => {
  const make = (): HashRing => libmemcached(options as LibmemcachedOptions);
  expect(make).toThrow(InvalidCacheConfigError);
  expect(make).toThrow(message);
});

describe('names of nodes', () => {
  test.each([
    [{ host: 'a', port: 11211 }, 'a'],
    [{ host: 'a', port: 11212 }, 'a:11212'],
    [{ host: '::1', port: 11211 }, '::1'],
    [{ host: '::1', port: 11212 }, '::1:11212'],
    [{ host: '/run/m.sock', port: 0 }, '/run/m.sock:0'],
  ])('%j is %s', (node, name) => {
    expect(libmemcachedName({ ...node, weight: 1 })).toBe(name);
  });
});

describe('continuum', () => {
  const { float32_edge_cases: edges, ...continuums } = vectors.continuum;

  test.each(Object.entries<ContinuumVector>(continuums))('of %s', (name, expected) => {
    const nodes = nodesOf(vectors.servers[name.split('/')[0] ?? ''] ?? []);
    const points =
      expected.weighted === 1
        ? weightedPoints(nodes)
        : hashedPoints(nodes.map(libmemcachedName), 100, oneAtATime);
    const continuum = continuumOf(points);
    expect(continuum.points).toHaveLength(expected.total);
    expect(pointsPerNode(continuum, nodes.length)).toEqual(expected.points_per_server);
    expect(pointsAt(continuum, 0, 8)).toEqual(expected.first_8);
    expect(pointsAt(continuum, -2)).toEqual(expected.last_2);
  });

  test.each([25, 47, 100])('of %i equal nodes: float rounding leaves 156 points each', (count) => {
    const edge = edges[`${count}_equal_servers_10.2.0.1..${count}:11211/ketama_weighted`];
    const nodes = Array.from({ length: count }, (_, i) => ({
      host: `10.2.0.${i + 1}`,
      port: 11211,
      weight: 1,
    }));
    const continuum = continuumOf(weightedPoints(nodes));
    expect(edge?.total).toBe(count * 156);
    expect(continuum.points).toHaveLength(count * 156);
    expect(new Set(pointsPerNode(continuum, count))).toEqual(new Set([156]));
    expect(pointsAt(continuum, 0, 8)).toEqual(edge?.first_8);
  });

  test.each([
    [
      [1, 29, 30],
      [8, 228, 240],
    ],
    [
      [1, 2, 3],
      [80, 160, 240],
    ],
    [
      [600, 300, 200, 350, 1000, 800, 950, 100],
      [176, 88, 56, 104, 296, 236, 280, 28],
    ],
  ])('of weights %j', (weights, expected) => {
    const nodes = weights.map((weight, i) => ({ host: `node${i}`, port: 11211, weight }));
    expect(weightedPoints(nodes).map((points) => points.length)).toEqual(expected);
  });

  test('the case of those weights is in the vectors', () => {
    expect(edges['a:11211:1,b:11211:29,c:11211:30/ketama_weighted']?.points_per_server).toEqual([
      8, 228, 240,
    ]);
  });

  const shared = [
    [900, 500],
    [500, 100],
    [100, 500],
  ];
  const probes = ['0', '100', '101', '500', '501', '900', '901'];

  test('gives the point that nodes share to the first', () => {
    const locate = continuumLocator(continuumOf(shared), Number);
    expect(probes.map((probe) => locate(probe))).toEqual([1, 1, 0, 0, 0, 0, 1]);
  });

  test('of Java gives the point that nodes share to the last', () => {
    const locate = continuumLocator(lastWins(shared), Number);
    expect(probes.map((probe) => locate(probe))).toEqual([2, 2, 2, 2, 0, 0, 2]);
  });

  test('keeps the highest point and the highest owner exact', () => {
    const nodeCount = 65_536;
    const points = Array.from({ length: nodeCount }, (_, i) => (i === nodeCount - 1 ? [0xffff_ffff] : []));
    const continuum = continuumOf(points);
    expect([continuum.points[0], continuum.owners[0]]).toEqual([0xffff_ffff, nodeCount - 1]);
    expect(() => continuumOf([...points, []])).toThrow(RangeError);
  });
});

describe('an ElastiCache cluster of three', () => {
  const hosts = ['0001', '0002', '0003'].map((id) => `mycluster.abc123.${id}.use1.cache.amazonaws.com`);
  const on = (port: number): RingNode[] => hosts.map((host) => ({ host, port, weight: 1 }));

  // Owners: weighted on 11211, pylibmc on 11211, weighted on 22122, pylibmc on 22122.
  test.each([
    ['foo', [1, 1, 0, 2]],
    ['bar', [2, 2, 2, 1]],
    ['key:1', [0, 0, 0, 0]],
    ['key:2', [0, 2, 2, 1]],
    ['session:42', [2, 0, 0, 0]],
    ['user:1000', [1, 1, 0, 0]],
    ['été:1', [1, 0, 2, 2]],
    ['a', [1, 1, 2, 2]],
  ])('places %s', (text, owners) => {
    const key = toByteString(text);
    const rings = [ketama(on(11211)), pylibmc(on(11211)), ketama(on(22122)), pylibmc(on(22122))];
    expect(rings.map((locate) => locate(key))).toEqual(owners);
  });

  test('wraps from the last point to the first', () => {
    const continuum = continuumOf(weightedPoints(on(11211)));
    expect(md5Uint32LE('VDEAAAAA')).toBe(0xfffcd1b5);
    expect(continuum.points.at(-1)).toBeLessThan(0xfffcd1b5);
    expect(ketama(on(11211))('VDEAAAAA')).toBe(continuum.owners[0]);
  });
});
