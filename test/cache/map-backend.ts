import type { CacheBackend, CacheEntry, CounterStep } from '../../src/index.ts';

/** A backend as users would write one: the least that works. It knows no time but "expired at once". */
export class MapBackend implements CacheBackend {
  readonly values: Map<string, unknown> = new Map();

  async get(key: string): Promise<unknown> {
    return structuredClone(this.values.get(key));
  }

  async getMany(keys: readonly string[]): Promise<Map<string, unknown>> {
    return structuredClone(new Map([...this.values].filter(([key]) => keys.includes(key))));
  }

  async getEntry(key: string): Promise<CacheEntry | undefined> {
    return this.values.has(key) ? { value: await this.get(key), ttl: undefined } : undefined;
  }

  async set(key: string, value: unknown, ttl: number | null): Promise<boolean> {
    if (ttl !== null && ttl <= 0) this.values.delete(key);
    else this.values.set(key, structuredClone(value));
    return true;
  }

  async setMany(entries: ReadonlyMap<string, unknown>, ttl: number | null): Promise<string[]> {
    for (const [key, value] of entries) await this.set(key, value, ttl);
    return [];
  }

  async add(key: string, value: unknown, ttl: number | null): Promise<boolean> {
    return !this.values.has(key) && this.set(key, value, ttl);
  }

  async touch(key: string, ttl: number | null): Promise<boolean> {
    return ttl !== null && ttl <= 0 ? this.delete(key) : this.values.has(key);
  }

  async delete(key: string): Promise<boolean> {
    return this.values.delete(key);
  }

  async deleteMany(keys: readonly string[]): Promise<number> {
    return keys.filter((key) => this.values.delete(key)).length;
  }

  async incr(key: string, { delta, initial }: CounterStep): Promise<bigint | undefined> {
    const count = this.values.get(key);
    const next = typeof count === 'number' ? BigInt(count) + delta : initial;
    if (next !== undefined) this.values.set(key, Number(next < 0n ? 0n : next));
    return next !== undefined && next < 0n ? 0n : next;
  }

  async clear(): Promise<void> {
    this.values.clear();
  }
}
