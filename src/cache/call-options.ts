import type { Duration, Ttl } from '../client/ttl.ts';
import { ClientInputError } from '../errors.ts';
import type { LeaseMode } from './read-decision.ts';

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

/** Options of `getOrSet`. Calls that share a key should agree on them. */
export interface GetOrSetOptions extends CacheStoreOptions {
  /**
   * Who calls the factory: one caller of all processes, one of each process, or each caller for itself.
   * Default `'fleet'` on memcached, `'process'` on other backends, where `'fleet'` means the same.
   */
  readonly lease?: LeaseMode;
  /**
   * Milliseconds to wait for the process that computes, before serving what is stale or computing here
   * too. Default 5,000.
   */
  readonly waitMs?: number;
  /**
   * Milliseconds for the factory, whose signal aborts then. The call rejects with a FactoryError whose
   * `cause` is a TimeoutError. Default: no bound.
   */
  readonly factoryTimeoutMs?: number;
  /**
   * How long after its ttl a value is served while one caller makes it anew. Seconds or a string; default 0.
   * Refused, as is `staleIfError`, where other languages read the values.
   */
  readonly staleWhileRevalidate?: Duration;
  /** How long after its ttl a value is served where the factory fails. Seconds or a string; default 0. */
  readonly staleIfError?: Duration;
  /** How long before its ttl is over one caller makes a value anew. Seconds or a string; default 0. */
  readonly refreshAhead?: Duration;
  /**
   * The ttl of `null`, instead of `ttl`; and how long it is remembered that the factory gave `undefined`,
   * which is not stored otherwise, and never where other languages read the values. Seconds or a string.
   */
  readonly negativeTtl?: Duration;
  /** Rejects this call with the signal's reason. What it waited for goes on, for others. */
  readonly signal?: AbortSignal;
}

/** What `getOrSet` computes a value by. The signal aborts when `factoryTimeoutMs` is over. */
export type Factory<T> = (signal: AbortSignal) => T | PromiseLike<T>;

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
