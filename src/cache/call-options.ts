import type { Ttl } from '../client/ttl.ts';

/** What every call of a `Cache` takes. */
export interface CacheCallOptions {
  /** Instead of the version of the cache. */
  readonly version?: number;
}

/** What writes take. */
export interface CacheStoreOptions extends CacheCallOptions {
  /** Seconds, a string such as `'10m'`, or `null` for never. 0 or less: expired at once. Default: that of the cache. */
  readonly ttl?: Ttl;
}

export interface CacheCounterOptions extends CacheStoreOptions {
  /** Makes a missing counter of this value, which the call then resolves to; `ttl` is for it. */
  readonly initial?: number | bigint;
}

export interface GetOrSetOptions extends CacheStoreOptions {
  /** Rejects this call with the signal's reason. What it waited for goes on, for others. */
  readonly signal?: AbortSignal;
}

/** What `getOrSet` computes a value by. */
export type Factory<T> = () => T | PromiseLike<T>;
