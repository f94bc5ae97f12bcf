import type { EntryLife } from '../client/envelope.ts';

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
  /**
   * Seconds left, `null` for never, `undefined` where the store cannot tell. One that counts whole seconds
   * may say up to one more than is left.
   */
  readonly ttl: number | null | undefined;
}

/**
 * What a write of `put` depends on: that nothing has changed since `find`, or that a lease is still held.
 * Given out by `find` and `claim`, and only given back; what it is, is the backend's own.
 */
export type Hold = NonNullable<unknown>;

/** What `getOrSet` asks of `find` besides what is there. */
export interface FindOptions {
  /** Where nothing is there, win the lease on it for these seconds, or learn that another has it. */
  readonly lease: number | undefined;
  /** Tell one reader, of all, to make the entry anew once it is kept for fewer seconds than these. */
  readonly refreshBelow: number | undefined;
  /** Whether what is kept in this process will not do: whoever makes an entry anew looks at the one that is stored. */
  readonly anew: boolean;
}

/** What `find` finds. */
export type Found =
  | FoundEntry
  | { readonly kind: 'miss' }
  /** Nothing is there, and the reader has the lease on it. */
  | { readonly kind: 'won'; readonly hold: Hold }
  /** Nothing is there, and another has the lease. A `put` with this hold stores before it does. */
  | { readonly kind: 'lost'; readonly hold: Hold }
  /** The store could not be asked, and has told so. */
  | { readonly kind: 'failed' };

export interface FoundEntry {
  readonly kind: 'entry';
  /** `undefined` where it is stored that there is nothing. */
  readonly value: unknown;
  /** Seconds until its ttl is over, negative once it is; `null` for never, `undefined` where the store cannot tell. */
  readonly freshTtl: number | null | undefined;
  /** Whether this reader, or another before it, was told to make it anew. */
  readonly lease: 'won' | 'lost' | undefined;
  /** `undefined` where the backend has no `put`. */
  readonly hold: Hold | undefined;
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
  /** As `getMany`, with what is left of each life: a near cache reads by it. Without it, it knows none. */
  getEntries?(keys: readonly string[]): Promise<ReadonlyMap<string, CacheEntry>>;
  /** Called when a cache on this backend is closed; by each of them, where they share it. May be called again. */
  close?(): Promise<void>;
  /** Replaces the check of final keys. Throws `InvalidKeyError` for one that the store cannot carry. */
  checkKey?(key: string): void;
  /**
   * What is there for `getOrSet`, also what is kept after its ttl; to `get` and all other methods that is
   * a miss. Comes with `put`. Without the two, nothing is served stale or refreshed.
   */
  find?(key: string, options: FindOptions): Promise<Found>;
  /**
   * Stores what a factory made, where the hold still holds; without one, where nothing is there. `false`
   * where another's write or a deletion was first. Ends the lease that its hold is.
   *
   * @param value `undefined`: that there is nothing, which only `find` sees.
   */
  put?(key: string, value: unknown, life: EntryLife, hold: Hold | undefined): Promise<boolean>;
  /**
   * Wins the lease of a key among all who use the store, for these seconds; `undefined` where another has
   * it. Comes with `release`, and with `find` and `put`. Without the two, one factory a process runs.
   *
   * @param takeOver wins it from who has it, too.
   */
  claim?(key: string, ttl: number, takeOver: boolean): Promise<Hold | undefined>;
  /** Gives up a lease, where it is still held. */
  release?(key: string, hold: Hold): Promise<void>;
  /**
   * Whether programs in other languages read what it stores, which therefore is values and nothing else:
   * `getOrSet` then refuses to serve stale ones. Default: no.
   */
  readonly interoperable?: boolean;
  /** Called once by each cache: the listener is to be told of failures that no call reports. */
  onError?(listener: (error: Error) => void): void;
}
