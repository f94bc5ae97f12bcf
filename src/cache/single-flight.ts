/** Tells a flight whether its result is still wanted in the store. */
export type IsCurrent = () => boolean;

/** One computation a key at a time; who comes meanwhile shares its outcome. */
export class SingleFlight {
  readonly #flights = new Map<string, Promise<unknown>>();

  /** The outcome of the flight under way for the key, or of a new one. */
  join(key: string, start: (isCurrent: IsCurrent) => Promise<unknown>): Promise<unknown> {
    const underway = this.#flights.get(key);
    if (underway !== undefined) return underway;
    const isCurrent = (): boolean => this.#flights.get(key) === flight;
    const flight = start(isCurrent).finally(() => {
      if (isCurrent()) this.#flights.delete(key);
    });
    this.#flights.set(key, flight);
    // Those who wait may all have gone.
    flight.catch(() => {});
    return flight;
  }

  /** The key was invalidated: what is being computed may be old. Those who wait get it, nobody else does. */
  forget(key: string): void {
    this.#flights.delete(key);
  }

  forgetAll(): void {
    this.#flights.clear();
  }
}
