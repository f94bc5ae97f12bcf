import { describe, expect, test } from 'vitest';
import { md5Uint32LE } from '../../../src/common/hash/md5.ts';
import { oneAtATime } from '../../../src/common/hash/one-at-a-time.ts';
import { toByteString } from '../../../src/protocol/key.ts';
import { type Continuum, continuumLocator, continuumOf } from '../../../src/topology/ring/continuum.ts';
import { ketama } from '../../../src/topology/ring/ketama.ts';
import { unweightedPoints, weightedPoints } from '../../../src/topology/ring/points.ts';
import { pylibmcKetama } from '../../../src/topology/ring/pylibmc.ts';
import type { HashRing, RingNode } from '../../../src/topology/ring/ring.ts';
import { type ContinuumVector, keys, nodesOf, vectors } from './vectors.ts';

/** What pylibmc is told, and the ring that does the same. */
const RINGS: Readonly<Record<string, HashRing>> = {
  ketama_weighted: ketama,
  ketama: pylibmcKetama,
  consistent: pylibmcKetama,
  ketama_ketamahash_md5: pylibmcKetama,
  consistent_weighted: (nodes) => continuumLocator(continuumOf(weightedPoints(nodes)), oneAtATime),
  ketama_md5: (nodes) => {
    const weighted = nodes.some((node) => node.weight > 1);
    const points = weighted ? weightedPoints(nodes) : unweightedPoints(nodes, md5Uint32LE);
    return continuumLocator(continuumOf(points), md5Uint32LE);
  },
};

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
});

describe('hashes of the keys', () => {
  test('one-at-a-time', () => {
    expect(keys.map(oneAtATime)).toEqual(vectors.hash_values.default);
  });

  test('MD5', () => {
    expect(keys.map(md5Uint32LE)).toEqual(vectors.hash_values.md5);
  });
});

describe.each(Object.keys(vectors.servers))('placement on %s', (name) => {
  const nodes = nodesOf(vectors.servers[name] ?? []);

  test.each(Object.entries(RINGS))('by %s', (behaviour, ring) => {
    const locate = ring(nodes);
    expect(keys.map((key) => locate(key).toString(16)).join('')).toBe(vectors.vectors[name]?.[behaviour]);
  });
});

describe('continuum', () => {
  const { float32_edge_cases: edges, ...continuums } = vectors.continuum;

  test.each(Object.entries<ContinuumVector>(continuums))('of %s', (name, expected) => {
    const nodes = nodesOf(vectors.servers[name.split('/')[0] ?? ''] ?? []);
    const points = expected.weighted === 1 ? weightedPoints(nodes) : unweightedPoints(nodes, oneAtATime);
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

  test('gives the point that two nodes share to the first', () => {
    const locate = continuumLocator(
      continuumOf([
        [900, 500],
        [500, 100],
        [100, 500],
      ]),
      Number,
    );
    expect(['0', '100', '101', '500', '501', '900', '901'].map(locate)).toEqual([1, 1, 0, 0, 0, 0, 1]);
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
    const rings = [ketama(on(11211)), pylibmcKetama(on(11211)), ketama(on(22122)), pylibmcKetama(on(22122))];
    expect(rings.map((locate) => locate(key))).toEqual(owners);
  });

  test('wraps from the last point to the first', () => {
    const continuum = continuumOf(weightedPoints(on(11211)));
    expect(md5Uint32LE('VDEAAAAA')).toBe(0xfffcd1b5);
    expect(continuum.points.at(-1)).toBeLessThan(0xfffcd1b5);
    expect(ketama(on(11211))('VDEAAAAA')).toBe(continuum.owners[0]);
  });
});
