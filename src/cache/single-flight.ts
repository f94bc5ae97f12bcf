import type { Hold } from './cache-backend.ts';

/** The calls of one key that came before the outcome was there. */
export interface Flight {
  /** Whether its outcome is still wanted in the store. */
  readonly current: boolean;
  /** What storing its outcome depends on, once it computes. */
  hold: Hold | undefined;
}

/**
 * Gives the outcome that the calls of one key share; the first to ask starts it.
 *
 * @param joins asked of a flight whose outcome was started before: whether it is the caller's too. Where not,
 *   the caller starts another, which those that come later share.
 */
export type Share = (
  start: (flight: Flight) => Promise<unknown>,
  joins: (flight: Flight) => boolean,
) => Promise<unknown>;

interface Entered extends Flight {
  readonly key: string;
  current: boolean;
  calls: number;
  outcome: Promise<unknown> | undefined;
}

/**
 * One computation a key at a time. A call belongs to a flight from its beginning, not from when it finds
 * that it needs one: of calls made together, some may learn of their miss when the others are served.
 */
export class SingleFlight {
  readonly #shared = new Map<string, Entered>();
  /** Those that nobody joins any more: of calls that share nothing, or another took their place. */
  readonly #alone = new Set<Entered>();

  async run(key: string, call: (share: Share) => Promise<unknown>): Promise<unknown> {
    let flight = this.#board(this.#shared.get(key) ?? newFlight(key));
    try {
      return await call((start, joins) => {
        if (!isOpen(flight, joins)) {
          this.#leave(flight);
          // After a deletion, others may have begun anew.
          const next = this.#shared.get(key);
          flight = this.#board(next !== undefined && isOpen(next, joins) ? next : newFlight(key));
        }
        const boarded = flight;
        boarded.outcome ??= start(boarded).finally(() => this.#land(boarded));
        return boarded.outcome;
      });
    } finally {
      this.#leave(flight);
    }
  }

  /** A flight of one call, which can be invalidated like the others. */
  async runAlone(key: string, call: (share: Share) => Promise<unknown>): Promise<unknown> {
    const flight = newFlight(key);
    this.#alone.add(flight);
    try {
      return await call((start) => start(flight));
    } finally {
      this.#alone.delete(flight);
    }
  }

  /** The key was invalidated: what is being computed may be old. The calls made until now get it, no later one does. */
  forget(key: string): void {
    const flight = this.#shared.get(key);
    if (flight !== undefined) this.#forget(flight);
    for (const alone of this.#alone) if (alone.key === key) alone.current = false;
  }

  forgetAll(): void {
    for (const flight of this.#shared.values()) this.#forget(flight);
    for (const alone of this.#alone) alone.current = false;
  }

  #forget(flight: Entered): void {
    flight.current = false;
    this.#shared.delete(flight.key);
  }

  #board(flight: Entered): Entered {
    flight.calls++;
    const before = this.#shared.get(flight.key);
    if (before !== undefined && before !== flight) this.#alone.add(before);
    this.#shared.set(flight.key, flight);
    return flight;
  }

  #leave(flight: Entered): void {
    flight.calls--;
    if (flight.calls === 0) this.#land(flight);
  }

  #land(flight: Entered): void {
    if (this.#shared.get(flight.key) === flight) this.#shared.delete(flight.key);
    else this.#alone.delete(flight);
  }
}

function isOpen(flight: Entered, joins: (flight: Flight) => boolean): boolean {
  return flight.outcome === undefined || joins(flight);
}

function newFlight(key: string): Entered {
  return { key, calls: 0, outcome: undefined, current: true, hold: undefined };
}
