import { describe, expect, test } from 'vitest';
import { NoNodesError } from '../../../src/errors.ts';
import { RING_NAMES, type RingName, ringByName } from '../../../src/topology/ring/by-name.ts';
import type { HashRing, RingNode } from '../../../src/topology/ring/ring.ts';

/** Those that count servers off move most keys when there is another. */
const MODULO = ['modula', 'python-memcached', 'java-modulo', 'gomemcache'] as const;
const CONSISTENT = RING_NAMES.filter((name) => !MODULO.some((modulo) => modulo === name));
/** Shares, as multiples of the even one. twemproxy's hash, 32 bits of FNV-1a, spreads alike keys worse. */
const limitsOf = (name: RingName): readonly [least: number, most: number] =>
  name === 'twemproxy' ? [0.4, 1.7] : [0.7, 1.35];
/** Without 6 and 13: hashring has fewer points for each of 7 and 14 nodes, and so moves more. */
const SIZES = [3, 4, 5, 8, 12, 20];
const KEYS = Array.from({ length: 20_000 }, (_, i) => `app:1:user:${i}`);

function cluster(size: number): RingNode[] {
  return Array.from({ length: size }, (_, i) => ({
    host: `mycluster.abc123.${String(i + 1).padStart(4, '0')}.use1.cache.amazonaws.com`,
    port: 11211,
    weight: 1,
    address: `10.0.0.${i + 1}`,
  }));
}

function ownersOf(ring: HashRing, nodes: readonly RingNode[]): number[] {
  return KEYS.map(ring(nodes));
}

/** How many keys each node has, as a multiple of the even share. */
function loads(owners: readonly number[], nodeCount: number): number[] {
  const counts = Array.from({ length: nodeCount }, () => 0);
  for (const owner of owners) counts[owner] = (counts[owner] ?? 0) + 1;
  return counts.map((count) => (count * nodeCount) / owners.length);
}

test('no two names are one ring', () => {
  const placements = RING_NAMES.map((name) => ownersOf(ringByName(name), cluster(7)).join());
  expect(new Set(placements).size).toBe(RING_NAMES.length);
});

describe.each(RING_NAMES)('%s', (name) => {
  const ring = ringByName(name);

  test('needs a node', () => {
    expect(() => ring([])).toThrow(NoNodesError);
  });

  test('gives one node every key', () => {
    expect(new Set(ownersOf(ring, cluster(1)))).toEqual(new Set([0]));
  });

  test('has a node for any bytes', () => {
    const locate = ring(cluster(3));
    for (const key of ['', '\xff', 'é\x80', `${'\xc3\xa9'.repeat(125)}`, 'x'.repeat(1000)]) {
      expect([0, 1, 2]).toContain(locate(key));
    }
  });
});

describe.each(CONSISTENT)('%s', (name) => {
  const ring = ringByName(name);
  const [least, most] = limitsOf(name);

  test('spreads keys over 3 to 20 nodes', () => {
    for (const size of SIZES) {
      const shares = loads(ownersOf(ring, cluster(size)), size);
      expect(Math.min(...shares), `least of ${size}`).toBeGreaterThan(least);
      expect(Math.max(...shares), `most of ${size}`).toBeLessThan(most);
    }
  });

  test('moves keys only to a node that is added, and no more than its share', () => {
    for (const size of SIZES) {
      const before = ownersOf(ring, cluster(size));
      const after = ownersOf(ring, cluster(size + 1));
      const moved = after.filter((owner, i) => owner !== before[i]);
      expect(new Set(moved), `${size} nodes`).toEqual(new Set([size]));
      const share = (moved.length * (size + 1)) / KEYS.length;
      expect(share, `${size} nodes`).toBeGreaterThan(least);
      expect(share, `${size} nodes`).toBeLessThan(most);
    }
  });

  test('does not depend on the order of the list', () => {
    const nodes = cluster(5);
    const reversed = ownersOf(ring, nodes.toReversed()).map((owner) => nodes.length - 1 - owner);
    expect(reversed).toEqual(ownersOf(ring, nodes));
  });
});

/** The shares of three nodes, of which the first has twice the weight. */
function loadsByWeight(name: RingName): number[] {
  const nodes = cluster(3).map((node, i) => ({ ...node, weight: i === 0 ? 2 : 1 }));
  return loads(ownersOf(ringByName(name), nodes), 3);
}

test.each(CONSISTENT.filter((name) => name !== 'pymemcache'))(
  '%s takes more keys to a node of more weight',
  (name) => {
    const [heavy = 0, ...light] = loadsByWeight(name);
    expect(heavy).toBeGreaterThan(1.2 * Math.max(...light));
  },
);

test('pymemcache knows no weights', () => {
  expect(loadsByWeight('pymemcache')).toEqual(loads(ownersOf(ringByName('pymemcache'), cluster(3)), 3));
});

describe('rendezvous by weight', () => {
  const weigh = (...weights: number[]): RingNode[] =>
    cluster(weights.length).map((node, i) => ({ ...node, weight: weights[i] ?? 1 }));
  const ring = ringByName('rendezvous');

  test.each([[[1, 2, 3]], [[10, 1]], [[600, 300, 200, 350, 1000]], [[1, 1_000_000]]])(
    'gives nodes of weights %j their shares',
    (weights) => {
      const total = weights.reduce((sum, weight) => sum + weight);
      const owners = ownersOf(ring, weigh(...weights));
      weights.forEach((weight, node) => {
        const share = owners.filter((owner) => owner === node).length / owners.length;
        expect(Math.abs(share - weight / total)).toBeLessThan(0.015);
      });
    },
  );

  test('gives keys only to the node that is made heavier', () => {
    const before = ownersOf(ring, weigh(1, 2, 3, 4));
    const after = ownersOf(ring, weigh(1, 3, 3, 4));
    const moved = after.filter((owner, i) => owner !== before[i]);
    expect(moved.length).toBeGreaterThan(0);
    expect(new Set(moved)).toEqual(new Set([1]));
  });

  test('heeds only how weights are to each other', () => {
    expect(ownersOf(ring, weigh(2, 2, 2))).toEqual(ownersOf(ring, weigh(1, 1, 1)));
    expect(ownersOf(ring, weigh(7, 14, 21))).toEqual(ownersOf(ring, weigh(1, 2, 3)));
  });
});

test.each(MODULO)('%s moves most keys when a node is added', (name) => {
  const ring = ringByName(name);
  const [before, after] = [ownersOf(ring, cluster(5)), ownersOf(ring, cluster(6))];
  const moved = after.filter((owner, i) => owner !== before[i]).length;
  expect(moved / KEYS.length).toBeGreaterThan(0.7);
});

test.each(['ketama', 'pylibmc', 'rendezvous', 'dalli'] as const)(
  '%s takes the names of nodes as they are spelt',
  (name) => {
    const nodes = cluster(3);
    const spelt = nodes.map((node) => ({ ...node, host: node.host.toUpperCase() }));
    const [owners, others] = [ownersOf(ringByName(name), nodes), ownersOf(ringByName(name), spelt)];
    // As many keys stay as by chance.
    const same = owners.filter((owner, index) => owner === others[index]).length;
    expect(same / KEYS.length).toBeLessThan(0.6);
  },
);
