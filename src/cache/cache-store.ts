import { LostBackend } from './backends/lost-backend.ts';
import type { CacheBackend } from './cache-backend.ts';
import { CacheKeys } from './cache-keys.ts';
import { type CacheScope, scopeOn } from './cache-scope.ts';
import { EntryStore } from './entry-store.ts';
import { Markers } from './namespace/markers.ts';
import { NearBackend, type NearSnapshot } from './near/near-backend.ts';
import { ReplacingStore } from './replacing-store.ts';
import type { ResolvedCacheConfig } from './resolve-cache-config.ts';

/** What a cache knows of itself. */
export interface CacheSnapshot {
  /** Of the near cache, which a cache shares with its namespaces; `undefined` where the config has none. */
  readonly near: NearSnapshot | undefined;
}

/** What a cache and its namespaces share: the backend, and all that this process knows of what is there. */
export class CacheStore {
  /** Of the cache itself. */
  readonly scope: CacheScope;
  /** For calls in a namespace whose generation cannot be had. */
  readonly lost: CacheScope;
  readonly markers: Markers;
  /** Told of failures that no call reports. */
  readonly report: (error: Error) => void;
  readonly #backend: CacheBackend;
  readonly #near: NearBackend | undefined;

  constructor(config: ResolvedCacheConfig, report: (error: Error) => void) {
    const far = config.open();
    this.report = report;
    this.#near = config.near && new NearBackend(far, config.near);
    this.#backend = this.#near ?? far;
    const keys = new CacheKeys(config, this.#backend);
    this.scope = scopeOn(this.#backend, keys, report);
    this.lost = scopeOn(new LostBackend(), keys, report);
    this.markers = new Markers({
      entries: new EntryStore(far),
      replacing: new ReplacingStore(far),
      ttlMs: config.generationTtl * 1000,
    });
    this.#backend.onError?.(report);
  }

  snapshot(): CacheSnapshot {
    return { near: this.#near?.snapshot() };
  }

  /** Empties the backend. */
  async clear(): Promise<void> {
    this.scope.getOrSet.forgetAll();
    try {
      await this.#backend.clear();
    } finally {
      this.markers.expireAll();
    }
  }

  async close(): Promise<void> {
    await this.scope.getOrSet.close();
    await this.#backend.close?.();
  }
}
