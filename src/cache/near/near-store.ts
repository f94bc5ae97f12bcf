import type { LRUCache } from 'lru-cache';
import type { CacheEntry } from '../cache-backend.ts';
import { copyPlain, plainBytes } from '../value-copy.ts';

export interface NearLimits {
  readonly maxEntries: number;
  readonly maxBytes: number;
  /** Seconds. */
  readonly ttl: number;
}

/** A copy that nobody else holds. */
interface NearEntry {
  readonly value: unknown;
  /** On the clock of `performance.now()`. */
  readonly expiresAtMs: number;
  /** About what key and value take in memory. */
  readonly bytes: number;
}

/** The entries that are kept near, each in a copy of its own. */
export class NearStore {
  readonly #limits: NearLimits;
  readonly #entries: LRUCache<string, NearEntry>;

  /** Loads `lru-cache`: a program that keeps nothing near does not wait for it (`bench` cold start). */
  static async open(limits: NearLimits): Promise<NearStore> {
    const { LRUCache } = await import('lru-cache');
    const { maxEntries: max, maxBytes: maxSize } = limits;
    return new NearStore(limits, new LRUCache({ max, maxSize, sizeCalculation: ({ bytes }) => bytes }));
  }

  private constructor(limits: NearLimits, entries: LRUCache<string, NearEntry>) {
    this.#limits = limits;
    this.#entries = entries;
  }

  get entries(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#entries.calculatedSize;
  }

  /** A copy of the value, which becomes the one used last; `undefined` where none is kept. */
  get(key: string): unknown {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.expiresAtMs > performance.now()) return copyPlain(entry.value);
    this.#entries.delete(key);
    return undefined;
  }

  /**
   * Keeps a copy of what was read, unless it cannot be copied or is about to expire.
   *
   * @param askedAtMs when it was asked for: it may have changed since.
   */
  keep(key: string, { value, ttl }: CacheEntry, askedAtMs: number): void {
    // A store that counts whole seconds says up to one more than is left.
    const left = ttl === null || ttl === undefined ? Number.POSITIVE_INFINITY : ttl - 1;
    const expiresAtMs = askedAtMs + Math.min(left, this.#limits.ttl) * 1000;
    if (expiresAtMs <= performance.now()) return;
    const bytes = plainBytes(value, this.#limits.maxBytes);
    if (bytes === undefined) return;
    this.#entries.set(key, { value: copyPlain(value), expiresAtMs, bytes: bytes + 2 * key.length });
  }

  drop(key: string): void {
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }
}
