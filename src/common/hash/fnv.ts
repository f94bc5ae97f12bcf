/**
 * Fowler-Noll-Vo hashes of a byte string as libmemcached has them (`libhashkit/fnv_*.cc`), 32 bits unsigned.
 * `signedBytes` as in one-at-a-time.ts.
 */

const INIT_32 = 0x811c_9dc5;
const PRIME_32 = 0x0100_0193;
/** Of the 64 bit variant: `0xcbf29ce484222325` and `2^40 + 0x1b3`. */
const LOW_INIT_64 = 0x8422_2325;
const LOW_PRIME_64 = 0x1b3;

export function fnv1(bytes: string, signedBytes = true): number {
  return multiplyFirst(bytes, INIT_32, PRIME_32, signedBytes);
}

export function fnv1a(bytes: string, signedBytes = true): number {
  return multiplyLast(bytes, INIT_32, PRIME_32, signedBytes);
}

/** The low half of the 64 bit FNV-1, which needs nothing of the high one: the prime's high bits leave it alone. */
export function fnv1Low64(bytes: string, signedBytes = true): number {
  return multiplyFirst(bytes, LOW_INIT_64, LOW_PRIME_64, signedBytes);
}

/** The low half of the 64 bit FNV-1a. libmemcached and twemproxy compute it in 32 bits. */
export function fnv1aLow64(bytes: string, signedBytes = true): number {
  return multiplyLast(bytes, LOW_INIT_64, LOW_PRIME_64, signedBytes);
}

function multiplyFirst(bytes: string, init: number, prime: number, signedBytes: boolean): number {
  const shift = signedBytes ? 24 : 0;
  let hash = init;
  for (let i = 0; i < bytes.length; i++) {
    hash = Math.imul(hash, prime) ^ ((bytes.charCodeAt(i) << shift) >> shift);
  }
  return hash >>> 0;
}

function multiplyLast(bytes: string, init: number, prime: number, signedBytes: boolean): number {
  const shift = signedBytes ? 24 : 0;
  let hash = init;
  for (let i = 0; i < bytes.length; i++) {
    hash = Math.imul(hash ^ ((bytes.charCodeAt(i) << shift) >> shift), prime);
  }
  return hash >>> 0;
}
