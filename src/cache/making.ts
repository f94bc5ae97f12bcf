/** How a value comes to be that is not there: who computes it, who waits for it, and how it is stored. */
import { setTimeout as sleep } from 'node:timers/promises';
import { spread } from '../common/backoff.ts';
import { ClosedError, InvalidKeyError, InvalidValueError } from '../errors.ts';
import type { FindOptions, Found, FoundEntry, Hold } from './cache-backend.ts';
import type { Factory } from './call-options.ts';
import type { EntryStore } from './entry-store.ts';
import { callFactory } from './factory-call.ts';
import {
  findOptionsOf,
  type GetOrSetRules,
  leaseTtlOf,
  lifeOf,
  NOTHING_ELSE,
  refreshLeaseTtlOf,
} from './get-or-set-rules.ts';
import { decideRead, type ReadDecision } from './read-decision.ts';
import type { Flight } from './single-flight.ts';

/** One call of `getOrSet`. */
export interface GetOrSetCall {
  /** As it is stored. */
  readonly key: string;
  readonly factory: Factory<unknown>;
  readonly rules: GetOrSetRules;
}

/** A right to compute. */
export interface Turn {
  /** Whether what is made is stored: not where the store failed, or another is to store. */
  readonly keep: boolean;
  /** What storing depends on. */
  readonly hold: Hold | undefined;
  /** To be given up in the end; where it is also the hold, storing does that. */
  readonly lease: Hold | undefined;
  /** Whether there is an entry, which has to go where nothing is made of it. */
  readonly replaces: boolean;
}

/** What a lease is won for: to make what is missing, or to refresh what is served. */
export type Purpose = 'make' | 'refresh';

/** What came of an attempt to get a turn. */
export type Claimed =
  | { readonly kind: 'turn'; readonly turn: Turn }
  | { readonly kind: 'served'; readonly entry: FoundEntry }
  | { readonly kind: 'lost' };

export type Outcome =
  | { readonly kind: 'value'; readonly value: unknown }
  /** Another was waited for in vain, and this is stale. */
  | { readonly kind: 'stale'; readonly entry: FoundEntry };

/** Between looks for what another process makes: doubling up to the longest. */
const FIRST_LOOK_MS = 10;
const LONGEST_LOOK_MS = 200;

const NO_KEEP: Turn = { keep: false, hold: undefined, lease: undefined, replaces: false };

/** The life of what is not there any more. */
const GONE = { ttl: 0, staleTtl: 0, refreshed: false } as const;

export class Making {
  readonly #store: EntryStore;
  readonly #report: (error: Error) => void;
  /** Those whose factory runs, with their keys. */
  readonly #computing = new Map<Turn, string>();

  /** @param report told of failures of the store, which no caller has to suffer from. */
  constructor(store: EntryStore, report: (error: Error) => void) {
    this.#store = store;
    this.#report = report;
  }

  async find(key: string, options: FindOptions): Promise<Found> {
    try {
      return await this.#store.find(key, options);
    } catch (error) {
      if (isFinal(error)) throw error;
      this.#report(error as Error);
      return { kind: 'failed' };
    }
  }

  /** From what was found and cannot be served to a value: by this process, or by another. */
  async obtain(call: GetOrSetCall, found: Found, flight: Flight): Promise<Outcome> {
    const deadline = performance.now() + call.rules.waitMs;
    let seen = found;
    for (let attempt = 0; ; attempt++) {
      const decision = decideRead(seen, call.rules);
      if (decision.kind === 'serve') return { kind: 'value', value: decision.entry.value };
      const claimed = await this.#turnTo(call, seen, decision);
      if (claimed.kind === 'served') return { kind: 'value', value: claimed.entry.value };
      if (claimed.kind === 'turn') return this.#made(call, claimed.turn, flight);
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) return this.#waitedOut(call, seen, decision, flight);
      const lookMs = Math.min(LONGEST_LOOK_MS, FIRST_LOOK_MS * 2 ** Math.min(attempt, 10));
      await sleep(Math.min(leftMs, spread(lookMs, 0.5, 1)));
      seen = await this.find(call.key, findOptionsOf(call.rules));
    }
  }

  /** Wins the lease, and looks again: who had it before may have stored meanwhile. */
  async claim({ key, rules }: GetOrSetCall, purpose: Purpose, takeOver: boolean): Promise<Claimed> {
    const ttl = purpose === 'refresh' ? refreshLeaseTtlOf(rules) : leaseTtlOf(rules);
    let lease: Hold | undefined;
    try {
      lease = await this.#store.claim(key, ttl, takeOver);
    } catch (error) {
      if (isFinal(error)) throw error;
      this.#report(error as Error);
      return { kind: 'turn', turn: NO_KEEP };
    }
    if (lease === undefined) return { kind: 'lost' };
    const again = await this.find(key, NOTHING_ELSE);
    // Who has the lease need not ask for one, nor heed that it was told to refresh before.
    const decision = decideRead(again.kind === 'entry' ? { ...again, lease: undefined } : again, {
      ...rules,
      lease: 'process',
    });
    if (decision.kind === 'serve' && !(decision.refresh && purpose === 'refresh')) {
      this.giveUp(key, lease);
      return { kind: 'served', entry: decision.entry };
    }
    return { kind: 'turn', turn: turnOn(again, lease) };
  }

  /** Calls the factory, and stores what it makes where that is still wanted. */
  async compute({ factory, key, rules }: GetOrSetCall, turn: Turn, flight: Flight): Promise<unknown> {
    flight.hold = turn.hold;
    this.#computing.set(turn, key);
    let value: unknown;
    try {
      value = await callFactory(factory, key, rules.factoryTimeoutMs);
    } catch (error) {
      this.giveUp(key, turn.lease);
      throw error;
    } finally {
      this.#computing.delete(turn);
    }
    const life = lifeOf(value, rules) ?? (turn.replaces ? GONE : undefined);
    if (!turn.keep || life === undefined || !flight.current) {
      this.giveUp(key, turn.lease);
      return value;
    }
    try {
      const stored = await this.#store.put(key, value, life, turn.hold);
      if (turn.lease !== turn.hold) this.giveUp(key, turn.lease);
      if (stored) return value;
      // Another writer was first, maybe in another process: its value is the one that all see.
      const first = await this.#store.get(key);
      return first === undefined ? value : first;
    } catch (error) {
      this.giveUp(key, turn.lease);
      if (error instanceof InvalidValueError) throw error;
      if (!isFinal(error)) this.#report(error as Error);
      return value;
    }
  }

  /** At once, and without a wait for it. */
  giveUp(key: string, lease: Hold | undefined): void {
    void this.#release(key, lease);
  }

  /** The store is to be closed: what is being computed can be stored no more, and is for others to compute. */
  async close(): Promise<void> {
    await Promise.all([...this.#computing].map(([{ lease }, key]) => this.#release(key, lease)));
  }

  /** Never rejects: what fails is told. */
  async #release(key: string, lease: Hold | undefined): Promise<void> {
    if (lease === undefined) return;
    try {
      await this.#store.release(key, lease);
    } catch (error) {
      if (!isFinal(error)) this.#report(error as Error);
    }
  }

  async #turnTo(
    call: GetOrSetCall,
    seen: Found,
    decision: Exclude<ReadDecision, { kind: 'serve' }>,
  ): Promise<Claimed> {
    switch (decision.kind) {
      case 'wait':
        return { kind: 'lost' };
      case 'claim':
        return this.claim(call, 'make', false);
      case 'make': {
        const { hold, keep } = decision;
        const lease = seen.kind === 'won' ? hold : undefined;
        return { kind: 'turn', turn: { keep, hold, lease, replaces: seen.kind === 'entry' } };
      }
    }
  }

  async #made(call: GetOrSetCall, turn: Turn, flight: Flight): Promise<Outcome> {
    return { kind: 'value', value: await this.compute(call, turn, flight) };
  }

  /** Whoever computes has had its time: it may be dead. */
  async #waitedOut(
    call: GetOrSetCall,
    seen: Found,
    decision: ReadDecision,
    flight: Flight,
  ): Promise<Outcome> {
    if (decision.kind === 'claim' && decision.stale !== undefined) {
      return { kind: 'stale', entry: decision.stale };
    }
    if (seen.kind === 'lost') {
      return this.#made(call, { ...NO_KEEP, keep: true, hold: seen.hold }, flight);
    }
    const claimed = await this.claim(call, 'make', true);
    if (claimed.kind === 'served') return { kind: 'value', value: claimed.entry.value };
    return this.#made(call, claimed.kind === 'turn' ? claimed.turn : NO_KEEP, flight);
  }
}

function turnOn(again: Found, lease: Hold): Turn {
  switch (again.kind) {
    case 'failed':
      return { ...NO_KEEP, lease };
    case 'miss':
      return { keep: true, hold: lease, lease, replaces: false };
    default:
      return { keep: true, hold: again.hold, lease, replaces: again.kind === 'entry' };
  }
}

/** The caller's own doing, which no factory makes good. */
function isFinal(error: unknown): boolean {
  return error instanceof ClosedError || error instanceof InvalidKeyError;
}
