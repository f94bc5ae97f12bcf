import type { EntryLife } from '../client/envelope.ts';
import type { CacheBackend, FindOptions, Found, Hold } from './cache-backend.ts';

/**
 * A backend as `getOrSet` uses it. Without `find` and `put` its entries are never stale, and none says that
 * there is nothing; without `claim` and `release` nobody else has a lease.
 */
export class EntryStore {
  readonly #backend: CacheBackend;

  constructor(backend: CacheBackend) {
    this.#backend = backend;
  }

  get hasLeases(): boolean {
    return this.#backend.claim !== undefined;
  }

  get interoperable(): boolean {
    return this.#backend.interoperable === true;
  }

  /** The value as any reader sees it. */
  get(key: string): Promise<unknown> {
    return this.#backend.get(key);
  }

  async find(key: string, options: FindOptions): Promise<Found> {
    const backend = this.#backend;
    if (backend.find !== undefined) return backend.find(key, options);
    const value = await backend.get(key);
    if (value === undefined) return { kind: 'miss' };
    return { kind: 'entry', value, freshTtl: undefined, lease: undefined, hold: undefined };
  }

  async put(key: string, value: unknown, life: EntryLife, hold: Hold | undefined): Promise<boolean> {
    const backend = this.#backend;
    if (backend.put !== undefined) return backend.put(key, value, life, hold);
    return value !== undefined && (await backend.add(key, value, life.ttl));
  }

  async claim(key: string, ttl: number, takeOver: boolean): Promise<Hold | undefined> {
    return this.#backend.claim?.(key, ttl, takeOver);
  }

  async release(key: string, hold: Hold): Promise<void> {
    await this.#backend.release?.(key, hold);
  }
}
