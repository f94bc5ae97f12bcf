import { murmur3, murmur3Ends, murmur3Start } from '../../common/hash/murmur3.ts';
import { toByteString } from '../../protocol/key.ts';
import { plainName } from './node-name.ts';
import { type HashRing, hashRing, type RingNode } from './ring.ts';

const SPAN = 2 ** 32;

/**
 * A ring of memfleet's own, for fleets without clients of other kinds: rendezvous hashing (highest random
 * weight). It spreads keys most evenly, moves none but to a node that is added or from one that is removed, and
 * heeds weights exactly. Its time grows with the number of nodes.
 *
 * A node's score for a key is `murmur3(key, seed)`, where `seed` is `murmur3('host:port', 0)`; where weights
 * differ it is `weight / -ln((murmur3 + 0.5) / 2^32)` (Schindelhauer and Schomaker, 2005). The highest has the
 * key; of equal scores, the one whose name is greater.
 */
export const rendezvous: HashRing = hashRing((nodes) => {
  const contenders = contendersOf(nodes);
  const starts = contenders.map(({ name }) => murmur3Start('', murmur3(toByteString(name))));
  const hashes = new Uint32Array(starts.length);
  const best = haveOneWeight(nodes)
    ? indexOfHighest
    : highestByWeight(contenders.map(({ weight }) => weight));
  return (key) => {
    murmur3Ends(starts, key, hashes);
    return contenders[best(hashes)]?.index as number;
  };
});

/** A node as it competes for keys. */
export interface Contender {
  readonly index: number;
  readonly name: string;
  readonly weight: number;
}

/** The greater names come first: of equal scores, the first is taken. */
export function contendersOf(nodes: readonly RingNode[]): readonly Contender[] {
  return nodes
    .map((node, index) => ({ index, name: plainName(node), weight: node.weight }))
    .sort((a, b) => (a.name > b.name ? -1 : 1));
}

function haveOneWeight([first, ...others]: readonly RingNode[]): boolean {
  return others.every(({ weight }) => weight === first?.weight);
}

/** The first of them, where there are several. */
export function indexOfHighest(hashes: Uint32Array): number {
  let best = 0;
  for (let i = 1; i < hashes.length; i++) {
    if ((hashes[i] as number) > (hashes[best] as number)) best = i;
  }
  return best;
}

function highestByWeight(weights: readonly number[]): (hashes: Uint32Array) => number {
  return (hashes) => {
    let best = 0;
    let highest = 0;
    for (let i = 0; i < hashes.length; i++) {
      const score = (weights[i] as number) / -Math.log(((hashes[i] as number) + 0.5) / SPAN);
      if (score > highest) {
        highest = score;
        best = i;
      }
    }
    return best;
  };
}
