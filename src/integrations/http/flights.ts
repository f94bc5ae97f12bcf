/** A computation that others may wait for. */
export interface Flight<T> {
  /** Gives the outcome to all who wait; later ones get it too, until `end`. */
  land(outcome: T): void;
  /** Nobody is to wait for it any more. */
  end(): void;
}

/**
 * What is being computed in this process, by key. Nobody waits longer than `waitMs`: then a flight ends by
 * itself, and the next to come may start another.
 */
export class Flights<T> {
  readonly #waitMs: number;
  readonly #outcomes = new Map<string, Promise<T | undefined>>();

  constructor(waitMs: number) {
    this.#waitMs = waitMs;
  }

  /** The outcome, `undefined` where the flight ended without one; `undefined` at once where there is no flight. */
  join(key: string): Promise<T | undefined> | undefined {
    return this.#outcomes.get(key);
  }

  start(key: string): Flight<T> {
    let settle: (outcome: T | undefined) => void = () => {};
    const outcome = new Promise<T | undefined>((resolve) => {
      settle = resolve;
    });
    const end = (): void => {
      clearTimeout(timer);
      if (this.#outcomes.get(key) === outcome) this.#outcomes.delete(key);
      settle(undefined);
    };
    // Who waits has a connection open, which keeps the process alive.
    const timer = setTimeout(end, this.#waitMs).unref();
    this.#outcomes.set(key, outcome);
    return { land: settle, end };
  }
}
