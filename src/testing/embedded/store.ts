import { type Item, itemBytes } from './item.ts';

/** memcached takes exptimes up to 30 days as relative to now, larger ones as Unix time (protocol.txt). */
const MAX_RELATIVE_SECONDS = 2_592_000;

/** memcached counts seconds from a moment this long before it started (`process_started`). */
const HEAD_START_SECONDS = 62;

export type StoreMode = 'set' | 'add' | 'replace' | 'append' | 'prepend' | 'cas';
export type StoreOutcome = 'stored' | 'notStored' | 'exists' | 'notFound';

export interface Draft {
  readonly key: string;
  readonly value: Buffer;
  readonly clientFlags: number;
  /** As {@link Store.expiryOf} returns it. */
  readonly exptime: number;
  readonly binaryKey?: boolean;
  /** The CAS unique the old item must have; 0 asks for none. */
  readonly expectedCas?: bigint;
  /** `ms … I`: an older CAS unique stores the value too, but as stale. */
  readonly allowStale?: boolean;
}

export interface StoreOptions {
  /** Memory for items, as `memcached -m` counts it; past it the least recently used go. */
  readonly maxBytes: number;
  /** Largest item, as `memcached -I` counts it: value, key and about 60 bytes of header. */
  readonly maxItemBytes: number;
  /** Unix time in seconds. */
  readonly now: () => number;
}

/** What a memcached process remembers. Expiry and flushes take effect when an item is looked at. */
export class Store {
  readonly maxBytes: number;
  readonly maxItemBytes: number;
  readonly now: () => number;
  /** What memcached counts from: nothing is stored, and nothing expires, at or before it. */
  readonly #epoch: number;
  /** In order of use: the first is the next to be evicted. */
  readonly #items = new Map<string, Item>();
  #bytes = 0;
  #lastCas = 0n;
  #flushTime: number;
  #evictions = 0;
  #totalItems = 0;
  #expiredReads = 0;
  #flushedReads = 0;

  constructor(options: StoreOptions) {
    this.maxBytes = options.maxBytes;
    this.maxItemBytes = options.maxItemBytes;
    this.now = options.now;
    this.#epoch = this.now() - HEAD_START_SECONDS;
    this.#flushTime = this.#epoch;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get evictions(): number {
    return this.#evictions;
  }

  get totalItems(): number {
    return this.#totalItems;
  }

  get expiredReads(): number {
    return this.#expiredReads;
  }

  get flushedReads(): number {
    return this.#flushedReads;
  }

  get size(): number {
    return this.#items.size;
  }

  /** The items held, the expired that nobody looked at since included, least recently used first. */
  items(): IterableIterator<Item> {
    return this.#items.values();
  }

  /** Turns the wire's exptime into what items carry: 0, or a Unix time, for times long past the first one. */
  expiryOf(exptime: number): number {
    if (exptime === 0) return 0;
    if (exptime > 0 && exptime <= MAX_RELATIVE_SECONDS) return this.now() + exptime;
    return Math.max(exptime, this.#epoch + 1);
  }

  fits(keyBytes: number, clientFlags: number, valueBytes: number): boolean {
    return itemBytes(keyBytes, clientFlags, valueBytes) <= this.maxItemBytes;
  }

  /** The live item; looking does not count as use, see {@link bump}. */
  peek(key: string): Item | undefined {
    const item = this.#items.get(key);
    if (item === undefined) return undefined;
    if (this.#isFlushed(item)) {
      this.#flushedReads += 1;
    } else if (item.exptime !== 0 && item.exptime <= this.now()) {
      this.#expiredReads += 1;
    } else {
      return item;
    }
    this.remove(item);
    return undefined;
  }

  /** Counts as a use of the item: moves it away from eviction and marks it read. */
  bump(item: Item): void {
    item.fetched = true;
    item.time = this.now();
    this.#items.delete(item.key);
    this.#items.set(item.key, item);
  }

  remove(item: Item): void {
    if (this.#items.get(item.key) !== item) return;
    this.#items.delete(item.key);
    this.#bytes -= sizeOf(item);
  }

  /** Applies one storage command. The item of a refused one is left as it was. */
  store(mode: StoreMode, draft: Draft): { readonly outcome: StoreOutcome; readonly cas: bigint } {
    const old = this.peek(draft.key);
    if (old === undefined) {
      if (mode === 'cas') return { outcome: 'notFound', cas: 0n };
      if (mode !== 'set' && mode !== 'add') return { outcome: 'notStored', cas: 0n };
      return { outcome: 'stored', cas: this.link(draft).cas };
    }
    if (mode === 'add') return { outcome: 'notStored', cas: 0n };
    const expected = draft.expectedCas ?? 0n;
    if (mode === 'append' || mode === 'prepend') {
      if (expected !== 0n && expected !== old.cas) return { outcome: 'exists', cas: 0n };
      const value = Buffer.concat(mode === 'append' ? [old.value, draft.value] : [draft.value, old.value]);
      const { key, clientFlags, exptime } = old;
      if (!this.fits(key.length, clientFlags, value.length)) return { outcome: 'notStored', cas: 0n };
      return { outcome: 'stored', cas: this.link({ key, value, clientFlags, exptime }).cas };
    }
    if (mode !== 'cas' || (expected !== 0n && expected === old.cas)) {
      return { outcome: 'stored', cas: this.link(draft).cas };
    }
    if (draft.allowStale === true && expected !== 0n && expected < old.cas) {
      const item = this.link({ ...draft, exptime: old.exptime });
      item.stale = true;
      item.tokenSent = old.tokenSent;
      return { outcome: 'stored', cas: item.cas };
    }
    return { outcome: 'exists', cas: 0n };
  }

  /** Puts an item in place of whatever had its key, with a new CAS unique. */
  link(draft: Draft): Item {
    const old = this.#items.get(draft.key);
    if (old !== undefined) this.remove(old);
    const item: Item = {
      key: draft.key,
      value: draft.value,
      clientFlags: draft.clientFlags,
      exptime: draft.exptime,
      cas: this.nextCas(),
      time: this.now(),
      fetched: false,
      stale: false,
      tokenSent: false,
      binaryKey: draft.binaryKey ?? false,
    };
    this.#items.set(item.key, item);
    this.#bytes += sizeOf(item);
    this.#totalItems += 1;
    if (this.#bytes > this.maxBytes) this.#evict(item);
    return item;
  }

  nextCas(): bigint {
    this.#lastCas += 1n;
    return this.#lastCas;
  }

  /** `flush_all [delay]`: 0 or less is now. A later flush replaces one still waiting. */
  flush(delay: number): void {
    const now = this.now();
    this.#flushTime = (delay > 0 ? this.expiryOf(delay) : now) - 1;
    if (this.#flushTime > now) return;
    this.nextCas();
    if (this.#flushTime <= this.#epoch) return;
    this.#items.clear();
    this.#bytes = 0;
  }

  resetCounters(): void {
    this.#evictions = 0;
    this.#totalItems = 0;
    this.#expiredReads = 0;
    this.#flushedReads = 0;
  }

  #isFlushed(item: Item): boolean {
    return item.time <= this.#flushTime && this.#flushTime <= this.now();
  }

  #evict(keep: Item): void {
    for (const item of this.#items.values()) {
      if (item === keep) continue;
      this.remove(item);
      this.#evictions += 1;
      if (this.#bytes <= this.maxBytes) return;
    }
  }
}

function sizeOf(item: Item): number {
  return itemBytes(item.key.length, item.clientFlags, item.value.length);
}
