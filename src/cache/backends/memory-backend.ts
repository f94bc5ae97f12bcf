import { type EncodedValue, jsonCodec } from '../../client/codecs.ts';
import type { EntryLife } from '../../client/envelope.ts';
import { InvalidValueError, ValueTooLargeError } from '../../errors.ts';
import { MAX_UINT64 } from '../../protocol/limits.ts';
import type { CacheBackend, CacheEntry, CounterStep, FindOptions, Found, Hold } from '../cache-backend.ts';
import {
  type Lifetime,
  lifetimeOf,
  type MemoryLimits,
  type MemoryStore,
  type OpenStore,
  openStore,
  releaseStore,
} from './memory-store.ts';

/**
 * Keeps a cache in this process. Values go through the codec that memcached would get them by, so that
 * they are copies, and come back as they would from there.
 */
export class MemoryBackend implements CacheBackend {
  readonly #location: string;
  readonly #store: MemoryStore;
  #isOpen = true;

  /** @throws InvalidCacheConfigError where the location is in use with other limits. */
  constructor(location: string, limits: MemoryLimits) {
    this.#location = location;
    this.#store = openStore(location, limits);
  }

  async get(key: string): Promise<unknown> {
    const store = await this.#store.open();
    const stored = store.get(key);
    return stored && decode(stored);
  }

  async getMany(keys: readonly string[]): Promise<Map<string, unknown>> {
    const store = await this.#store.open();
    const found = new Map<string, unknown>();
    for (const key of keys) {
      const stored = store.get(key);
      if (stored !== undefined) found.set(key, decode(stored));
    }
    return found;
  }

  async getEntry(key: string): Promise<CacheEntry | undefined> {
    const entries = await this.getEntries([key]);
    return entries.get(key);
  }

  async getEntries(keys: readonly string[]): Promise<Map<string, CacheEntry>> {
    const store = await this.#store.open();
    const found = new Map<string, CacheEntry>();
    for (const key of keys) {
      const stored = store.get(key);
      const value = stored && decode(stored);
      // It may be stored that there is nothing.
      if (stored !== undefined && value !== undefined) found.set(key, { value, ttl: freshTtlOf(stored) });
    }
    return found;
  }

  async set(key: string, value: unknown, ttl: number | null): Promise<boolean> {
    // As it is now: the caller may go on to change it.
    const encoded = encode(value);
    const store = await this.#store.open();
    this.#set(store, key, encoded, lifetimeOf(ttl));
    return true;
  }

  async setMany(entries: ReadonlyMap<string, unknown>, ttl: number | null): Promise<string[]> {
    const encoded = [...entries].map(([key, value]) => [key, encode(value)] as const);
    const store = await this.#store.open();
    const lifetime = lifetimeOf(ttl);
    return encoded.filter(([key, value]) => !store.set(key, value, lifetime)).map(([key]) => key);
  }

  async add(key: string, value: unknown, ttl: number | null): Promise<boolean> {
    const encoded = encode(value);
    const store = await this.#store.open();
    if (store.get(key) !== undefined) return false;
    this.#set(store, key, encoded, lifetimeOf(ttl));
    return true;
  }

  async touch(key: string, ttl: number | null): Promise<boolean> {
    const store = await this.#store.open();
    const stored = store.get(key);
    if (stored === undefined) return false;
    const staleMs = stored.expiresAtMs - stored.freshUntilMs;
    // Without an end there is no time after it.
    store.set(key, stored, lifetimeOf(ttl, Number.isNaN(staleMs) ? 0 : staleMs / 1000));
    return true;
  }

  async delete(key: string): Promise<boolean> {
    const store = await this.#store.open();
    return store.delete(key);
  }

  async deleteMany(keys: readonly string[]): Promise<number> {
    const store = await this.#store.open();
    return keys.filter((key) => store.delete(key)).length;
  }

  async incr(key: string, { delta, initial, ttl }: CounterStep): Promise<bigint | undefined> {
    const store = await this.#store.open();
    const stored = store.get(key);
    if (stored === undefined) {
      if (initial !== undefined) this.#set(store, key, encode(initial), lifetimeOf(ttl));
      return initial;
    }
    const count = step(counterOf(key, stored), delta);
    // As in memcached the flags stay, so that what was stored as text is read as text, and so does the
    // length, mostly: "10" less 1 is "9 ". Numbers are read without the spaces.
    const data = String(count).padEnd(Buffer.byteLength(stored.data));
    this.#set(store, key, { data, flags: stored.flags }, stored);
    return count;
  }

  async clear(): Promise<void> {
    const store = await this.#store.open();
    store.clear();
  }

  async find(key: string, _options: FindOptions): Promise<Found> {
    const store = await this.#store.open();
    const stored = store.find(key);
    if (stored === undefined) return { kind: 'miss' };
    const value = stored.holdsValue ? decode(stored) : undefined;
    return { kind: 'entry', value, freshTtl: freshTtlOf(stored), lease: undefined, hold: stored };
  }

  /** A hold is what was stored: it holds as long as that object is. */
  async put(
    key: string,
    value: unknown,
    { staleTtl, ttl }: EntryLife,
    hold: Hold | undefined,
  ): Promise<boolean> {
    const encoded = value === undefined ? undefined : encode(value);
    const store = await this.#store.open();
    const there = hold === undefined ? store.get(key) : store.find(key);
    if (there !== hold) return false;
    this.#set(store, key, encoded, lifetimeOf(ttl, staleTtl));
    return true;
  }

  async close(): Promise<void> {
    // Once: a second release would be that of another cache.
    if (this.#isOpen) releaseStore(this.#location);
    this.#isOpen = false;
  }

  #set(store: OpenStore, key: string, encoded: EncodedValue | undefined, lifetime: Lifetime): void {
    if (store.set(key, encoded, lifetime)) return;
    const { maxBytes } = this.#store.limits;
    throw new ValueTooLargeError(`Value is above maxBytes, which is ${maxBytes}`, { operation: 'set', key });
  }
}

function freshTtlOf({ freshUntilMs }: Lifetime): number | null {
  return freshUntilMs === Number.POSITIVE_INFINITY ? null : (freshUntilMs - performance.now()) / 1000;
}

/** Bytes are copied: the caller may go on to change them. */
function encode(value: unknown): EncodedValue {
  const { data, flags } = jsonCodec().encode(value);
  return { data: typeof data === 'string' ? data : new Uint8Array(data), flags };
}

/** Of a copy, which the codec may keep. */
function decode({ data, flags }: EncodedValue): unknown {
  return jsonCodec().decode(typeof data === 'string' ? Buffer.from(data) : Buffer.from(data), flags);
}

/** As memcached counts: up wraps at 2^64, down stops at 0. */
function step(count: bigint, delta: bigint): bigint {
  if (delta >= 0n) return BigInt.asUintN(64, count + delta);
  return count + delta < 0n ? 0n : count + delta;
}

function counterOf(key: string, { data }: EncodedValue): bigint {
  const text = typeof data === 'string' ? data : Buffer.from(data).toString('latin1');
  const count = /^\d{1,20} *$/.test(text) ? BigInt(text) : undefined;
  if (count !== undefined && count <= MAX_UINT64) return count;
  throw new InvalidValueError('Stored value is no number', { operation: 'incr', key });
}
