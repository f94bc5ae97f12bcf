/** The hashes that libmemcached is built with, by the names that pylibmc gives them. */
import { crc32 } from '../../common/hash/crc32.ts';
import { fnv1, fnv1a, fnv1aLow64, fnv1Low64 } from '../../common/hash/fnv.ts';
import { lookup3 } from '../../common/hash/lookup3.ts';
import { md5Uint32LE } from '../../common/hash/md5.ts';
import { murmur2 } from '../../common/hash/murmur2.ts';
import { oneAtATime } from '../../common/hash/one-at-a-time.ts';
import { InvalidCacheConfigError } from '../../errors.ts';
import type { KeyHash } from './continuum.ts';

/** `'default'` is one-at-a-time. There is no `'hsieh'`, which libmemcached is as a rule built without. */
export type LibmemcachedHash =
  | 'default'
  | 'md5'
  | 'crc'
  | 'fnv1_64'
  | 'fnv1a_64'
  | 'fnv1_32'
  | 'fnv1a_32'
  | 'murmur'
  | 'jenkins';

const HASHES = {
  default: oneAtATime,
  md5: md5Uint32LE,
  crc: crc15,
  fnv1_64: fnv1Low64,
  fnv1a_64: fnv1aLow64,
  fnv1_32: fnv1,
  fnv1a_32: fnv1a,
  murmur: murmur2,
  jenkins: lookup3,
} satisfies Record<LibmemcachedHash, (bytes: string, signedBytes?: boolean) => number>;

/** @throws InvalidCacheConfigError for a name that is none. */
export function keyHashOf(name: LibmemcachedHash, signedChar: boolean): KeyHash {
  if (!Object.hasOwn(HASHES, name)) {
    const names = Object.keys(HASHES).map((each) => `'${each}'`);
    throw new InvalidCacheConfigError(`libmemcached: hash must be ${names.join(' or ')}`);
  }
  const hashOf: (bytes: string, signedBytes?: boolean) => number = HASHES[name];
  return signedChar ? hashOf : (bytes) => hashOf(bytes, false);
}

/** Fifteen bits of the CRC-32: what libmemcached calls `crc`, and Perl's clients and python-memcached use. */
export function crc15(bytes: string): number {
  return (crc32(bytes) >>> 16) & 0x7fff;
}
