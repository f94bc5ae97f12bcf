/** Tells whether an outcome is still wanted in the store. */
export type IsCurrent = () => boolean;

/** Gives the outcome that the calls of one key share; the first to ask starts it. */
export type Share = (start: (isCurrent: IsCurrent) => Promise<unknown>) => Promise<unknown>;

/** The calls of one key that came before the outcome was there. */
interface Flight {
  calls: number;
  outcome: Promise<unknown> | undefined;
}

/**
 * One computation a key at a time. A call belongs to a flight from its beginning, not from when it finds
 * that it needs one: of calls made together, some may learn of their miss when the others are served.
 */
export class SingleFlight {
  readonly #flights = new Map<string, Flight>();

  async run(key: string, call: (share: Share) => Promise<unknown>): Promise<unknown> {
    const flight = this.#board(key);
    try {
      return await call((start) => {
        flight.outcome ??= start(() => this.#flights.get(key) === flight).finally(() =>
          this.#land(key, flight),
        );
        return flight.outcome;
      });
    } finally {
      flight.calls--;
      if (flight.calls === 0) this.#land(key, flight);
    }
  }

  /** The key was invalidated: what is being computed may be old. The calls made until now get it, no later one does. */
  forget(key: string): void {
    this.#flights.delete(key);
  }

  forgetAll(): void {
    this.#flights.clear();
  }

  #board(key: string): Flight {
    const flight = this.#flights.get(key) ?? { calls: 0, outcome: undefined };
    flight.calls++;
    this.#flights.set(key, flight);
    return flight;
  }

  #land(key: string, flight: Flight): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
  }
}
