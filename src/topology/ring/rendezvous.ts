/** Rendezvous hashing (highest random weight): each node has a score for a key, and the highest has the key. */
import {
  type Murmur3Start,
  murmur3,
  murmur3End,
  murmur3Seed,
  murmur3Start,
} from '../../common/hash/murmur3.ts';
import { utf8Text } from '../../common/utf8-text.ts';
import { toByteString } from '../../protocol/key.ts';
import { plainName } from './node-name.ts';
import { type HashRing, hashRing, type KeyLocator, type RingNode } from './ring.ts';

const SPAN = 2 ** 32;

/** A node as it competes for keys. */
interface Contender {
  readonly index: number;
  readonly name: string;
  readonly weight: number;
  readonly start: Murmur3Start;
}

/**
 * A ring of memfleet's own, for fleets without clients of other kinds: it spreads keys most evenly, moves none
 * but to a node that is added or from one that is removed, and heeds weights exactly.
 *
 * A node's score is `murmur3(key, seed)`, where `seed` is `murmur3(host:port, 0)`; with unlike weights it is
 * `weight / -ln((murmur3 + 0.5) / 2^32)` (Schindelhauer and Schomaker, 2005). Of equal scores the
 * greater name wins.
 */
export const rendezvous: HashRing = hashRing((nodes) => {
  const contenders = contendersOf(nodes, (name) => murmur3Seed(murmur3(toByteString(name))));
  const [first] = nodes;
  return nodes.every(({ weight }) => weight === first?.weight)
    ? highest(contenders)
    : highestByWeight(contenders);
});

/**
 * pymemcache's `HashClient` (its `RendezvousHash`), and so Django's `PyMemcacheCache`: `murmur3` of
 * `host:port-key`, of which it takes the low byte of each code point. It has no weights.
 */
export const pymemcache: HashRing = hashRing((nodes) => {
  const locate = highest(contendersOf(nodes, (name) => murmur3Start(`${lowBytes(name)}-`)));
  return (key) => locate(lowBytes(utf8Text(key)));
});

/** Those whose names are greater come first: of equal scores, the first is taken. */
function contendersOf(
  nodes: readonly RingNode[],
  startOf: (name: string) => Murmur3Start,
): readonly Contender[] {
  return nodes
    .map((node, index) => {
      const name = plainName(node);
      return { index, name, weight: node.weight, start: startOf(name) };
    })
    .sort((a, b) => (a.name > b.name ? -1 : 1));
}

function highest(contenders: readonly Contender[]): KeyLocator {
  return (key) => {
    let best = -1;
    let owner = 0;
    for (const { index, start } of contenders) {
      const score = murmur3End(start, key);
      if (score > best) {
        best = score;
        owner = index;
      }
    }
    return owner;
  };
}

function highestByWeight(contenders: readonly Contender[]): KeyLocator {
  return (key) => {
    let best = -1;
    let owner = 0;
    for (const { index, start, weight } of contenders) {
      const score = weight / -Math.log((murmur3End(start, key) + 0.5) / SPAN);
      if (score > best) {
        best = score;
        owner = index;
      }
    }
    return owner;
  };
}

/** The low byte of each code point, which is all of them in ASCII and Latin-1. */
function lowBytes(text: string): string {
  if (!BEYOND_LATIN1.test(text)) return text;
  return Array.from(text, (character) =>
    String.fromCharCode((character.codePointAt(0) as number) & 0xff),
  ).join('');
}

const BEYOND_LATIN1 = /[^\0-\xff]/;
