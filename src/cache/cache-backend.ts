/** What a counter of a {@link CacheBackend} is stepped by, and made of where there is none. */
export interface CounterStep {
  /** Added to the counter; below 0 it is taken away, and the counter stops at 0. */
  readonly delta: bigint;
  /** Makes a missing counter of this value; `undefined`: a missing counter stays missing. */
  readonly initial: bigint | undefined;
  /** Of a counter made so: seconds, or `null` for never. One that is there keeps its own. */
  readonly ttl: number | null;
}

/** A value with what is left of its life. */
export interface CacheEntry {
  readonly value: unknown;
  /** Seconds left, `null` for never, `undefined` where the store cannot tell. */
  readonly ttl: number | null | undefined;
}

/**
 * Where a `Cache` keeps things. Implement it to use another store, and give it as `backend`.
 *
 * What every method can rely on:
 *
 * - Keys are final: prefix and version are in them. They are 1 to 250 bytes of UTF-8 without control
 *   characters and spaces, unless `checkKey` says otherwise.
 * - A `ttl` is a number of seconds, whole or not, or `null` for never. 0 or less means expired at once:
 *   `set` drops what is there, `touch` drops it and resolves to `true`, `add` resolves to `true` and
 *   stores nothing.
 * - Values are never `undefined`. `null` is a value. Text, numbers, booleans, bytes (`Uint8Array`), and
 *   arrays and plain objects of what JSON has can be stored everywhere.
 *
 * What every method owes:
 *
 * - A miss is a result: `undefined`, `false`, absent from the map. A failure rejects.
 * - What is given is copied by the time a call resolves, and what is read is a copy: a caller who changes
 *   either does not change what is stored.
 * - A value that cannot be stored rejects with `InvalidValueError` before anything is changed, also in
 *   `setMany`.
 * - What has expired is missing to every method.
 *
 * `cacheBackendTestSuite` of `memfleet/testing` tests all of it.
 *
 * @example
 * ```ts
 * const cache = createCache({ backend: sqliteBackend, ttl: 60 });
 * ```
 */
export interface CacheBackend {
  /** The value, or `undefined`. */
  get(key: string): Promise<unknown>;
  /** The values found, by key; keys are distinct and at least one. */
  getMany(keys: readonly string[]): Promise<ReadonlyMap<string, unknown>>;
  /** The value and what is left of its life, or `undefined`. */
  getEntry(key: string): Promise<CacheEntry | undefined>;
  /** Stores a value; `false` where it was not, and that is no error to the backend. */
  set(key: string, value: unknown, ttl: number | null): Promise<boolean>;
  /** Stores many, at least one, and resolves to the keys that failed. */
  setMany(entries: ReadonlyMap<string, unknown>, ttl: number | null): Promise<readonly string[]>;
  /** Stores a value where there is none, in one step; `false` where there is one. */
  add(key: string, value: unknown, ttl: number | null): Promise<boolean>;
  /** Sets the ttl anew; `false` where there is nothing. */
  touch(key: string, ttl: number | null): Promise<boolean>;
  /** Whether something was deleted. */
  delete(key: string): Promise<boolean>;
  /** How many were deleted; keys are distinct and at least one. */
  deleteMany(keys: readonly string[]): Promise<number>;
  /**
   * Steps a counter, an unsigned 64 bit number, in one step, and resolves to its new value; its ttl
   * stays. `undefined` where there is none and no `initial`. Rejects with `InvalidValueError` where what
   * is stored is no whole number from 0.
   */
  incr(key: string, step: CounterStep): Promise<bigint | undefined>;
  /** Empties the whole store, for all who use it. */
  clear(): Promise<void>;
  /** Called when a cache on this backend is closed; by each of them, where they share it. May be called again. */
  close?(): Promise<void>;
  /** Replaces the check of final keys. Throws `InvalidKeyError` for one that the store cannot carry. */
  checkKey?(key: string): void;
  /** Called once by each cache: the listener is to be told of failures that no call reports. */
  onError?(listener: (error: Error) => void): void;
}
