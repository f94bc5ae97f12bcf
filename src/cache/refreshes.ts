/** Entries that are made anew while their callers go on with what is there. */
import { ClosedError } from '../errors.ts';
import type { FoundEntry } from './cache-backend.ts';
import type { GetOrSetCall, Making, Turn } from './making.ts';

/** Before a key is looked at again whose lease another has, or whose factory failed: readers are many. */
const PAUSE_MS = 1_000;

export class Refreshes {
  readonly #making: Making;
  readonly #report: (error: Error) => void;
  readonly #keys = new Set<string>();

  /** @param report told of what fails: there is no caller to tell. */
  constructor(making: Making, report: (error: Error) => void) {
    this.#making = making;
    this.#report = report;
  }

  /**
   * One at a time a key in this process, whatever the lease.
   *
   * @param takeOver also from a process that has the lease: it was waited for in vain.
   */
  start(call: GetOrSetCall, entry: FoundEntry, takeOver: boolean): void {
    const { key } = call;
    if (this.#keys.has(key)) return;
    this.#keys.add(key);
    this.#run(call, entry, takeOver).then(
      (done) => {
        if (done) this.#keys.delete(key);
        else this.#pause(key);
      },
      (error: Error) => {
        if (!(error instanceof ClosedError)) this.#report(error);
        this.#pause(key);
      },
    );
  }

  /** Whether it is done, by this process or before it. */
  async #run(call: GetOrSetCall, entry: FoundEntry, takeOver: boolean): Promise<boolean> {
    const turn = await this.#turn(call, entry, takeOver);
    if (typeof turn === 'boolean') return turn;
    // Its write depends on the entry: a deletion needs no other word.
    await this.#making.compute(call, turn, { current: true, hold: undefined });
    return true;
  }

  async #turn(call: GetOrSetCall, entry: FoundEntry, takeOver: boolean): Promise<Turn | boolean> {
    if (call.rules.lease !== 'fleet') {
      return { keep: true, hold: entry.hold, lease: undefined, replaces: true };
    }
    const claimed = await this.#making.claim(call, 'refresh', takeOver);
    switch (claimed.kind) {
      case 'served':
        return true;
      case 'lost':
        return false;
      case 'turn': {
        const { turn } = claimed;
        // Deleted meanwhile, or the store fails: nobody waits for what would be made.
        if (turn.replaces) return turn;
        this.#making.giveUp(call.key, turn.lease);
        return false;
      }
    }
  }

  #pause(key: string): void {
    setTimeout(() => this.#keys.delete(key), PAUSE_MS).unref();
  }
}
