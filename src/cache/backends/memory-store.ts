/** What caches of one location in this process share. */
import type { LRUCache } from 'lru-cache';
import type { EncodedValue } from '../../client/codecs.ts';
import { InvalidCacheConfigError } from '../../errors.ts';

export interface MemoryLimits {
  readonly maxEntries: number;
  readonly maxBytes: number;
}

/** When an entry is over, on the clock of `performance.now()`; `Infinity` for never. */
export interface Lifetime {
  /** To whoever only reads. */
  readonly freshUntilMs: number;
  /** To all. */
  readonly expiresAtMs: number;
}

/** A value as it is kept. Bytes are the store's own: nobody else holds them. */
interface StoredValue extends EncodedValue, Lifetime {
  /** `false` where it is kept that there is nothing. */
  readonly holdsValue: boolean;
  /** Of key and value. */
  readonly bytes: number;
}

export class MemoryStore {
  readonly limits: MemoryLimits;
  #opened: OpenStore | undefined;

  constructor(limits: MemoryLimits) {
    this.limits = limits;
  }

  /**
   * The entries, on which all that follows is done in one step. Their library is loaded with the first
   * use: a program that keeps nothing in memory does not wait for it (`bench` cold start).
   */
  async open(): Promise<OpenStore> {
    if (this.#opened === undefined) {
      const { LRUCache } = await import('lru-cache');
      const { limits } = this;
      // Another call may have been faster.
      this.#opened ??= new OpenStore(
        limits,
        new LRUCache({
          max: limits.maxEntries,
          maxSize: limits.maxBytes,
          sizeCalculation: ({ bytes }) => bytes,
        }),
      );
    }
    return this.#opened;
  }
}

/** What is done on the entries of a store, each in one step. */
export class OpenStore {
  readonly #limits: MemoryLimits;
  readonly #values: LRUCache<string, StoredValue>;

  constructor(limits: MemoryLimits, values: LRUCache<string, StoredValue>) {
    this.#limits = limits;
    this.#values = values;
  }

  /** The value, which becomes the one used last; `undefined` where there is none or its ttl is over. */
  get(key: string): StoredValue | undefined {
    const entry = this.find(key);
    return entry?.holdsValue && entry.freshUntilMs > performance.now() ? entry : undefined;
  }

  /** {@link get}, also what is kept after its ttl, and that there is nothing. */
  find(key: string): StoredValue | undefined {
    const entry = this.#values.get(key);
    if (entry === undefined || entry.expiresAtMs > performance.now()) return entry;
    this.#values.delete(key);
    return undefined;
  }

  /**
   * `false` where the value alone is above `maxBytes`; the old one is gone then too.
   *
   * @param encoded `undefined` to keep that there is nothing.
   */
  set(key: string, encoded: EncodedValue | undefined, { expiresAtMs, freshUntilMs }: Lifetime): boolean {
    const { data, flags } = encoded ?? NOTHING;
    const bytes = Buffer.byteLength(key) + Buffer.byteLength(data);
    // What has expired already would only push out what has not.
    if (bytes > this.#limits.maxBytes || expiresAtMs <= performance.now()) this.#values.delete(key);
    else {
      const holdsValue = encoded !== undefined;
      this.#values.set(key, { data, flags, holdsValue, bytes, freshUntilMs, expiresAtMs });
    }
    return bytes <= this.#limits.maxBytes;
  }

  /** Whether there was one, stale or not. */
  delete(key: string): boolean {
    return this.find(key) !== undefined && this.#values.delete(key);
  }

  clear(): void {
    this.#values.clear();
  }
}

const NOTHING: EncodedValue = { data: '', flags: 0 };

/** From now on. */
export function lifetimeOf(ttl: number | null, staleTtl = 0): Lifetime {
  const freshUntilMs = ttl === null ? Number.POSITIVE_INFINITY : performance.now() + ttl * 1000;
  return { freshUntilMs, expiresAtMs: freshUntilMs + staleTtl * 1000 };
}

const stores = new Map<string, { readonly store: MemoryStore; users: number }>();

/**
 * The store of a location, made for the first who asks.
 *
 * @throws InvalidCacheConfigError where it is there with other limits.
 */
export function openStore(location: string, limits: MemoryLimits): MemoryStore {
  const open = stores.get(location);
  if (open === undefined) {
    const store = new MemoryStore(limits);
    stores.set(location, { store, users: 1 });
    return store;
  }
  const { maxBytes, maxEntries } = open.store.limits;
  if (maxBytes !== limits.maxBytes || maxEntries !== limits.maxEntries) {
    throw new InvalidCacheConfigError(
      `options: the memory store at location ${JSON.stringify(location)} is in use with maxEntries ${maxEntries} and maxBytes ${maxBytes}; caches that share it must agree`,
    );
  }
  open.users++;
  return open.store;
}

/** Ends one use of a store, and with the last one the store. */
export function releaseStore(location: string): void {
  const open = stores.get(location);
  if (open === undefined) return;
  open.users--;
  if (open.users === 0) stores.delete(location);
}
