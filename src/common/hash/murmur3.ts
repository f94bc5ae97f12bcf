/**
 * MurmurHash3, 32 bit (`MurmurHash3_x86_32`) of a byte string. Rings take many hashes that end with the same key:
 * what those have in common is done once.
 */
import { wordAt } from './word.ts';

const C1 = 0xcc9e_2d51;
const C2 = 0x1b87_3593;

/** A hash that is begun. */
export interface Murmur3Start {
  readonly hash: number;
  /** The bytes that are no whole word yet, little-endian. */
  readonly rest: number;
  readonly length: number;
}

/** A hash that is begun with these bytes. */
export function murmur3Start(bytes: string, seed = 0): Murmur3Start {
  const { length } = bytes;
  let hash = seed | 0;
  let i = 0;
  for (; i + 4 <= length; i += 4) hash = withWord(hash, scrambled(wordAt(bytes, i)));
  return { hash, rest: wordAt(bytes, i), length };
}

// Scratch of the module: hashes are computed without a pause. It grows with the longest key.
let words = new Int32Array(64);

/** The hashes of what was begun and then these bytes, 32 bits unsigned, written to `hashes` in their order. */
export function murmur3Ends(starts: readonly Murmur3Start[], bytes: string, hashes: Uint32Array): void {
  let loaded = -1;
  let first = 0;
  let wordCount = 0;
  let tail = 0;
  for (let i = 0; i < starts.length; i++) {
    const start = starts[i] as Murmur3Start;
    // Where the words of the key are depends on how many bytes the first one has already.
    const begun = start.length & 3;
    if (begun !== loaded) {
      loaded = begun;
      first = wordAt(bytes, 0) << (8 * begun);
      wordCount = (begun + bytes.length) >>> 2;
      if (wordCount > words.length) words = new Int32Array(2 * wordCount);
      for (let word = 1; word < wordCount; word++) words[word] = scrambled(wordAt(bytes, 4 * word - begun));
      tail = wordCount === 0 ? 0 : scrambled(wordAt(bytes, 4 * wordCount - begun));
    }
    const firstWord = scrambled(start.rest | first);
    let hash = start.hash;
    if (wordCount === 0) {
      hash ^= firstWord;
    } else {
      hash = withWord(hash, firstWord);
      for (let word = 1; word < wordCount; word++) hash = withWord(hash, words[word] as number);
    }
    hashes[i] = finished(hash ^ tail ^ (start.length + bytes.length));
  }
}

/** With seed 0, 32 bits unsigned. */
export function murmur3(bytes: string): number {
  const { hash, rest, length } = murmur3Start(bytes);
  return finished(hash ^ scrambled(rest) ^ length);
}

function withWord(hash: number, scrambledWord: number): number {
  const mixed = hash ^ scrambledWord;
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
