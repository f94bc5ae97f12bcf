/** What a run did, counted. */

class Tally {
  readonly #counts = new Map<string, number>();

  add(name: string, by = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + by);
  }

  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** The most frequent first. */
  get entries(): readonly (readonly [name: string, count: number])[] {
    return [...this.#counts].sort(([, a], [, b]) => b - a);
  }
}

export class Figures {
  readonly operations: Tally = new Tally();
  readonly failures: Tally = new Tally();
  readonly faults: Tally = new Tally();
  /** Values that were read and held against what was written. */
  checkedReads = 0;
  topologyChanges = 0;
  connectionsOpened = 0;
  maxLatencyMs = 0;
  /** Of calls to nodes that nothing was done to for a while. */
  maxHealthyLatencyMs = 0;
  /** Time in which this process did not get to run what was due. */
  maxStallMs = 0;
}
