/**
 * How the numbers among the keys of a Map, or the members of a Set, are spread. V8 finds them by a hash that is the
 * same in every process (`ComputeUnseededHash` and `ComputeLongHash` of its `src/utils/utils.h`, and of a bigint the
 * lowest 64 bits alone): whoever writes a pickle can choose keys that it has to search one by one. 65,000 of
 * them, in 400 KB, take seconds. Strings and objects are safe from that.
 */
import { DecodeError } from '../../errors.ts';

/** Fewer keys are found fast enough, however they are spread. */
export const WATCHED_KEYS = 500;

const SLOTS = 4096;
/** Keys of one slot: some, and eight times as many as there would be by chance. */
const MOST = 100;
const MOST_BY_CHANCE = 8 / SLOTS;

const double = new Float64Array(1);
const bits = new BigUint64Array(double.buffer);

export class KeySpread {
  readonly #slots = new Uint32Array(SLOTS);
  #size = 0;

  /** @throws DecodeError where too many keys have the same hash. */
  add(key: number | bigint): void {
    const slot = hashOf(key) % SLOTS;
    const count = (this.#slots[slot] as number) + 1;
    this.#slots[slot] = count;
    this.#size++;
    if (count > MOST + this.#size * MOST_BY_CHANCE) {
      throw new DecodeError('Pickle has keys that are made to take long');
    }
  }
}

function hashOf(key: number | bigint): number {
  if (typeof key === 'bigint') return longHash(BigInt.asUintN(64, key < 0n ? -key : key));
  if ((key | 0) === key) return integerHash(key);
  double[0] = key;
  return longHash(bits[0] as bigint);
}

function integerHash(key: number): number {
  let hash = ~key + (key << 15);
  hash ^= hash >>> 12;
  hash += hash << 2;
  hash ^= hash >>> 4;
  hash = Math.imul(hash, 2057);
  hash ^= hash >>> 16;
  return hash >>> 0;
}

function longHash(key: bigint): number {
  const long = (value: bigint): bigint => BigInt.asUintN(64, value);
  let hash = long(~key + (key << 18n));
  hash ^= hash >> 31n;
  hash = long(hash * 21n);
  hash ^= hash >> 11n;
  hash = long(hash + (hash << 6n));
  hash ^= hash >> 22n;
  return Number(hash & 0x3fff_ffffn);
}
