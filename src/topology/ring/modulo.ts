/** Rings that count servers off, in the order they are given: one that is added or removed moves most keys. */
import { crc32 } from '../../common/hash/crc32.ts';
import { javaHashCode } from '../../common/hash/java-hash-code.ts';
import { utf8Text } from '../../common/utf8-text.ts';
import { crc15 } from './libmemcached-hash.ts';
import { sumOfWeights } from './points.ts';
import { type HashRing, hashRing } from './ring.ts';

/** No hash of python-memcached is greater, so that no bucket beyond is ever reached. */
const MAX_BUCKETS = 0x8000;

/** Go's gomemcache (`ServerList.PickServer`). It has no weights. */
export const gomemcache: HashRing = hashRing(
  ({ length }) =>
    (key) =>
      crc32(key) % length,
);

/**
 * What spymemcached and AWS's client for Java do unless they are told to use ketama: `ArrayModNodeLocator`
 * with `NATIVE_HASH`, which is `String.hashCode`.
 */
export const javaModulo: HashRing = hashRing(
  ({ length }) =>
    (key) =>
      javaHashCode(utf8Text(key)) % length,
);

/** python-memcached, and Django's `MemcachedCache`: each server has as many buckets as its weight. */
export const pythonMemcached: HashRing = hashRing((nodes) => {
  const bucketCount = sumOfWeights(nodes);
  const owners = new Uint16Array(Math.min(bucketCount, MAX_BUCKETS));
  let end = 0;
  nodes.forEach(({ weight }, index) => {
    owners.fill(index, end, end + weight);
    end += weight;
  });
  // Its hash is never 0.
  return (key) => owners[(crc15(key) || 1) % bucketCount] as number;
});
