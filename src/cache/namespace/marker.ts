import { NodeDownError } from '../../errors.ts';
import type { Hold } from '../cache-backend.ts';
import type { EntryStore } from '../entry-store.ts';
import { NOTHING_ELSE } from '../get-or-set-rules.ts';
import type { ReplacingStore } from '../replacing-store.ts';
import { generationAfter, isOlder, readGeneration } from './generation.ts';

/** Where markers are, and for how long one that was read holds. */
export interface MarkerStore {
  /** Never of a near cache: what it keeps would be older still. */
  readonly entries: EntryStore;
  readonly replacing: ReplacingStore;
  /** For so long after it was asked for. */
  readonly ttlMs: number;
}

const FOR_EVER = { ttl: null, staleTtl: 0, refreshed: false } as const;

interface Reading {
  readonly askedAtMs: number;
  readonly generation: Promise<string | undefined>;
}

/** The one key of a namespace that holds its generation, and what this process knows of it. */
export class Marker {
  readonly #key: string;
  readonly #store: MarkerStore;
  /** The youngest that this process has read or made. It goes back to no older one. */
  #latest: string | undefined;
  #validUntilMs = Number.NEGATIVE_INFINITY;
  #reading: Reading | undefined;
  /** How many renewals are under way. */
  #renewals = 0;

  constructor(key: string, store: MarkerStore) {
    this.#key = key;
    this.#store = store;
  }

  get latest(): string | undefined {
    return this.#latest;
  }

  get busy(): boolean {
    return this.#reading !== undefined || this.#renewals > 0;
  }

  /** The generation in force; `undefined` where it is to be read first. */
  current(): string | undefined {
    return this.#renewals > 0 || performance.now() < this.#validUntilMs ? this.#latest : undefined;
  }

  /**
   * The generation in force, read unless it is known. Who comes while it is read shares that reading. It
   * resolves to `undefined` where the backend tells of no failure and has no marker, nor takes one.
   */
  ready(): Promise<string | undefined> {
    const current = this.current();
    if (current !== undefined) return Promise.resolve(current);
    const askedAtMs = performance.now();
    if (this.#reading === undefined || askedAtMs - this.#reading.askedAtMs >= this.#store.ttlMs) {
      this.#reading = this.#startReading(askedAtMs);
    }
    return this.#reading.generation;
  }

  /**
   * Puts another generation in force: in this process at once, and, where the write fails, in this process
   * all the same. It then writes again as soon as it finds the old one.
   */
  async renew(): Promise<void> {
    const generation = generationAfter(this.#latest);
    const startedAtMs = performance.now();
    this.#latest = generation;
    this.#reading = undefined;
    this.#renewals++;
    let stored = false;
    try {
      stored = await this.#store.replacing.set(this.#key, generation, null);
    } finally {
      this.#renewals--;
      if (!stored) this.expire();
      else if (this.#latest === generation) this.#validUntilMs = startedAtMs + this.#store.ttlMs;
    }
  }

  /** What was read holds no longer. */
  expire(): void {
    this.#validUntilMs = Number.NEGATIVE_INFINITY;
    this.#reading = undefined;
  }

  #startReading(askedAtMs: number): Reading {
    const reading: Reading = { askedAtMs, generation: this.#read(() => this.#reading === reading) };
    const abandon = (): void => {
      if (this.#reading === reading) this.#reading = undefined;
    };
    const settle = (): void => {
      if (this.#reading === reading) this.#validUntilMs = askedAtMs + this.#store.ttlMs;
      abandon();
    };
    reading.generation.then(
      // Those who wait go on first: a call made after theirs must not overtake them.
      (generation) => (generation === undefined ? abandon() : process.nextTick(settle)),
      abandon,
    );
    return reading;
  }

  /** @param isCurrent false once a renewal came between, which a reading must not undo. */
  async #read(isCurrent: () => boolean): Promise<string | undefined> {
    const { entries, replacing } = this.#store;
    for (let tries = 0; tries < 2; tries++) {
      const found = await entries.find(this.#key, NOTHING_ELSE);
      if (found.kind === 'failed') return undefined;
      const stored = found.kind === 'entry' ? found.value : undefined;
      const generation = readGeneration(stored);
      if (!isCurrent() && generation !== undefined) return generation;
      if (generation !== undefined && !isOlder(generation, this.#latest)) return this.#take(generation);
      const next = generationAfter(this.#latest);
      const hold = found.kind === 'miss' ? undefined : found.hold;
      const write = stored === undefined ? this.#make(next, hold) : replacing.set(this.#key, next, null);
      if (await write) return isCurrent() ? this.#take(next) : next;
    }
    return undefined;
  }

  /**
   * Of those who find no marker one makes it, and the others read that. Where its node goes down meanwhile,
   * the last one makes it on a stand-in.
   */
  async #make(generation: string, hold: Hold | undefined): Promise<boolean> {
    const { entries, replacing } = this.#store;
    try {
      return await entries.put(this.#key, generation, FOR_EVER, hold);
    } catch (error) {
      if (!(error instanceof NodeDownError)) throw error;
      return replacing.set(this.#key, generation, null);
    }
  }

  #take(generation: string): string {
    this.#latest = generation;
    return generation;
  }
}
