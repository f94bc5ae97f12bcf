import type { EntryLife } from '../../client/envelope.ts';
import { ConnectionError, NodeDownError } from '../../errors.ts';
import { encodeKey } from '../../protocol/key.ts';
import type { CacheBackend, CacheEntry, CounterStep, FindOptions, Found, Hold } from '../cache-backend.ts';
import { EntryStore } from '../entry-store.ts';
import { type NearLimits, NearStore } from './near-store.ts';
import { ReadTickets } from './read-tickets.ts';

/** What a near cache holds, and what it has saved. Counts are since the cache was made. */
export interface NearSnapshot {
  /** Values kept, those that have expired and were not asked for since among them. */
  readonly entries: number;
  /** About what they take in memory. */
  readonly bytes: number;
  /** Values served from here. */
  readonly hits: number;
  /** Values that were not here, and that the backend had. */
  readonly farHits: number;
  /** Values that neither had. */
  readonly misses: number;
}

/**
 * Keeps what is read from another backend, the far one, in this process for a while. Each write made here
 * drops what it concerns.
 *
 * All of the far backend is written out, also what is optional there, so that a method added to the
 * interface does not compile before it is decided here: one that reads must not go past what is kept, one
 * that writes must drop it.
 */
export class NearBackend implements Required<Omit<CacheBackend, 'claim' | 'release'>> {
  /** A far backend without leases has none for being read through this. */
  readonly claim?: NonNullable<CacheBackend['claim']>;
  readonly release?: NonNullable<CacheBackend['release']>;
  readonly interoperable: boolean;
  readonly #far: CacheBackend;
  readonly #entries: EntryStore;
  readonly #limits: NearLimits;
  readonly #reads = new ReadTickets();
  #store: NearStore | undefined;
  #hits = 0;
  #farHits = 0;
  #misses = 0;

  constructor(far: CacheBackend, limits: NearLimits) {
    this.#far = far;
    this.#entries = new EntryStore(far);
    this.interoperable = this.#entries.interoperable;
    this.#limits = limits;
    // Neither tells nor changes a value.
    if (far.claim !== undefined) this.claim = far.claim.bind(far);
    if (far.release !== undefined) this.release = far.release.bind(far);
  }

  snapshot(): NearSnapshot {
    return {
      entries: this.#store?.entries ?? 0,
      bytes: this.#store?.bytes ?? 0,
      hits: this.#hits,
      farHits: this.#farHits,
      misses: this.#misses,
    };
  }

  async get(key: string): Promise<unknown> {
    const store = this.#store ?? (await this.#open());
    const kept = store.get(key);
    if (kept !== undefined) {
      this.#hits++;
      return kept;
    }
    const found = await this.#fetch(store, [key], () => this.#read([key]));
    return found.get(key)?.value;
  }

  async getMany(keys: readonly string[]): Promise<Map<string, unknown>> {
    const store = this.#store ?? (await this.#open());
    const found = new Map<string, unknown>();
    const missing: string[] = [];
    for (const key of keys) {
      const kept = store.get(key);
      if (kept === undefined) missing.push(key);
      else found.set(key, kept);
    }
    if (missing.length > 0) {
      const entries = await this.#fetch(store, missing, () => this.#read(missing));
      for (const [key, { value }] of entries) found.set(key, value);
    }
    this.#hits += keys.length - missing.length;
    return found;
  }

  /** From the far backend always: who asks for what is left wants to know it as it is now. */
  getEntry(key: string): Promise<CacheEntry | undefined> {
    return this.#far.getEntry(key);
  }

  /** As {@link getEntry}. */
  async getEntries(keys: readonly string[]): Promise<ReadonlyMap<string, CacheEntry>> {
    return this.#far.getEntries?.(keys) ?? this.#getValues(keys);
  }

  /** What is to be made anew soon is not kept: it would hide from the next reader that it is its turn. */
  async find(key: string, options: FindOptions): Promise<Found> {
    const store = this.#store ?? (await this.#open());
    const kept = options.anew ? undefined : store.get(key);
    if (kept !== undefined) {
      this.#hits++;
      return { kind: 'entry', value: kept, freshTtl: undefined, lease: undefined, hold: undefined };
    }
    let found: Found = { kind: 'miss' };
    const ask = async (): Promise<ReadonlyMap<string, CacheEntry>> => {
      found = await this.#entries.find(key, options);
      if (found.kind !== 'entry' || found.value === undefined) return NOTHING;
      const { freshTtl, lease, value } = found;
      return new Map([[key, { value, ttl: options.anew || lease !== undefined ? 0 : freshTtl }]]);
    };
    await this.#fetch(store, [key], ask);
    return found;
  }

  put(key: string, value: unknown, life: EntryLife, hold: Hold | undefined): Promise<boolean> {
    return this.#write([key], () => this.#entries.put(key, value, life, hold));
  }

  set(key: string, value: unknown, ttl: number | null): Promise<boolean> {
    return this.#write([key], () => this.#far.set(key, value, ttl));
  }

  setMany(entries: ReadonlyMap<string, unknown>, ttl: number | null): Promise<readonly string[]> {
    return this.#write([...entries.keys()], () => this.#far.setMany(entries, ttl));
  }

  add(key: string, value: unknown, ttl: number | null): Promise<boolean> {
    return this.#write([key], () => this.#far.add(key, value, ttl));
  }

  touch(key: string, ttl: number | null): Promise<boolean> {
    return this.#write([key], () => this.#far.touch(key, ttl));
  }

  delete(key: string): Promise<boolean> {
    return this.#write([key], () => this.#far.delete(key));
  }

  deleteMany(keys: readonly string[]): Promise<number> {
    return this.#write(keys, () => this.#far.deleteMany(keys));
  }

  incr(key: string, step: CounterStep): Promise<bigint | undefined> {
    return this.#write([key], () => this.#far.incr(key, step));
  }

  async clear(): Promise<void> {
    this.#reads.beginClear();
    this.#store?.clear();
    try {
      await this.#far.clear();
    } finally {
      this.#reads.endClear();
    }
  }

  async close(): Promise<void> {
    this.#store?.clear();
    await this.#far.close?.();
  }

  checkKey(key: string): void {
    if (this.#far.checkKey === undefined) encodeKey(key);
    else this.#far.checkKey(key);
  }

  onError(listener: (error: Error) => void): void {
    this.#far.onError?.(listener);
  }

  async #open(): Promise<NearStore> {
    const opened = await NearStore.open(this.#limits);
    // Another call may have been faster.
    this.#store ??= opened;
    return this.#store;
  }

  /** Asks the far backend, and keeps what it has. */
  async #fetch(
    store: NearStore,
    keys: readonly string[],
    ask: () => Promise<ReadonlyMap<string, CacheEntry>>,
  ): Promise<ReadonlyMap<string, CacheEntry>> {
    const askedAtMs = performance.now();
    const tickets = keys.map((key) => this.#reads.begin(key));
    let found = NOTHING;
    try {
      found = await ask();
    } finally {
      for (const [index, key] of keys.entries()) {
        const unwritten = this.#reads.end(key, tickets[index]);
        const entry = found.get(key);
        if (unwritten && entry !== undefined) store.keep(key, entry, askedAtMs);
      }
    }
    this.#farHits += found.size;
    this.#misses += keys.length - found.size;
    return found;
  }

  /** Values, each with what is left of it where the far backend tells. */
  async #read(keys: readonly string[]): Promise<ReadonlyMap<string, CacheEntry>> {
    try {
      const [key] = keys;
      if (keys.length > 1 || this.#far.getEntries !== undefined) return await this.getEntries(keys);
      const entry = await this.getEntry(key as string);
      return entry === undefined ? NOTHING : new Map([[key as string, entry]]);
    } catch (error) {
      // A node that just went down: what stands in for it knows nothing of what is left, but has the values.
      if (error instanceof NodeDownError || error instanceof ConnectionError) return this.#getValues(keys);
      throw error;
    }
  }

  async #getValues(keys: readonly string[]): Promise<ReadonlyMap<string, CacheEntry>> {
    const values = await this.#far.getMany(keys);
    return new Map([...values].map(([key, value]) => [key, { value, ttl: undefined }]));
  }

  /**
   * Drops what the write makes old, at once: until it has ended, reads are of either. The call is made in
   * the same step, so that the value is stored as it is now.
   */
  async #write<T>(keys: readonly string[], call: () => Promise<T>): Promise<T> {
    this.#reads.beginWrite(keys);
    for (const key of keys) this.#store?.drop(key);
    try {
      return await call();
    } finally {
      this.#reads.endWrite(keys);
    }
  }
}

const NOTHING: ReadonlyMap<string, CacheEntry> = new Map();
