/** Writes of which a failure does not leave an old value in the place of the new one. */
import { ClosedError, InvalidKeyError, InvalidValueError } from '../errors.ts';
import type { CacheBackend } from './cache-backend.ts';

export class ReplacingStore {
  readonly #backend: CacheBackend;

  constructor(backend: CacheBackend) {
    this.#backend = backend;
  }

  async set(key: string, value: unknown, ttl: number | null): Promise<boolean> {
    try {
      const stored = await this.#backend.set(key, value, ttl);
      if (!stored) await this.#dropOld([key]);
      return stored;
    } catch (error) {
      if (wasTried(error)) await this.#dropOld([key]);
      throw error;
    }
  }

  /** The keys that failed. */
  async setMany(values: ReadonlyMap<string, unknown>, ttl: number | null): Promise<ReadonlySet<string>> {
    try {
      const failed = new Set(await this.#backend.setMany(values, ttl));
      if (failed.size > 0) await this.#dropOld([...failed]);
      return failed;
    } catch (error) {
      if (wasTried(error)) await this.#dropOld([...values.keys()]);
      throw error;
    }
  }

  /** What fails here has failed before, and is told. */
  async #dropOld(keys: readonly string[]): Promise<void> {
    await this.#backend.deleteMany(keys).catch(() => {});
  }
}

/** Input that is refused changes nothing. */
function wasTried(error: unknown): boolean {
  return ![InvalidKeyError, InvalidValueError, ClosedError].some((kind) => error instanceof kind);
}
