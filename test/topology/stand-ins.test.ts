import { describe, expect, test } from 'vitest';
import type { Node } from '../../src/node/node.ts';
import { ringByName } from '../../src/topology/ring/by-name.ts';
import type { HashRing, RingNode } from '../../src/topology/ring/ring.ts';
import { StandIns } from '../../src/topology/stand-ins.ts';

const KEYS = Array.from({ length: 500 }, (_, i) => `key:${i}`);

/** By the sum of a key's bytes: as a caller might write it. */
const ownRing: HashRing = (nodes) => (key) => Buffer.from(key).reduce((a, b) => a + b, 0) % nodes.length;

/** Nodes of which some are down, as far as stand-ins look at them. */
class Fleet {
  readonly nodes: { isDown: boolean }[];
  readonly rings: (readonly RingNode[])[] = [];
  readonly reported: Error[] = [];
  readonly standIns: StandIns;

  constructor(count: number, ring: HashRing) {
    this.nodes = Array.from({ length: count }, () => ({ isDown: false }));
    const ringNodes = this.nodes.map((_, i) => ({ host: `h${i}`, port: 11211, weight: 1 + (i % 2) }));
    const counted: HashRing = (nodes) => {
      this.rings.push(nodes);
      return ring(nodes);
    };
    this.standIns = new StandIns(this.nodes as unknown as Node[], ringNodes, counted, (error) =>
      this.reported.push(error),
    );
  }

  down(...indexes: number[]): void {
    for (const [i, node] of this.nodes.entries()) node.isDown = indexes.includes(i);
    this.standIns.healthChanged();
  }

  /** The index of the node that stands in for a key's own. */
  ownerOf(key: string): number {
    const placement = this.standIns.placement;
    const node = placement?.nodes[placement.locate(key)];
    return this.nodes.indexOf(node as unknown as { isDown: boolean });
  }
}

describe.each<readonly [string, HashRing]>([
  ['ketama', ringByName('ketama')],
  ['pylibmc', ringByName('pylibmc')],
  ["the caller's own", ownRing],
])('the ring %s', (_, ring) => {
  test('gives keys to nodes that are up, and to all of them', () => {
    const fleet = new Fleet(5, ring);
    fleet.down(1, 3);
    expect(new Set(KEYS.map((key) => fleet.ownerOf(key)))).toEqual(new Set([0, 2, 4]));
    fleet.down(4);
    expect(new Set(KEYS.map((key) => fleet.ownerOf(key)))).toEqual(new Set([0, 1, 2, 3]));
  });

  test('is built of the nodes that are up, as they were given, once for each set of them', () => {
    const fleet = new Fleet(4, ring);
    expect(fleet.rings).toEqual([]);
    fleet.down(0);
    expect(fleet.rings, 'not before it is needed').toEqual([]);
    for (const key of KEYS) fleet.ownerOf(key);
    fleet.down(0, 2);
    for (const key of KEYS) fleet.ownerOf(key);
    fleet.down(0);
    for (const key of KEYS) fleet.ownerOf(key);
    expect(fleet.rings.map((nodes) => nodes.map((node) => node.host))).toEqual([
      ['h1', 'h2', 'h3'],
      ['h1', 'h3'],
    ]);
  });
});

describe('where nodes look down', () => {
  test.each([
    [1, 0, false],
    [1, 1, true],
    [2, 1, false],
    [2, 2, true],
    [3, 1, false],
    [3, 2, true],
    [4, 2, false],
    [4, 3, true],
  ])('of %i nodes %i: most is %s', (count, down, most) => {
    const fleet = new Fleet(count, ownRing);
    fleet.down(...Array.from({ length: down }, (_, i) => i));
    expect(fleet.standIns.mostAreDown).toBe(most);
    expect(fleet.standIns.placement === undefined).toBe(most);
  });

  test('many sets of them do not fill memory, nor make a ring wrong', () => {
    const fleet = new Fleet(8, ownRing);
    for (let a = 0; a < 8; a++) {
      for (let b = 0; b < 8; b++) {
        fleet.down(a, b);
        expect([a, b]).not.toContain(fleet.ownerOf('key'));
      }
    }
  });

  test('a ring that takes fewer nodes for an error is reported once, and gives no stand-in', () => {
    const fleet = new Fleet(3, (nodes) => {
      if (nodes.length < 3) throw new RangeError('three or nothing');
      return () => 0;
    });
    fleet.down(1);
    expect([fleet.standIns.placement, fleet.standIns.placement]).toEqual([undefined, undefined]);
    expect(fleet.reported).toEqual([new RangeError('three or nothing')]);
  });
});
