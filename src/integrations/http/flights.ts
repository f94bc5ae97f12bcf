import { LRUCache } from 'lru-cache';

/** A computation as those see it who wait for it. */
export interface Awaited<T> {
  /** What came of it; `undefined` where it ended without. */
  readonly landed: Promise<T | undefined>;
  /** Settles when all is done, that for which nobody has to wait too. */
  readonly ended: Promise<void>;
}

/** A computation as its owner sees it. */
export interface Flight<T> extends Awaited<T> {
  /** Gives the outcome to all who wait, and to those who come before the end. */
  land(outcome: T): void;
  /** Nobody is to wait for it any more. */
  end(): void;
}

/** Of so many keys it is known when a flight ended: those that ended last. */
const MOST_ENDS = 1_000;

/**
 * What is being computed in this process, by key. Nobody waits longer than `waitMs`: then a flight ends by
 * itself, and the next to come may start another.
 */
export class Flights<T> {
  readonly #waitMs: number;
  readonly #flights = new Map<string, Flight<T>>();
  readonly #lastEnds = new LRUCache<string, number>({ max: MOST_ENDS });
  #ends = 0;

  constructor(waitMs: number) {
    this.#waitMs = waitMs;
  }

  /** `undefined` where there is no flight. */
  join(key: string): Awaited<T> | undefined {
    return this.#flights.get(key);
  }

  /** How many have ended. */
  get ends(): number {
    return this.#ends;
  }

  /** Whether one has ended after so many: what was looked up before may since have been stored. */
  hasEndedSince(ends: number, key: string): boolean {
    return (this.#lastEnds.get(key) ?? 0) > ends;
  }

  start(key: string): Flight<T> {
    let land: (outcome: T | undefined) => void = () => {};
    let end: () => void = () => {};
    const landed = new Promise<T | undefined>((resolve) => {
      land = resolve;
    });
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const flight: Flight<T> = {
      landed,
      ended,
      land,
      end: () => {
        clearTimeout(timer);
        if (this.#flights.get(key) === flight) this.#flights.delete(key);
        this.#lastEnds.set(key, ++this.#ends);
        land(undefined);
        end();
      },
    };
    // Who waits has a connection open, which keeps the process alive.
    const timer = setTimeout(flight.end, this.#waitMs).unref();
    this.#flights.set(key, flight);
    return flight;
  }
}
