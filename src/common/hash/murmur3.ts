/**
 * MurmurHash3, 32 bit (`MurmurHash3_x86_32`) of a byte string. Rings take many hashes of one key: here what they
 * have in common is done once.
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

/** A hash that is begun with these bytes, seed 0. */
export function murmur3Start(bytes: string): Murmur3Start {
  let hash = 0;
  let rest = 0;
  for (let i = 0; i < bytes.length; i++) {
    rest |= bytes.charCodeAt(i) << ((i & 3) * 8);
    if ((i & 3) === 3) {
      hash = withScrambled(hash, scrambled(rest));
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
      hash = withScrambled(hash, scrambled(rest));
      rest = 0;
      shift = 0;
    } else {
      shift += 8;
    }
  }
  return finished(hash ^ scrambled(rest) ^ length);
}

/** With seed 0, 32 bits unsigned. */
export function murmur3(bytes: string): number {
  return murmur3End(murmur3Start(bytes), '');
}

// Scratch of the module: hashes are computed without a pause. It grows with the longest key.
let scrambledWords = new Int32Array(64);

/** The hash under each of the seeds, written to `hashes` in their order. */
export function murmur3BySeed(bytes: string, seeds: Int32Array, hashes: Uint32Array): void {
  const wholeWords = bytes.length >>> 2;
  if (wholeWords > scrambledWords.length) scrambledWords = new Int32Array(2 * wholeWords);
  const words = scrambledWords;
  for (let i = 0; i < wholeWords; i++) {
    words[i] = scrambled(
      bytes.charCodeAt(4 * i) |
        (bytes.charCodeAt(4 * i + 1) << 8) |
        (bytes.charCodeAt(4 * i + 2) << 16) |
        (bytes.charCodeAt(4 * i + 3) << 24),
    );
  }
  let rest = 0;
  for (let i = bytes.length - 1; i >= 4 * wholeWords; i--) rest = (rest << 8) | bytes.charCodeAt(i);
  const end = scrambled(rest) ^ bytes.length;
  for (let i = 0; i < seeds.length; i++) {
    let hash = seeds[i] as number;
    for (let word = 0; word < wholeWords; word++) hash = withScrambled(hash, words[word] as number);
    hashes[i] = finished(hash ^ end);
  }
}

function withScrambled(hash: number, word: number): number {
  const mixed = hash ^ word;
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe654_6b64) | 0;
}

function scrambled(word: number): number {
  const product = Math.imul(word, C1);
  return Math.imul((product << 15) | (product >>> 17), C2);
}

function finished(hash: number): number {
  const first = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  const second = Math.imul(first ^ (first >>> 13), 0xc2b2_ae35);
  return (second ^ (second >>> 16)) >>> 0;
}
