import { md5Uint32LE, md5Words } from '../../common/hash/md5.ts';
import { sha384Uint32LE, sha384Words } from '../../common/hash/sha384.ts';
import { InvalidCacheConfigError } from '../../errors.ts';
import { continuumLocator, lastWins } from './continuum.ts';
import { javaName, libmemcachedName } from './node-name.ts';
import { DIGESTS_PER_NODE, digestPoints, floatDigestCounts } from './points.ts';
import { type HashRing, hashRing, type RingNode } from './ring.ts';

/** What {@link spymemcached} takes. */
export interface SpymemcachedOptions {
  /** `'sha384'` is that of AWS's client for Java from 1.2.0. Default `'md5'`. */
  readonly digest?: 'md5' | 'sha384';
  /**
   * What a node's points are made of: `'spymemcached'` is Java's `host/10.0.0.1:11211`, or `10.0.0.1:11211`
   * where servers are given by address; `'libmemcached'` is that of `KetamaNodeKeyFormatter`, `host` on port
   * 11211 and else `host:port`; or a function that gives what stands before `-0`, `-1` and so on.
   * Default `'spymemcached'`.
   */
  readonly nodeName?: 'spymemcached' | 'libmemcached' | ((node: RingNode) => string);
}

const DIGESTS = {
  md5: { words: md5Words, hashOf: md5Uint32LE },
  sha384: { words: sha384Words, hashOf: sha384Uint32LE },
} as const;

const NODE_NAMES = { spymemcached: javaName, libmemcached: libmemcachedName } as const;

/**
 * The ring of spymemcached's `KetamaConnectionFactory` (`Locator.CONSISTENT` with `KETAMA_HASH`), and of AWS's
 * client made from it. Where all weights are 1 they are taken as not given: 160 points a node, for any number
 * of nodes.
 *
 * The trap: Java resolves a server's name and puts the address on the ring, so that a node that is replaced
 * moves keys. Names as Java has them need that address: of discovery, or with servers given by IPv4 address.
 *
 * @throws InvalidCacheConfigError for an option that is none, and, when the ring is built, for a node whose
 * address it needs and has not.
 *
 * @example
 * ```ts
 * const client = createClient(servers, { hashing: spymemcached({ nodeName: 'libmemcached' }) });
 * ```
 */
export function spymemcached(options: SpymemcachedOptions = {}): HashRing {
  const { digest = 'md5', nodeName = 'spymemcached' } = options;
  if (!Object.hasOwn(DIGESTS, digest))
    throw new InvalidCacheConfigError("spymemcached: digest must be 'md5' or 'sha384'");
  const { words, hashOf } = DIGESTS[digest];
  const nameOf = nameFunction(nodeName);
  return hashRing((nodes) => {
    const points = digestPoints(nodes.map(nameOf), digestCounts(nodes), words);
    return continuumLocator(lastWins(points), hashOf);
  });
}

function nameFunction(nodeName: NonNullable<SpymemcachedOptions['nodeName']>): (node: RingNode) => string {
  if (typeof nodeName === 'function') {
    return (node) => {
      const name: unknown = nodeName(node);
      if (typeof name === 'string') return name;
      throw new InvalidCacheConfigError(`spymemcached: nodeName must give a string, not ${typeof name}`);
    };
  }
  if (Object.hasOwn(NODE_NAMES, nodeName)) return NODE_NAMES[nodeName];
  throw new InvalidCacheConfigError(
    "spymemcached: nodeName must be 'spymemcached' or 'libmemcached' or a function",
  );
}

function digestCounts(nodes: readonly RingNode[]): number[] {
  return nodes.some(({ weight }) => weight !== 1)
    ? floatDigestCounts(nodes)
    : nodes.map(() => DIGESTS_PER_NODE);
}
