/**
 * MurmurHash2 of a byte string as libmemcached seeds it (`libhashkit/murmur.cc`): by the length, times
 * 0xdeadbeef. 32 bits unsigned.
 */
import { wordAt } from './word.ts';

const MULTIPLIER = 0x5bd1_e995;
const SEED = 0xdead_beef;

export function murmur2(bytes: string): number {
  const { length } = bytes;
  let hash = Math.imul(SEED, length) ^ length;
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    hash = Math.imul(hash, MULTIPLIER) ^ scrambled(wordAt(bytes, i));
  }
  if (i < length) hash = Math.imul(hash ^ wordAt(bytes, i), MULTIPLIER);
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER);
  return (hash ^ (hash >>> 15)) >>> 0;
}

function scrambled(word: number): number {
  const product = Math.imul(word, MULTIPLIER);
  return Math.imul(product ^ (product >>> 24), MULTIPLIER);
}
