import type { Cache } from '../../cache/cache.ts';
import type { Duration } from '../../client/ttl.ts';

/** Of `httpCache` and `fastifyHttpCache`. */
export interface HttpCacheOptions {
  /** Where pages are kept. */
  readonly cache: Cache;
  /**
   * For how long every page is kept, whatever lifetime its headers say; they may still forbid to keep it.
   * Seconds, or a string such as `'10m'`. Default: what the page says by `s-maxage`, `max-age` or `Expires`.
   */
  readonly ttl?: Duration;
  /** For how long a page is kept that says nothing of it. Seconds, or a string. Default 600. */
  readonly defaultTtl?: Duration;
  /** Before every key, to keep sites that share a cache apart. Default `'http'`. */
  readonly keyPrefix?: string;
  /**
   * A longer body passes through uncached, without being held. Default 1,000,000, which memcached takes with
   * its default limit of 1 MiB for an item.
   */
  readonly maxBodyBytes?: number;
  /**
   * For how long a request waits for another one's page, in milliseconds; then its own handler answers.
   * Default 5,000.
   */
  readonly waitMs?: number;
}
