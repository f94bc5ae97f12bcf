import { EventEmitter } from 'node:events';
import { counterValue } from '../client/operations.ts';
import { type Ttl, ttlSeconds } from '../client/ttl.ts';
import { diagnose } from '../diagnostics.ts';
import { ClosedError, InvalidValueError } from '../errors.ts';
import type { CacheBackend } from './cache-backend.ts';
import { CacheKeys } from './cache-keys.ts';
import type {
  CacheCallOptions,
  CacheCounterOptions,
  CacheStoreOptions,
  Factory,
  GetOrSetOptions,
} from './call-options.ts';
import { toDelta, toInitial } from './counter.ts';
import { GetOrSet } from './get-or-set.ts';
import { resolveGetOrSet } from './get-or-set-rules.ts';
import { ReplacingStore } from './replacing-store.ts';
import type { ResolvedCacheConfig } from './resolve-cache-config.ts';

/** Events of a cache and what their listeners are given. */
export interface CacheEvents {
  /** A failure that no call reports. With no listener it is passed over. */
  error: [error: Error];
}

/**
 * A cache on any backend, with the same behaviour on each. Made by `createCache` or `createCaches`.
 *
 * A miss is a result; a failure rejects. All calls reject with `InvalidKeyError` for a key whose final
 * form is not 1 to 250 bytes of UTF-8 without control characters and spaces, and with `ClosedError`
 * after `close`. On memcached they reject with what a client's calls reject with besides: `TimeoutError`,
 * `ConnectionError`, `NodeDownError`, `DiscoveryError`, `ServerError` and the like.
 */
export class Cache extends EventEmitter<CacheEvents> implements AsyncDisposable {
  readonly #config: ResolvedCacheConfig;
  readonly #backend: CacheBackend;
  readonly #keys: CacheKeys;
  readonly #replacing: ReplacingStore;
  readonly #getOrSet: GetOrSet;
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor(config: ResolvedCacheConfig) {
    super();
    this.#config = config;
    this.#backend = config.open();
    this.#keys = new CacheKeys(config, this.#backend);
    this.#replacing = new ReplacingStore(this.#backend);
    this.#getOrSet = new GetOrSet(this.#backend, (error) => this.#report(error));
    this.#backend.onError?.((error) => this.#report(error));
  }

  /**
   * The value, or `fallback`. A stored `null` is a value.
   *
   * @param fallback default `undefined`.
   * @throws DecodeError where what is stored cannot be read.
   * @example
   * ```ts
   * const user = await cache.get<{ name: string }>('user:1');
   * const theme = await cache.get('theme', 'light');
   * ```
   */
  get<T = unknown>(key: string, fallback?: undefined, options?: CacheCallOptions): Promise<T | undefined>;
  get<T>(key: string, fallback: T, options?: CacheCallOptions): Promise<T>;
  async get(key: string, fallback?: unknown, options?: CacheCallOptions): Promise<unknown> {
    const value = await this.#backend.get(this.#key(key, options));
    return value === undefined ? fallback : value;
  }

  /**
   * The values found, under the keys as given.
   *
   * @example
   * ```ts
   * const found = await cache.getMany<string>(['user:1', 'user:2']);
   * found.get('user:1');
   * ```
   */
  async getMany<T = unknown>(keys: Iterable<string>, options?: CacheCallOptions): Promise<Map<string, T>> {
    const given = this.#makeKeys(keys, options);
    const found = new Map<string, T>();
    if (given.size === 0) return found;
    const values = await this.#backend.getMany([...new Set(given.values())]);
    for (const [key, finalKey] of given) {
      const value = values.get(finalKey);
      if (value !== undefined) found.set(key, value as T);
    }
    return found;
  }

  /**
   * Whether there is a value. On memcached the value is fetched for it.
   *
   * @example
   * ```ts
   * await cache.has('user:1');
   * ```
   */
  async has(key: string, options?: CacheCallOptions): Promise<boolean> {
    return (await this.#backend.get(this.#key(key, options))) !== undefined;
  }

  /**
   * Stores a value, and resolves to `true`; `false` only with the client option `onError: 'miss'`. After
   * a failure the old value is deleted, for which the call takes up to a time-out longer; it is left only
   * where the store cannot be reached.
   *
   * @throws InvalidValueError, the old value being left, for `undefined`, functions, a `Map` and what
   * else cannot be stored; ValueTooLargeError.
   * @example
   * ```ts
   * await cache.set('user:1', { name: 'Ada' }, { ttl: '10m' });
   * ```
   */
  async set(key: string, value: unknown, options?: CacheStoreOptions): Promise<boolean> {
    return this.#replacing.set(this.#key(key, options), storable(value), this.#ttl(options?.ttl));
  }

  /**
   * Stores many values, and resolves to the keys that failed, as given; no old value is left under them.
   * All keys and values are checked before the first is stored. Rejects where nothing could be tried.
   *
   * @param entries pairs, so a `Map`, or a plain object.
   * @example
   * ```ts
   * const failed = await cache.setMany({ 'user:1': 'Ada', 'user:2': 'Grace' }, { ttl: 600 });
   * ```
   */
  async setMany(
    entries: Iterable<readonly [string, unknown]> | Readonly<Record<string, unknown>>,
    options?: CacheStoreOptions,
  ): Promise<string[]> {
    const pairs = new Map(isIterable(entries) ? entries : Object.entries(entries));
    const given = this.#makeKeys(pairs.keys(), options);
    const ttl = this.#ttl(options?.ttl);
    if (given.size === 0) return [];
    const values = new Map<string, unknown>();
    for (const [key, finalKey] of given) values.set(finalKey, storable(pairs.get(key)));
    const failed = await this.#replacing.setMany(values, ttl);
    return [...given].filter(([, finalKey]) => failed.has(finalKey)).map(([key]) => key);
  }

  /**
   * Stores a value where there is none; `false` where there is one.
   *
   * @example
   * ```ts
   * const first = await cache.add('report:sent', true, { ttl: '1d' });
   * ```
   */
  async add(key: string, value: unknown, options?: CacheStoreOptions): Promise<boolean> {
    return this.#backend.add(this.#key(key, options), storable(value), this.#ttl(options?.ttl));
  }

  /**
   * The value, or what the factory makes, which is then stored. However many calls miss at once, of this
   * cache and on memcached of all processes, the factory runs once and they share what it makes: take it as
   * read-only. The first of them says how it is stored. Where another writer stores first, its value wins.
   *
   * `undefined` from a factory is returned and not stored; `null` is stored. What a `delete` or `clear`
   * overtakes is returned to those who wait and not stored. A store that fails stops nobody: the factory
   * serves its callers, an `error` event tells, and nothing is stored.
   *
   * @param options who computes, how long to wait, and what may be served stale: {@link GetOrSetOptions}.
   * @throws FactoryError, one for all who wait, whose `cause` is what the factory threw, or a TimeoutError;
   * InvalidValueError where what it made cannot be stored; ClientInputError for an option.
   * @example
   * ```ts
   * const user = await cache.getOrSet('user:1', () => database.findUser(1), { ttl: '10m' });
   * ```
   */
  getOrSet<T>(key: string, factory: Factory<T>, options?: GetOrSetOptions): Promise<T>;
  getOrSet<T>(key: string, value: T, options?: GetOrSetOptions): Promise<T>;
  async getOrSet(key: string, valueOrFactory: unknown, options?: GetOrSetOptions): Promise<unknown> {
    const factory = isFactory(valueOrFactory) ? valueOrFactory : () => valueOrFactory;
    const rules = resolveGetOrSet(options, this.#ttl(options?.ttl), this.#getOrSet.hasLeases);
    return this.#getOrSet.run({ key: this.#key(key, options), factory, rules }, options?.signal);
  }

  /**
   * Sets the ttl anew; `false` where nothing is stored. 0 or less drops what is stored.
   *
   * @param ttl default: that of the cache.
   * @example
   * ```ts
   * await cache.touch('session:42', '30m');
   * ```
   */
  async touch(key: string, ttl?: Ttl, options?: CacheCallOptions): Promise<boolean> {
    return this.#backend.touch(this.#key(key, options), this.#ttl(ttl));
  }

  /**
   * Whether something was deleted.
   *
   * @example
   * ```ts
   * await cache.delete('user:1');
   * ```
   */
  async delete(key: string, options?: CacheCallOptions): Promise<boolean> {
    const finalKey = this.#key(key, options);
    this.#getOrSet.forget([finalKey]);
    return this.#backend.delete(finalKey);
  }

  /**
   * How many of the keys were there and are deleted.
   *
   * @example
   * ```ts
   * await cache.deleteMany(['user:1', 'user:2']); // 2
   * ```
   */
  async deleteMany(keys: Iterable<string>, options?: CacheCallOptions): Promise<number> {
    const finalKeys = [...new Set(this.#makeKeys(keys, options).values())];
    this.#getOrSet.forget(finalKeys);
    return finalKeys.length === 0 ? 0 : this.#backend.deleteMany(finalKeys);
  }

  /**
   * Adds to a counter and resolves to its new value; `undefined` where there is none and no `initial`.
   * Its ttl stays. Counters are unsigned 64 bit: they stop at 0 and wrap above. A bigint delta gives a
   * bigint.
   *
   * @param delta default 1; below 0 it is taken away.
   * @throws InvalidValueError where what is stored is no number, or the result is past 2^53 and the
   * delta a number: the counter is changed all the same.
   * @example
   * ```ts
   * const views = await cache.incr('views:42', 1, { initial: 1, ttl: '1d' });
   * ```
   */
  async incr<D extends number | bigint = number>(
    key: string,
    delta?: D,
    options?: CacheCounterOptions,
  ): Promise<D | undefined> {
    return this.#count(key, toDelta(delta ?? 1), typeof delta === 'bigint', options) as Promise<
      D | undefined
    >;
  }

  /**
   * Takes from a counter, not below 0; see {@link incr}.
   *
   * @example
   * ```ts
   * const left = await cache.decr('tickets');
   * ```
   */
  async decr<D extends number | bigint = number>(
    key: string,
    delta?: D,
    options?: CacheCounterOptions,
  ): Promise<D | undefined> {
    return this.#count(key, -toDelta(delta ?? 1), typeof delta === 'bigint', options) as Promise<
      D | undefined
    >;
  }

  /**
   * Moves a value to another version and resolves to that; `undefined` where there is none. It keeps its
   * ttl, rounded down to a second. Servers without the meta dialect (memcached before 1.6) do not tell
   * it: there the value gets the ttl of the cache. Other callers may see both or write in between.
   *
   * @param delta default 1.
   * @example
   * ```ts
   * await cache.incrVersion('settings'); // 2
   * await cache.get('settings', undefined, { version: 2 });
   * ```
   */
  async incrVersion(key: string, delta = 1, options?: CacheCallOptions): Promise<number | undefined> {
    const from = options?.version ?? this.#config.version;
    const to = from + delta;
    const oldKey = this.makeKey(key, from);
    const newKey = this.makeKey(key, to);
    const entry = await this.#backend.getEntry(oldKey);
    if (entry === undefined) return undefined;
    // A keyFunction may leave the version out: then the value is where it belongs.
    if (newKey === oldKey) return to;
    const ttl = entry.ttl === undefined ? this.#config.ttl : entry.ttl;
    if (!(await this.#replacing.set(newKey, entry.value, ttl))) return undefined;
    this.#getOrSet.forget([oldKey]);
    await this.#backend.delete(oldKey);
    return to;
  }

  /**
   * {@link incrVersion} downwards.
   *
   * @example
   * ```ts
   * await cache.decrVersion('settings', 1, { version: 2 }); // 1
   * ```
   */
  async decrVersion(key: string, delta = 1, options?: CacheCallOptions): Promise<number | undefined> {
    return this.incrVersion(key, -delta, options);
  }

  /**
   * Empties the whole store, not only what this cache put there: on memcached every key of every node,
   * for all who use it.
   *
   * @example
   * ```ts
   * await cache.clear();
   * ```
   */
  async clear(): Promise<void> {
    this.#checkOpen();
    this.#getOrSet.forgetAll();
    await this.#backend.clear();
  }

  /**
   * The key as it is stored.
   *
   * @param version default: that of the cache.
   * @throws InvalidKeyError for one that memcached cannot carry.
   * @example
   * ```ts
   * cache.makeKey('user:1'); // ':1:user:1'
   * ```
   */
  makeKey(key: string, version?: number): string {
    this.#checkOpen();
    return this.#keys.make(key, version);
  }

  /**
   * Closes the backend, on memcached once all calls are settled. Later calls reject with ClosedError.
   *
   * @example
   * ```ts
   * await cache.close();
   * ```
   */
  close(): Promise<void> {
    this.#closing ??= this.#backend.close?.() ?? Promise.resolve();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #count(
    key: string,
    delta: bigint,
    wantsBigint: boolean,
    options: CacheCounterOptions | undefined,
  ): Promise<number | bigint | undefined> {
    const initial = toInitial(options?.initial);
    const counter = { delta, initial, ttl: this.#ttl(options?.ttl) };
    const count = await this.#backend.incr(this.#key(key, options), counter);
    return count === undefined ? undefined : counterValue(count, wantsBigint);
  }

  #key(key: string, options: CacheCallOptions | undefined): string {
    return this.makeKey(key, options?.version);
  }

  #makeKeys(keys: Iterable<string>, options: CacheCallOptions | undefined): Map<string, string> {
    this.#checkOpen();
    return this.#keys.makeMany(keys, options?.version);
  }

  #ttl(ttl: Ttl | undefined): number | null {
    return ttl === undefined ? this.#config.ttl : ttlSeconds(ttl);
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new ClosedError('Cache is closed');
  }

  /** EventEmitter would crash the process with an error that nobody listens for. */
  #report(error: Error): void {
    diagnose('error', error);
    if (this.listenerCount('error') > 0) this.emit('error', error);
  }
}

function storable(value: unknown): unknown {
  if (value === undefined) throw new InvalidValueError('undefined cannot be stored; null can');
  return value;
}

function isFactory(value: unknown): value is Factory<unknown> {
  return typeof value === 'function';
}

function isIterable(
  entries: Iterable<readonly [string, unknown]> | Readonly<Record<string, unknown>>,
): entries is Iterable<readonly [string, unknown]> {
  return Symbol.iterator in entries;
}
