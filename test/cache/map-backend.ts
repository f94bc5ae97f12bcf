import { type CacheBackend, type CacheEntry, type CounterStep, InvalidValueError } from '../../src/index.ts';

const MAX_COUNT = 2n ** 64n - 1n;

/** A backend as users would write one: the least that keeps its contract. */
export class MapBackend implements CacheBackend {
  readonly values: Map<string, unknown> = new Map();
  readonly expiries: Map<string, number> = new Map();

  async get(key: string): Promise<unknown> {
    return this.has(key) ? structuredClone(this.values.get(key)) : undefined;
  }

  async getMany(keys: readonly string[]): Promise<Map<string, unknown>> {
    const there = keys.filter((key) => this.has(key));
    return new Map(there.map((key) => [key, structuredClone(this.values.get(key))]));
  }

  async getEntry(key: string): Promise<CacheEntry | undefined> {
    if (!this.has(key)) return undefined;
    const expiry = this.expiries.get(key);
    const ttl = expiry === undefined ? null : (expiry - Date.now()) / 1000;
    return { value: structuredClone(this.values.get(key)), ttl };
  }

  async set(key: string, value: unknown, ttl: number | null): Promise<boolean> {
    this.keep(key, copy(value), ttl);
    return true;
  }

  async setMany(entries: ReadonlyMap<string, unknown>, ttl: number | null): Promise<string[]> {
    const copies = [...entries].map(([key, value]) => [key, copy(value)] as const);
    for (const [key, value] of copies) this.keep(key, value, ttl);
    return [];
  }

  async add(key: string, value: unknown, ttl: number | null): Promise<boolean> {
    const stored = copy(value);
    if (this.has(key)) return false;
    this.keep(key, stored, ttl);
    return true;
  }

  async touch(key: string, ttl: number | null): Promise<boolean> {
    if (!this.has(key)) return false;
    this.keep(key, this.values.get(key), ttl);
    return true;
  }

  async delete(key: string): Promise<boolean> {
    return this.has(key) && this.drop(key);
  }

  async deleteMany(keys: readonly string[]): Promise<number> {
    return keys.filter((key) => this.has(key) && this.drop(key)).length;
  }

  async incr(key: string, { delta, initial, ttl }: CounterStep): Promise<bigint | undefined> {
    if (!this.has(key)) {
      if (initial !== undefined) this.keep(key, stored(initial), ttl);
      return initial;
    }
    const sum = counterOf(this.values.get(key)) + delta;
    const count = sum < 0n ? 0n : BigInt.asUintN(64, sum);
    this.values.set(key, stored(count));
    return count;
  }

  async clear(): Promise<void> {
    this.values.clear();
    this.expiries.clear();
  }

  has(key: string): boolean {
    if ((this.expiries.get(key) ?? Number.POSITIVE_INFINITY) <= Date.now()) this.drop(key);
    return this.values.has(key);
  }

  keep(key: string, value: unknown, ttl: number | null): void {
    this.drop(key);
    if (ttl !== null && ttl <= 0) return;
    this.values.set(key, value);
    if (ttl !== null) this.expiries.set(key, Date.now() + ttl * 1000);
  }

  drop(key: string): boolean {
    this.expiries.delete(key);
    return this.values.delete(key);
  }
}

function copy(value: unknown): unknown {
  try {
    return structuredClone(value);
  } catch (cause) {
    throw new InvalidValueError('The value cannot be cloned', { cause });
  }
}

function counterOf(value: unknown): bigint {
  const count = typeof value === 'bigint' || Number.isSafeInteger(value) ? BigInt(value as number) : -1n;
  if (count < 0n || count > MAX_COUNT) throw new InvalidValueError('Stored value is no number');
  return count;
}

function stored(count: bigint): number | bigint {
  return count <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(count) : count;
}
