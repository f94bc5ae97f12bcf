import { Client } from './client.ts';
import type { ClientOptions, Target } from './client-options.ts';
import type { MemcachedClient } from './memcached-client.ts';
import { resolveOptions } from './resolve-options.ts';

/**
 * Makes a client. It connects by itself, when first used; nothing is thrown because a server is not there.
 *
 * @param target what to connect to: a configuration endpoint, fixed servers, a URL, or a function that
 * names the nodes. See {@link Target}.
 * @param options each has a default; see {@link ClientOptions}.
 * @throws InvalidCacheConfigError naming the target or option that cannot be right.
 *
 * @example
 * ```ts
 * const client = createClient('mycluster.abc123.cfg.use1.cache.amazonaws.com:11211');
 * await client.set('user:1', { name: 'Ada' }, { ttl: '10m' });
 * await client.get('user:1'); // { name: 'Ada' }
 * await client.close();
 * ```
 */
export function createClient(target: Target, options: ClientOptions = {}): MemcachedClient {
  return new Client(resolveOptions(target, options));
}
