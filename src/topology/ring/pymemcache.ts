import { murmur3End, murmur3Start } from '../../common/hash/murmur3.ts';
import { utf8Text } from '../../common/utf8-text.ts';
import { plainName } from './node-name.ts';
import { type HashRing, hashRing } from './ring.ts';

const BEYOND_LATIN1 = /[^\0-\xff]/;

/**
 * pymemcache's `HashClient` (its `RendezvousHash`), and so Django's `PyMemcacheCache`: the node with the highest
 * murmur3 of `host:port-key`, of equal ones the one with the greater name. It has no weights.
 */
export const pymemcache: HashRing = hashRing((nodes) => {
  const contenders = nodes
    .map((node, index) => ({ index, name: plainName(node) }))
    // Of equal scores the first is taken.
    .sort((a, b) => (a.name > b.name ? -1 : 1))
    .map(({ index, name }) => ({ index, start: murmur3Start(`${lowBytes(name)}-`) }));
  return (key) => {
    const bytes = lowBytes(utf8Text(key));
    let best = -1;
    let owner = 0;
    for (const { index, start } of contenders) {
      const score = murmur3End(start, bytes);
      if (score > best) {
        best = score;
        owner = index;
      }
    }
    return owner;
  };
});

/** The trap: it hashes not UTF-8 but the low byte of each code point. */
function lowBytes(text: string): string {
  if (!BEYOND_LATIN1.test(text)) return text;
  return Array.from(text, (character) =>
    String.fromCharCode((character.codePointAt(0) as number) & 0xff),
  ).join('');
}
