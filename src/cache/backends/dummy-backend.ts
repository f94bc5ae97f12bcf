import { jsonCodec } from '../../client/codecs.ts';
import type { CacheBackend, CacheEntry, CounterStep } from '../cache-backend.ts';

/** Stores nothing, and says that it did; refuses the values that the others refuse. */
export class DummyBackend implements CacheBackend {
  async get(): Promise<undefined> {}

  async getMany(): Promise<Map<string, unknown>> {
    return new Map();
  }

  async getEntry(): Promise<CacheEntry | undefined> {
    return undefined;
  }

  async set(_key: string, value: unknown): Promise<boolean> {
    jsonCodec().encode(value);
    return true;
  }

  async setMany(entries: ReadonlyMap<string, unknown>): Promise<string[]> {
    for (const value of entries.values()) jsonCodec().encode(value);
    return [];
  }

  async add(_key: string, value: unknown): Promise<boolean> {
    jsonCodec().encode(value);
    return true;
  }

  async touch(): Promise<boolean> {
    return false;
  }

  async delete(): Promise<boolean> {
    return false;
  }

  async deleteMany(): Promise<number> {
    return 0;
  }

  async incr(_key: string, { initial }: CounterStep): Promise<bigint | undefined> {
    return initial;
  }

  async clear(): Promise<void> {}
}
