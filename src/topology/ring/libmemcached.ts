import { md5Uint32LE, md5Words } from '../../common/hash/md5.ts';
import { InvalidCacheConfigError } from '../../errors.ts';
import { type Continuum, continuumLocator, continuumOf, type KeyHash } from './continuum.ts';
import { keyHashOf, type LibmemcachedHash } from './libmemcached-hash.ts';
import { libmemcachedName } from './node-name.ts';
import { digestPoints, floatDigestCounts, hashedPoints } from './points.ts';
import { type HashRing, hashRing, type KeyLocator, type RingNode } from './ring.ts';

/** What {@link libmemcached} takes: the behaviours of pylibmc that place keys, under their names there. */
export interface LibmemcachedOptions {
  /**
   * - `'modula'`: the hash modulo the number of servers, in the order they are given; weights do not count
   * - `'consistent'`: 100 points a server, made by `hash`; what pylibmc's `ketama: True` sets, too. Weights
   *   above 1 turn it into `'consistent weighted'`
   * - `'consistent weighted'`: about 160 points a server of average weight, made by MD5
   * - `'consistent ketama spy'`: as `'consistent'`, of names that have a slash before and always the port
   * - `'virtual bucket'`: the hash, masked by the number of servers less 1
   *
   * Default `'modula'`.
   */
  readonly distribution?:
    | 'modula'
    | 'consistent'
    | 'consistent weighted'
    | 'consistent ketama spy'
    | 'virtual bucket';
  /** How keys are hashed. Default `'default'`, which is one-at-a-time. */
  readonly hash?: LibmemcachedHash;
  /**
   * Whether C's `char` is signed where the others run: `true` on x86-64, `false` on ARM Linux. It matters for
   * keys outside ASCII alone, and not for `md5`, `crc`, `murmur` and `jenkins`. Default `true`.
   */
  readonly signedChar?: boolean;
}

const UNWEIGHTED_POINTS = 100;

type Distribute = (nodes: readonly RingNode[], hashOf: KeyHash) => KeyLocator;

const DISTRIBUTIONS = {
  modula:
    ({ length }, hashOf) =>
    (key) =>
      hashOf(key) % length,
  consistent: (nodes, hashOf) => continuumLocator(continuum(nodes, libmemcachedName, hashOf), hashOf),
  'consistent weighted': (nodes, hashOf) =>
    continuumLocator(weightedContinuum(nodes, libmemcachedName), hashOf),
  'consistent ketama spy': (nodes, hashOf) => continuumLocator(continuum(nodes, spyName, hashOf), hashOf),
  'virtual bucket':
    ({ length }, hashOf) =>
    (key) =>
      (hashOf(key) & (length - 1)) >>> 0,
} satisfies Record<NonNullable<LibmemcachedOptions['distribution']>, Distribute>;

/**
 * The rings of libmemcached (1.1.4), and so of pylibmc, PHP's Memcached and others built on it, for what no
 * name of the option `hashing` stands for.
 *
 * @throws InvalidCacheConfigError for a distribution or hash that libmemcached has not.
 *
 * @example
 * ```ts
 * // pylibmc.Client(servers, behaviors={'ketama': True, 'hash': 'md5'})
 * const client = createClient(servers, { hashing: libmemcached({ distribution: 'consistent', hash: 'md5' }) });
 * ```
 */
export function libmemcached(options: LibmemcachedOptions = {}): HashRing {
  const { distribution = 'modula', hash = 'default', signedChar = true } = options;
  const hashOf = keyHashOf(hash, signedChar);
  if (!Object.hasOwn(DISTRIBUTIONS, distribution)) {
    const names = Object.keys(DISTRIBUTIONS).map((name) => `'${name}'`);
    throw new InvalidCacheConfigError(`libmemcached: distribution must be ${names.join(' or ')}`);
  }
  const distribute: Distribute = DISTRIBUTIONS[distribution];
  return hashRing((nodes) => distribute(nodes, hashOf));
}

/**
 * libmemcached's weighted ketama, with MD5 for points and keys: `MEMCACHED_BEHAVIOR_KETAMA_WEIGHTED`,
 * PHP's `Memcached::OPT_LIBKETAMA_COMPATIBLE`, pylibmc's `ketama_weighted`.
 */
export const ketama: HashRing = hashRing((nodes) =>
  continuumLocator(weightedContinuum(nodes, libmemcachedName), md5Uint32LE),
);

/**
 * The trap: a single weight above 1 silently makes libmemcached place the points by weight and MD5, while keys
 * are hashed as before.
 */
function continuum(
  nodes: readonly RingNode[],
  nameOf: (node: RingNode) => string,
  hashOf: KeyHash,
): Continuum {
  if (nodes.some(({ weight }) => weight > 1)) return weightedContinuum(nodes, nameOf);
  return continuumOf(hashedPoints(nodes.map(nameOf), UNWEIGHTED_POINTS, hashOf));
}

function weightedContinuum(nodes: readonly RingNode[], nameOf: (node: RingNode) => string): Continuum {
  return continuumOf(digestPoints(nodes.map(nameOf), floatDigestCounts(nodes), md5Words));
}

function spyName({ host, port }: RingNode): string {
  return `/${host}:${port}`;
}
