import type { Ttl } from '../client/ttl.ts';
import { ClientInputError } from '../errors.ts';

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

/**
 * The version that a call is about; `undefined` for that of the cache.
 *
 * @throws ClientInputError for options that are no object. Other clients take a time-out as a number there:
 * it would be passed over, and the value stored with the default ttl.
 */
export function versionOf(options: CacheCallOptions | undefined): number | undefined {
  if (options === undefined) return undefined;
  if (typeof options === 'object' && options !== null) return options.version;
  throw new ClientInputError(
    `options must be an object such as { ttl: 60 }, not ${options === null ? 'null' : typeof options}`,
  );
}
