import { Client } from '../../client/client.ts';
import { KeyEncoder } from '../../client/key-encoder.ts';
import type { MemcachedClient } from '../../client/memcached-client.ts';
import type { ResolvedOptions } from '../../client/resolve-options.ts';
import type { Item } from '../../client/value-reader.ts';
import type { CacheBackend, CacheEntry, CounterStep } from '../cache-backend.ts';

/** Keeps a cache in memcached, by a client of its own. */
export class MemcachedBackend implements CacheBackend {
  readonly #client: MemcachedClient;
  readonly #keys: KeyEncoder;

  constructor(options: ResolvedOptions) {
    this.#client = new Client(options);
    this.#keys = new KeyEncoder(options.keys);
  }

  get(key: string): Promise<unknown> {
    return this.#client.get(key);
  }

  getMany(keys: readonly string[]): Promise<Map<string, unknown>> {
    return this.#client.getMany(keys);
  }

  async getEntry(key: string): Promise<CacheEntry | undefined> {
    const item = await this.#client.gets(key);
    return item && entryOf(item);
  }

  async getEntries(keys: readonly string[]): Promise<Map<string, CacheEntry>> {
    const items = await this.#client.getsMany(keys);
    return new Map([...items].map(([key, item]) => [key, entryOf(item)]));
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
    return this.#client.delete(key);
  }

  deleteMany(keys: readonly string[]): Promise<number> {
    return this.#client.deleteMany(keys);
  }

  incr(key: string, { delta, initial, ttl }: CounterStep): Promise<bigint | undefined> {
    return this.#client.incr(key, delta, initial === undefined ? {} : { initial, ttl });
  }

  clear(): Promise<void> {
    return this.#client.flushAll();
  }

  close(): Promise<void> {
    return this.#client.close();
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

/** The meta dialect's `t`: whole seconds, -1 for never. The classic one tells nothing. */
function entryOf({ value, ttl }: Item): CacheEntry {
  return { value, ttl: ttl === undefined || ttl >= 0 ? ttl : null };
}
