import type { CacheBackend, CacheEntry, CounterStep } from '../cache-backend.ts';

/** What a backend answers that is never reached, to who has chosen that a failure is a miss. */
export class LostBackend implements CacheBackend {
  async get(): Promise<undefined> {}

  async getMany(): Promise<Map<string, unknown>> {
    return new Map();
  }

  async getEntry(): Promise<CacheEntry | undefined> {
    return undefined;
  }

  async set(): Promise<boolean> {
    return false;
  }

  async setMany(entries: ReadonlyMap<string, unknown>): Promise<string[]> {
    return [...entries.keys()];
  }

  async add(): Promise<boolean> {
    return false;
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

  async incr(_key: string, _step: CounterStep): Promise<undefined> {}

  async clear(): Promise<void> {}
}
