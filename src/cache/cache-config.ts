import type { ClientOptions, DiscoveryOptionsInput } from '../client/client-options.ts';
import type { Duration, Ttl } from '../client/ttl.ts';
import type { ServerSpec } from '../node/endpoint.ts';
import type { CacheBackend } from './cache-backend.ts';

/** Makes the key that is stored of the caller's own. */
export type KeyFunction = (key: string, keyPrefix: string, version: number) => string;

/** How a near cache is bounded. What is past a bound goes, used least recently first. */
export interface NearOptions {
  /** 1 to 16,777,216. Default 10,000. */
  readonly maxEntries?: number;
  /** About what keys and values take in memory. Default 64 MiB. */
  readonly maxBytes?: number;
  /**
   * How long a value is kept after it was asked for, which is how long this process may not see what others
   * write: seconds above 0, or a string such as `'10s'`. Default 1.
   */
  readonly ttl?: Duration;
}

/** What every config takes. */
export interface CacheSettings {
  /** Of what is stored without one: seconds, a string such as `'10m'`, or `null` for never. Default 300. */
  readonly ttl?: Ttl;
  /** Keeps caches that share a store apart. Default `''`. */
  readonly keyPrefix?: string;
  /** A whole number. Another one makes all that is stored invisible. Default 1. */
  readonly version?: number;
  /** Default `` `${keyPrefix}:${version}:${key}` ``. */
  readonly keyFunction?: KeyFunction;
  /** Keeps what is read in this process too, for a short time. `{}` for the defaults. Default: not. */
  readonly near?: NearOptions;
  /**
   * Within what time the `clear` of a namespace is seen by other processes, which read its generation once
   * in it: seconds above 0, or a string. Default 1.
   */
  readonly generationTtl?: Duration;
}

/** Options of the backend `'memcached'`: those of a client, and one of leases. */
export interface MemcachedOptions extends ClientOptions {
  /**
   * Where `getOrSet` keeps the lease on a value that is not there: `'inline'` in its place, which costs
   * nothing and which other programs would read as an empty value; `'separate'` under a key of its own.
   * Servers without the meta dialect have the latter in any case. Default `'inline'`; `'separate'` with a
   * codec that other languages read.
   */
  readonly leaseKey?: 'inline' | 'separate';
}

/** Options of the backend `'elasticache'`: those of `'memcached'`, and one of discovery. */
export interface ElastiCacheOptions extends MemcachedOptions {
  /**
   * Where the endpoint does not know `config get cluster`, use it as the one server instead of failing:
   * for development against a plain memcached. Default `false`.
   */
  readonly ignoreClusterErrors?: DiscoveryOptionsInput['ignoreClusterErrors'];
}

/** A cluster that is found, and followed, through its configuration endpoint. */
export interface ElastiCacheConfig extends CacheSettings {
  readonly backend: 'elasticache';
  /** Exactly one `'host:port'`: the configuration endpoint. */
  readonly location: string;
  readonly options?: ElastiCacheOptions;
}

/** Fixed memcached servers. */
export interface MemcachedConfig extends CacheSettings {
  readonly backend: 'memcached';
  /** A list of servers, or a string of them between commas or semicolons. */
  readonly location: string | readonly (string | ServerSpec)[];
  readonly options?: MemcachedOptions;
}

export interface MemoryOptions {
  /** Past it the entries used least recently go; 1 to 16,777,216. Default 10,000. */
  readonly maxEntries?: number;
  /** Of keys and stored values together; past it the entries used least recently go. Default 64 MiB. */
  readonly maxBytes?: number;
}

/**
 * Memory of this process. Caches of one `location` share one store, which is there until the last of
 * them is closed. An entry that has expired takes its room until it is asked for or pushed out.
 */
export interface MemoryConfig extends CacheSettings {
  readonly backend: 'memory';
  /** Name of the store. Default `''`. */
  readonly location?: string;
  readonly options?: MemoryOptions;
}

/** Stores nothing: for development. `location` and `options` are there for others, and not looked at. */
export interface DummyConfig extends CacheSettings {
  readonly backend: 'dummy';
  readonly location?: unknown;
  readonly options?: unknown;
}

/** A store of your own. */
export interface CustomConfig extends CacheSettings {
  readonly backend: CacheBackend;
}

/** What a cache is made of. */
export type CacheConfig = ElastiCacheConfig | MemcachedConfig | MemoryConfig | DummyConfig | CustomConfig;
