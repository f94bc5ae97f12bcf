import { EventEmitter } from 'node:events';
import { counterValue, exactDelta, exactInitial } from '../client/counter.ts';
import type { Ttl } from '../client/ttl.ts';
import { diagnose } from '../diagnostics.ts';
import { CacheAccess } from './cache-access.ts';
import type { CacheSnapshot } from './cache-store.ts';
import {
  type CacheCallOptions,
  type CacheCounterOptions,
  type CacheStoreOptions,
  type Factory,
  type GetOrSetOptions,
  versionOf,
} from './call-options.ts';
import { resolveGetOrSet } from './get-or-set-rules.ts';
import { type Entries, keyList } from './given-keys.ts';
import { factoryOf, storable, storableMany } from './given-values.ts';
import type { ResolvedCacheConfig } from './resolve-cache-config.ts';
import { untilAborted } from './until-aborted.ts';
import { moveValue } from './version-move.ts';

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
  readonly #access: CacheAccess;

  /** @internal */
  constructor(config: ResolvedCacheConfig, access?: CacheAccess) {
    super();
    this.#config = config;
    this.#access = access ?? CacheAccess.open(config, (error) => this.#report(error));
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
    const { backend, keys } = this.#access.scope() ?? (await this.#access.find());
    const value = await backend.get(keys.make(key, versionOf(options)));
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
    const asked = keyList(keys);
    const scope = this.#access.scope() ?? (await this.#access.find());
    const given = scope.keys.makeMany(asked, versionOf(options));
    const found = new Map<string, T>();
    if (given.size === 0) return found;
    const values = await scope.backend.getMany([...new Set(given.values())]);
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
    return (await this.get(key, undefined, options)) !== undefined;
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
    const ready = this.#access.scope();
    const given = storable(value, ready !== undefined);
    const { keys, replacing } = ready ?? (await this.#access.find());
    return replacing.set(keys.make(key, versionOf(options)), given, this.#access.ttl(options?.ttl));
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
  async setMany(entries: Entries, options?: CacheStoreOptions): Promise<string[]> {
    const ready = this.#access.scope();
    const pairs = storableMany(entries, ready !== undefined);
    const { keys, replacing } = ready ?? (await this.#access.find());
    const given = keys.makeMany(pairs.keys(), versionOf(options));
    const ttl = this.#access.ttl(options?.ttl);
    if (given.size === 0) return [];
    const values = new Map([...given].map(([key, finalKey]) => [finalKey, pairs.get(key)]));
    const failed = await replacing.setMany(values, ttl);
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
    const ready = this.#access.scope();
    const given = storable(value, ready !== undefined);
    const { backend, keys } = ready ?? (await this.#access.find());
    return backend.add(keys.make(key, versionOf(options)), given, this.#access.ttl(options?.ttl));
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
    const factory = factoryOf(valueOrFactory);
    const ttl = this.#access.ttl(options?.ttl);
    const signal = options?.signal;
    const { getOrSet, keys } =
      this.#access.scope() ?? (await untilAborted(this.#access.findToServe(), signal));
    const rules = resolveGetOrSet(options, ttl, getOrSet.store);
    return getOrSet.run({ key: keys.make(key, versionOf(options)), factory, rules }, signal);
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
    const { backend, keys } = this.#access.scope() ?? (await this.#access.find());
    return backend.touch(keys.make(key, versionOf(options)), this.#access.ttl(ttl));
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
    const { backend, getOrSet, keys } = this.#access.scope() ?? (await this.#access.find());
    const finalKey = keys.make(key, versionOf(options));
    getOrSet.forget([finalKey]);
    return backend.delete(finalKey);
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
    const asked = keyList(keys);
    const scope = this.#access.scope() ?? (await this.#access.find());
    const finalKeys = [...new Set(scope.keys.makeMany(asked, versionOf(options)).values())];
    scope.getOrSet.forget(finalKeys);
    return finalKeys.length === 0 ? 0 : scope.backend.deleteMany(finalKeys);
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
    return this.#count(key, delta, 1n, options);
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
    return this.#count(key, delta, -1n, options);
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
    const scope = this.#access.scope() ?? (await this.#access.find());
    const from = versionOf(options) ?? this.#config.version;
    const to = from + delta;
    const [fromKey, toKey] = [scope.keys.make(key, from), scope.keys.make(key, to)];
    return (await moveValue(scope, fromKey, toKey, this.#config.ttl)) ? to : undefined;
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
   * for all who use it. In a namespace it empties that alone; where it rejects, others may still see what
   * was there.
   *
   * @example
   * ```ts
   * await cache.clear();
   * ```
   */
  async clear(): Promise<void> {
    await this.#access.clear();
  }

  /**
   * A group of keys that can be dropped together: a cache on the same store, of which `clear` takes what is
   * in the namespace and nothing else, for the whole fleet. Other processes see it within `generationTtl`.
   * Namespaces nest: with one all that are within it are cleared. May be made as often as needed; closing
   * one leaves this cache open, and what no call reports, this cache tells.
   *
   * @param name part of all keys: not empty, and as short as can be.
   * @throws InvalidKeyError for a name that cannot be part of a key.
   * @example
   * ```ts
   * const users = cache.namespace('users');
   * await users.set('42', { name: 'Ada' });
   * await users.clear();
   * ```
   */
  namespace(name: string): Cache {
    return new Cache(this.#config, this.#access.within(name));
  }

  /**
   * The key as it is stored; in a namespace by the generation that was last known.
   *
   * @param version default: that of the cache.
   * @throws InvalidKeyError for one that memcached cannot carry; ClientInputError in a namespace of which no
   * generation is known, because no call on it was awaited yet.
   * @example
   * ```ts
   * cache.makeKey('user:1'); // ':1:user:1'
   * ```
   */
  makeKey(key: string, version?: number): string {
    return this.#access.lastScope().keys.make(key, version);
  }

  /**
   * What the cache knows of itself: hits of its near cache, apart from those of the store. No I/O.
   *
   * @example
   * ```ts
   * const { near } = cache.snapshot();
   * console.log(near?.hits, near?.farHits, near?.misses);
   * ```
   */
  snapshot(): CacheSnapshot {
    return this.#access.snapshot();
  }

  /**
   * Closes the backend, on memcached once all commands are answered. Later calls reject with ClosedError.
   * What `getOrSet` still computes is returned and not stored, and its leases end.
   *
   * @example
   * ```ts
   * await cache.close();
   * ```
   */
  close(): Promise<void> {
    return this.#access.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #count<D extends number | bigint>(
    key: string,
    delta: D | undefined,
    sign: bigint,
    options: CacheCounterOptions | undefined,
  ): Promise<D | undefined> {
    const initial = options?.initial === undefined ? undefined : exactInitial(options.initial);
    const step = { delta: sign * exactDelta(delta ?? 1), initial, ttl: this.#access.ttl(options?.ttl) };
    const { backend, keys } = this.#access.scope() ?? (await this.#access.find());
    const count = await backend.incr(keys.make(key, versionOf(options)), step);
    return count === undefined ? undefined : (counterValue(count, typeof delta === 'bigint') as D);
  }

  /** EventEmitter would crash the process with an error that nobody listens for. */
  #report(error: Error): void {
    diagnose('error', error);
    if (this.listenerCount('error') > 0) this.emit('error', error);
  }
}
