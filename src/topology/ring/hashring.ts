import { md5Uint32LE, md5Words } from '../../common/hash/md5.ts';
import { continuumLocator, continuumOf } from './continuum.ts';
import { plainName } from './node-name.ts';
import { DIGESTS_PER_NODE, digestPoints, sumOfWeights } from './points.ts';
import { type HashRing, hashRing, type RingNode } from './ring.ts';

/** What {@link hashring} takes. */
export interface HashringOptions {
  /**
   * The port that is left out of the names of nodes; its option `default port`. Default none, as there: the
   * npm package memcached, whose ring is `hashing: 'hashring'`, sets 11211.
   */
  readonly defaultPort?: number;
}

/**
 * The ring of the npm package hashring (3.2.0): ketama with shares computed in doubles, so that with 7, 14, 28,
 * 49, 56 and some other numbers of nodes its points are not those of libmemcached.
 *
 * @example
 * ```ts
 * const client = createClient(servers, { hashing: hashring() });
 * ```
 */
export function hashring({ defaultPort }: HashringOptions = {}): HashRing {
  const nameOf = (node: RingNode): string => (node.port === defaultPort ? node.host : plainName(node));
  return hashRing((nodes) => {
    const total = sumOfWeights(nodes);
    // In this order, by which its rounding is what it is.
    const counts = nodes.map(({ weight }) => Math.floor((weight / total) * DIGESTS_PER_NODE * nodes.length));
    return continuumLocator(continuumOf(digestPoints(nodes.map(nameOf), counts, md5Words)), md5Uint32LE);
  });
}
