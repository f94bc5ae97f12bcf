import { describe, expect, test } from 'vitest';
import { NoNodesError } from '../../../src/errors.ts';
import { type RingName, ringByName } from '../../../src/topology/ring/by-name.ts';
import { ketama } from '../../../src/topology/ring/ketama.ts';
import { pylibmcKetama } from '../../../src/topology/ring/pylibmc.ts';
import type { HashRing, RingNode } from '../../../src/topology/ring/ring.ts';

const NAMES: readonly RingName[] = ['ketama', 'pylibmc'];
const KEYS = Array.from({ length: 20_000 }, (_, i) => `app:1:user:${i}`);

function cluster(size: number): RingNode[] {
  return Array.from({ length: size }, (_, i) => ({
    host: `mycluster.abc123.${String(i + 1).padStart(4, '0')}.use1.cache.amazonaws.com`,
    port: 11211,
    weight: 1,
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

test('a name gives its ring', () => {
  expect(ringByName('ketama')).toBe(ketama);
  expect(ringByName('pylibmc')).toBe(pylibmcKetama);
});

describe.each(NAMES)('%s', (name) => {
  const ring = ringByName(name);

  test('needs a node', () => {
    expect(() => ring([])).toThrow(NoNodesError);
  });

  test('gives one node every key', () => {
    expect(new Set(ownersOf(ring, cluster(1)))).toEqual(new Set([0]));
  });

  test('spreads keys over 3 to 20 nodes', () => {
    for (let size = 3; size <= 20; size++) {
      const shares = loads(ownersOf(ring, cluster(size)), size);
      expect(Math.min(...shares), `least of ${size}`).toBeGreaterThan(0.7);
      expect(Math.max(...shares), `most of ${size}`).toBeLessThan(1.35);
    }
  });

  test('moves keys only to a node that is added, and no more than its share', () => {
    for (let size = 3; size < 20; size++) {
      const before = ownersOf(ring, cluster(size));
      const after = ownersOf(ring, cluster(size + 1));
      const moved = after.filter((owner, i) => owner !== before[i]);
      expect(new Set(moved), `${size} nodes`).toEqual(new Set([size]));
      const share = (moved.length * (size + 1)) / KEYS.length;
      expect(share, `${size} nodes`).toBeGreaterThan(0.7);
      expect(share, `${size} nodes`).toBeLessThan(1.35);
    }
  });

  test('does not depend on the order of the list', () => {
    const nodes = cluster(5);
    const reversed = ownersOf(ring, nodes.toReversed()).map((owner) => nodes.length - 1 - owner);
    expect(reversed).toEqual(ownersOf(ring, nodes));
  });

  test('takes more keys to a node of more weight', () => {
    const nodes = cluster(3).map((node, i) => ({ ...node, weight: i === 0 ? 2 : 1 }));
    const [heavy = 0, ...light] = loads(ownersOf(ring, nodes), 3);
    expect(heavy).toBeGreaterThan(1.2 * Math.max(...light));
  });
});

test.each(['ketama', 'pylibmc'] as const)('%s takes the names of nodes as they are spelt', (name) => {
  const nodes = cluster(3);
  const spelt = nodes.map((node) => ({ ...node, host: node.host.toUpperCase() }));
  const [owners, others] = [ownersOf(ringByName(name), nodes), ownersOf(ringByName(name), spelt)];
  // As many keys stay as by chance.
  const same = owners.filter((owner, index) => owner === others[index]).length;
  expect(same / KEYS.length).toBeLessThan(0.6);
});
