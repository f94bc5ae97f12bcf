import { Cache } from './cache.ts';
import type { CacheConfig } from './cache-config.ts';
import { resolveCacheConfig } from './resolve-cache-config.ts';

/**
 * Makes a cache. It connects by itself, when first used; nothing is thrown because a server is not there.
 *
 * @param config the backend, where it is, and what holds for all keys; see {@link CacheConfig}.
 * @throws InvalidCacheConfigError naming the field or option that cannot be right.
 *
 * @example
 * ```ts
 * const cache = createCache({
 *   backend: 'elasticache',
 *   location: 'mycluster.abc123.cfg.use1.cache.amazonaws.com:11211',
 *   ttl: '10m',
 * });
 * const user = await cache.getOrSet('user:1', () => database.findUser(1));
 * ```
 */
export function createCache(config: CacheConfig): Cache {
  return new Cache(resolveCacheConfig(config));
}
