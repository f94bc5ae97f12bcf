/** `getOrSet`: what is stored, else what one caller computes. */
import { isDeepStrictEqual } from 'node:util';
import { FactoryError } from '../errors.ts';
import type { CacheBackend, Found, FoundEntry } from './cache-backend.ts';
import { EntryStore } from './entry-store.ts';
import { findOptionsOf, type StoreTraits } from './get-or-set-rules.ts';
import { type GetOrSetCall, Making } from './making.ts';
import { decideRead } from './read-decision.ts';
import { Refreshes } from './refreshes.ts';
import { type Flight, type Share, SingleFlight } from './single-flight.ts';
import { untilAborted } from './until-aborted.ts';

export class GetOrSet {
  /** What the backend offers to it. */
  readonly store: StoreTraits;
  readonly #report: (error: Error) => void;
  readonly #making: Making;
  readonly #refreshes: Refreshes;
  readonly #flights = new SingleFlight();
  /** Errors that a stale value stood in for: many callers, one event. */
  readonly #told = new WeakSet<Error>();

  /** @param report told of failures that no caller has to suffer from. */
  constructor(backend: CacheBackend, report: (error: Error) => void) {
    const store = new EntryStore(backend);
    this.store = store;
    this.#report = report;
    this.#making = new Making(store, report);
    this.#refreshes = new Refreshes(this.#making, report);
  }

  run(call: GetOrSetCall, signal: AbortSignal | undefined): Promise<unknown> {
    signal?.throwIfAborted();
    const read = (share: Share): Promise<unknown> => this.#read(call, signal, share);
    const { key, rules } = call;
    const outcome = rules.lease === 'off' ? this.#flights.runAlone(key, read) : this.#flights.run(key, read);
    return untilAborted(outcome, signal);
  }

  /** Something was deleted: what is being computed for it must neither be stored nor shared any more. */
  forget(keys: Iterable<string>): void {
    for (const key of keys) this.#flights.forget(key);
  }

  forgetAll(): void {
    this.#flights.forgetAll();
  }

  /** Before the backend is closed. */
  close(): Promise<void> {
    return this.#making.close();
  }

  /** Each caller reads for itself, so that it sees its own writes; only the computation is shared. */
  async #read(call: GetOrSetCall, signal: AbortSignal | undefined, share: Share): Promise<unknown> {
    const found = await this.#making.find(call.key, findOptionsOf(call.rules));
    const decision = decideRead(found, call.rules);
    if (decision.kind === 'serve') {
      if (decision.refresh) this.#refreshes.start(call, decision.entry, false);
      return decision.entry.value;
    }
    if (signal?.aborted && found.kind === 'won') this.#making.giveUp(call.key, found.hold);
    signal?.throwIfAborted();
    const stale = decision.kind === 'wait' ? undefined : decision.stale;
    return this.#orStale(stale, this.#share(call, found, share));
  }

  #share(call: GetOrSetCall, found: Found, share: Share): Promise<unknown> {
    const start = async (flight: Flight): Promise<unknown> => {
      const made = await this.#making.obtain(call, found, flight);
      if (made.kind === 'value') return made.value;
      this.#refreshes.start(call, made.entry, true);
      return made.entry.value;
    };
    return share(start, (flight) => this.#joins(call.key, flight, found));
  }

  /**
   * Whether a flight is about what was found. One that computes on another hold than the key has now began
   * before a deletion, maybe in another process: what it makes may be old, and will not be stored.
   */
  #joins(key: string, { hold }: Flight, found: Found): boolean {
    switch (found.kind) {
      case 'won':
        // A stand-in gives all who ask the one that it has.
        if (hold !== undefined) return hold === found.hold;
        // Its first call found the lease lost, to this one, and waits: it wins what is given back.
        this.#making.giveUp(key, found.hold);
        return true;
      case 'lost':
        return hold === undefined || isDeepStrictEqual(hold, found.hold);
      default:
        return true;
    }
  }

  async #orStale(stale: FoundEntry | undefined, outcome: Promise<unknown>): Promise<unknown> {
    try {
      return await outcome;
    } catch (error) {
      if (stale === undefined || !(error instanceof FactoryError)) throw error;
      if (!this.#told.has(error)) {
        this.#told.add(error);
        this.#report(error);
      }
      return stale.value;
    }
  }
}
