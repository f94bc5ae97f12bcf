import type { CacheBackend } from './cache-backend.ts';
import type { CacheKeys } from './cache-keys.ts';
import { GetOrSet } from './get-or-set.ts';
import { ReplacingStore } from './replacing-store.ts';

/** What a call of a cache works on. One call stays with one scope, whatever happens meanwhile. */
export interface CacheScope {
  readonly keys: CacheKeys;
  readonly backend: CacheBackend;
  readonly replacing: ReplacingStore;
  readonly getOrSet: GetOrSet;
}

/** @param report told of failures that no call reports. */
export function scopeOn(backend: CacheBackend, keys: CacheKeys, report: (error: Error) => void): CacheScope {
  return {
    keys,
    backend,
    replacing: new ReplacingStore(backend),
    getOrSet: new GetOrSet(backend, report),
  };
}
