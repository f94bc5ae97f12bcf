import { murmur3Ends, murmur3Start } from '../../common/hash/murmur3.ts';
import { utf8Text } from '../../common/utf8-text.ts';
import { contendersOf, indexOfHighest } from './rendezvous.ts';
import { type HashRing, hashRing } from './ring.ts';

const BEYOND_LATIN1 = /[^\0-\xff]/;

/**
 * pymemcache's `HashClient` (its `RendezvousHash`), and so Django's `PyMemcacheCache`: the node with the highest
 * murmur3 of `host:port-key`, of equal ones the one with the greater name. It has no weights.
 */
export const pymemcache: HashRing = hashRing((nodes) => {
  const contenders = contendersOf(nodes);
  const starts = contenders.map(({ name }) => murmur3Start(`${lowBytes(name)}-`));
  const hashes = new Uint32Array(starts.length);
  return (key) => {
    murmur3Ends(starts, lowBytes(utf8Text(key)), hashes);
    return contenders[indexOfHighest(hashes)]?.index as number;
  };
});

/** The trap: it hashes not UTF-8 but the low byte of each code point. */
function lowBytes(text: string): string {
  if (!BEYOND_LATIN1.test(text)) return text;
  return Array.from(text, (character) =>
    String.fromCharCode((character.codePointAt(0) as number) & 0xff),
  ).join('');
}
