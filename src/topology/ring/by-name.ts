import { dalli } from './dalli.ts';
import { hashring } from './hashring.ts';
import { ketama, libmemcached } from './libmemcached.ts';
import { gomemcache, javaModulo, pythonMemcached } from './modulo.ts';
import { pymemcache } from './pymemcache.ts';
import { rendezvous } from './rendezvous.ts';
import type { HashRing } from './ring.ts';
import { spymemcached } from './spymemcached.ts';

/**
 * The rings that an option can name. Of those that count servers off in the order they are given, a server that
 * is added or removed moves most keys.
 */
export type RingName =
  /** libmemcached's weighted ketama by MD5: pylibmc's `ketama_weighted`, PHP's `OPT_LIBKETAMA_COMPATIBLE`. */
  | 'ketama'
  /** pylibmc's `ketama`, PHP's `DISTRIBUTION_CONSISTENT`: one-at-a-time, not MD5. */
  | 'pylibmc'
  /** libmemcached without options, and so pylibmc and PHP's Memcached: counts off. */
  | 'modula'
  /** memfleet's own, for fleets of memfleet alone. */
  | 'rendezvous'
  /** pymemcache's `HashClient`, Django's `PyMemcacheCache`. */
  | 'pymemcache'
  /** python-memcached, Django's `MemcachedCache`: counts off, each server as often as its weight. */
  | 'python-memcached'
  /** spymemcached with ketama (Java). */
  | 'spymemcached'
  /** AWS's client for Java, from 1.2.0, with ketama. With discovery: and `ringKey: 'ip'`. */
  | 'aws-java'
  /** spymemcached and AWS's client for Java without ketama, their default: counts off. */
  | 'java-modulo'
  /** twemproxy's defaults; with `hash: md5` it is `'ketama'`. */
  | 'twemproxy'
  /** dalli (Ruby). */
  | 'dalli'
  /** The npm package memcached. */
  | 'hashring'
  /** gomemcache (Go): counts off. */
  | 'gomemcache';

const RINGS = {
  ketama,
  // pylibmc's {'ketama': True} and PHP's Memcached::DISTRIBUTION_CONSISTENT: not MD5, which is what pylibmc says.
  pylibmc: libmemcached({ distribution: 'consistent' }),
  modula: libmemcached(),
  rendezvous,
  pymemcache,
  'python-memcached': pythonMemcached,
  spymemcached: spymemcached(),
  'aws-java': spymemcached({ digest: 'sha384' }),
  'java-modulo': javaModulo,
  // Its defaults: `distribution: ketama` and `hash: fnv1a_64` (nc_conf.h).
  twemproxy: libmemcached({ distribution: 'consistent weighted', hash: 'fnv1a_64' }),
  dalli,
  // As the npm package memcached sets it.
  hashring: hashring({ defaultPort: 11_211 }),
  gomemcache,
} satisfies Record<RingName, HashRing>;

export const RING_NAMES: readonly RingName[] = Object.keys(RINGS) as RingName[];

/**
 * The ring of a name.
 *
 * @example
 * ```ts
 * const locate = ringByName('ketama')(nodes);
 * ```
 */
export function ringByName(name: RingName): HashRing {
  return RINGS[name];
}
