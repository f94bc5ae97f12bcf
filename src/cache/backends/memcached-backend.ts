import { Client } from '../../client/client.ts';
import type { EntryLife } from '../../client/envelope.ts';
import { KeyEncoder } from '../../client/key-encoder.ts';
import type { ResolvedOptions } from '../../client/resolve-options.ts';
import type { CacheBackend, CacheEntry, CounterStep, FindOptions, Found, Hold } from '../cache-backend.ts';
import { type LeaseKey, MemcachedEntries } from './memcached-entries.ts';

/** Keeps a cache in memcached, by a client of its own. */
export class MemcachedBackend implements CacheBackend {
  readonly interoperable: boolean;
  readonly #client: Client;
  readonly #keys: KeyEncoder;
  readonly #entries: MemcachedEntries;
  /** Whether commands are executed in the order in which they are made. */
  readonly #inOrder: boolean;

  constructor(options: ResolvedOptions, leaseKey: LeaseKey) {
    this.interoperable = options.codec.interoperable === true;
    this.#client = new Client(options);
    this.#keys = new KeyEncoder(options.keys);
    this.#inOrder = options.node.connectionsPerNode === 1;
    this.#entries = new MemcachedEntries(this.#client, options.codec, leaseKey);
  }

  get(key: string): Promise<unknown> {
    return this.#client.get(key);
  }

  getMany(keys: readonly string[]): Promise<Map<string, unknown>> {
    return this.#client.getMany(keys);
  }

  async getEntry(key: string): Promise<CacheEntry | undefined> {
    const fetched = await this.#client.entries.fetch(key);
    if (fetched?.kind !== 'item' || fetched.over || fetched.value === undefined) return undefined;
    return { value: fetched.value, ttl: fetched.freshTtl };
  }

  async getEntries(keys: readonly string[]): Promise<Map<string, CacheEntry>> {
    const entries = await Promise.all(
      keys.map((key) =>
        this.#client.entries.isStoodIn(key) ? this.#getFromStandIn(key) : this.getEntry(key),
      ),
    );
    const found = new Map<string, CacheEntry>();
    for (const [index, key] of keys.entries()) {
      const entry = entries[index];
      if (entry !== undefined) found.set(key, entry);
    }
    return found;
  }

  /** It has the value alone: what is left of its ttl is not told there. */
  async #getFromStandIn(key: string): Promise<CacheEntry | undefined> {
    const value = await this.#client.get(key);
    return value === undefined ? undefined : { value, ttl: undefined };
  }

  set(key: string, value: unknown, ttl: number | null): Promise<boolean> {
    return this.#client.set(key, value, { ttl });
  }

  setMany(entries: ReadonlyMap<string, unknown>, ttl: number | null): Promise<string[]> {
    return this.#client.setMany(entries, { ttl });
  }

  add(key: string, value: unknown, ttl: number | null): Promise<boolean> {
    return this.#client.add(key, value, { ttl });
  }

  touch(key: string, ttl: number | null): Promise<boolean> {
    return this.#client.touch(key, ttl);
  }

  delete(key: string): Promise<boolean> {
    return this.#afterPuts([key], () => this.#client.delete(key));
  }

  deleteMany(keys: readonly string[]): Promise<number> {
    return this.#afterPuts(keys, () => this.#client.deleteMany(keys));
  }

  incr(key: string, { delta, initial, ttl }: CounterStep): Promise<bigint | undefined> {
    return this.#client.incr(key, delta, initial === undefined ? {} : { initial, ttl });
  }

  async clear(): Promise<void> {
    const underWay = this.#entries.overtake();
    if (!this.#inOrder) await Promise.allSettled(underWay);
    await this.#client.flushAll();
  }

  find(key: string, options: FindOptions): Promise<Found> {
    return this.#entries.find(key, options);
  }

  put(key: string, value: unknown, life: EntryLife, hold: Hold | undefined): Promise<boolean> {
    return this.#entries.put(key, value, life, hold);
  }

  claim(key: string, ttl: number, takeOver: boolean): Promise<Hold | undefined> {
    return this.#entries.claim(key, ttl, takeOver);
  }

  release(key: string, hold: Hold): Promise<void> {
    return this.#entries.release(key, hold);
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  /** Deletes what is being stored as well, in this process or in others. */
  async #afterPuts<T>(keys: readonly string[], deletion: () => Promise<T>): Promise<T> {
    const underWay = this.#entries.overtake(keys);
    if (!this.#inOrder && underWay.length > 0) await Promise.allSettled(underWay);
    const revoked = this.#entries.revoke(keys);
    if (revoked.length === 0) return deletion();
    // What could not be revoked is no reason to keep the key: its node may have to delete it once it is back.
    if (!this.#inOrder) await Promise.allSettled(revoked);
    const [deleted] = await Promise.all([deletion(), ...revoked]);
    return deleted;
  }

  /** By the client's options: `longKeys` and `unsafeKeys` allow more, `keyPrefix` counts for the length. */
  checkKey(key: string): void {
    this.#keys.encode(key);
  }

  onError(listener: (error: Error) => void): void {
    this.#client.on('error', listener);
    this.#client.on('discoveryError', listener);
  }
}
