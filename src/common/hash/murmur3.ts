/**
 * MurmurHash3, 32 bit (`MurmurHash3_x86_32`) of a byte string. It is computed in two steps, so that the many
 * hashes of one start are begun once.
 */

const C1 = 0xcc9e_2d51;
const C2 = 0x1b87_3593;

/** A hash that is begun. */
export interface Murmur3Start {
  readonly hash: number;
  /** The bytes that are no whole word yet, little-endian. */
  readonly rest: number;
  readonly length: number;
}

/** The hash of nothing yet. */
export function murmur3Seed(seed: number): Murmur3Start {
  return { hash: seed | 0, rest: 0, length: 0 };
}

/** A hash that is begun with these bytes, seed 0. */
export function murmur3Start(bytes: string): Murmur3Start {
  let hash = 0;
  let rest = 0;
  for (let i = 0; i < bytes.length; i++) {
    rest |= bytes.charCodeAt(i) << ((i & 3) * 8);
    if ((i & 3) === 3) {
      hash = withWord(hash, rest);
      rest = 0;
    }
  }
  return { hash, rest, length: bytes.length };
}

/** The hash of what was begun and then these bytes, 32 bits unsigned. */
export function murmur3End(start: Murmur3Start, bytes: string): number {
  const length = start.length + bytes.length;
  let { hash, rest } = start;
  let shift = (start.length & 3) * 8;
  for (let i = 0; i < bytes.length; i++) {
    rest |= bytes.charCodeAt(i) << shift;
    if (shift === 24) {
      hash = withWord(hash, rest);
      rest = 0;
      shift = 0;
    } else {
      shift += 8;
    }
  }
  hash ^= scrambled(rest) ^ length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** @returns 32 bits unsigned. */
export function murmur3(bytes: string): number {
  return murmur3End(murmur3Start(bytes), '');
}

function withWord(hash: number, word: number): number {
  const mixed = hash ^ scrambled(word);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe654_6b64) | 0;
}

function scrambled(word: number): number {
  const product = Math.imul(word, C1);
  return Math.imul((product << 15) | (product >>> 17), C2);
}
