/** What must never be seen. */
export type ViolationKind =
  | 'the value of another key'
  | 'a value that is not whole'
  | 'a value never written there'
  | 'a value older than may be'
  | 'a miss of what was stored'
  | 'a hit of what was deleted'
  | 'a lost or doubled count'
  | 'a lost, doubled or misplaced append'
  | 'a cas over another write'
  | 'an answer from no process'
  | 'an error that had no cause'
  | 'a call that was not settled'
  | 'a rejection nobody took'
  | 'a warning of the process'
  | 'a failure after all was healed'
  | 'growth';

const MAX_TOLD = 20;

export class Violations {
  readonly #tell: (line: string) => void;
  readonly #counts = new Map<ViolationKind, number>();
  #count = 0;

  /** @param tell given the first of them as they happen. */
  constructor(tell: (line: string) => void) {
    this.#tell = tell;
  }

  get count(): number {
    return this.#count;
  }

  get counts(): ReadonlyMap<ViolationKind, number> {
    return this.#counts;
  }

  add(kind: ViolationKind, details: string): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
    if (this.#count++ < MAX_TOLD) this.#tell(`Violation: ${kind}: ${details}`);
  }
}
