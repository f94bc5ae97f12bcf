/** Tells whether an outcome is still wanted in the store. */
export type IsCurrent = () => boolean;

/** Gives the outcome that the calls of one key share; the first to ask starts it. */
export type Share = (start: (isCurrent: IsCurrent) => Promise<unknown>) => Promise<unknown>;

/** The calls of one key that came before the outcome was there. */
interface Flight {
  readonly key: string;
  calls: number;
  outcome: Promise<unknown> | undefined;
  current: boolean;
}

/**
 * One computation a key at a time. A call belongs to a flight from its beginning, not from when it finds
 * that it needs one: of calls made together, some may learn of their miss when the others are served.
 */
export class SingleFlight {
  readonly #shared = new Map<string, Flight>();
  /** Of calls that share nothing. */
  readonly #alone = new Set<Flight>();

  async run(key: string, call: (share: Share) => Promise<unknown>): Promise<unknown> {
    const flight = this.#shared.get(key) ?? newFlight(key);
    this.#shared.set(key, flight);
    flight.calls++;
    try {
      return await call((start) => {
        flight.outcome ??= start(() => flight.current).finally(() => this.#land(flight));
        return flight.outcome;
      });
    } finally {
      flight.calls--;
      if (flight.calls === 0) this.#land(flight);
    }
  }

  /** A flight of one call, which can be invalidated like the others. */
  async runAlone(key: string, call: (share: Share) => Promise<unknown>): Promise<unknown> {
    const flight = newFlight(key);
    this.#alone.add(flight);
    try {
      return await call((start) => start(() => flight.current));
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

  #forget(flight: Flight): void {
    flight.current = false;
    this.#shared.delete(flight.key);
  }

  #land(flight: Flight): void {
    if (this.#shared.get(flight.key) === flight) this.#shared.delete(flight.key);
  }
}

function newFlight(key: string): Flight {
  return { key, calls: 0, outcome: undefined, current: true };
}
