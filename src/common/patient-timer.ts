/**
 * A timer for what others are waited for. A pause of this process (a long garbage collection, a frozen
 * container, a laptop asleep) is not their silence: a timer that fires late waits its time once more, and
 * what arrived meanwhile is read before it says that nothing did.
 */

/** A timer that fires later than this was held up by a pause of the process, not by a busy event loop. */
export const PAUSE_MS = 250;

export class PatientTimer {
  readonly #delayMs: number;
  readonly #onDue: () => void;
  #timer: NodeJS.Timeout | undefined;
  #check: NodeJS.Immediate | undefined;
  #dueAt = 0;
  /** Once only: where every timer is late, it is the process that is too slow. */
  #extended = false;

  constructor(delayMs: number, onDue: () => void) {
    this.#delayMs = delayMs;
    this.#onDue = onDue;
    this.#start();
  }

  clear(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#check);
  }

  #start(): void {
    this.#dueAt = performance.now() + this.#delayMs;
    this.#timer = setTimeout(this.#fired, this.#delayMs);
  }

  readonly #fired = (): void => {
    if (!this.#extended && performance.now() - this.#dueAt > PAUSE_MS) {
      this.#extended = true;
      this.#start();
    } else this.#check = setImmediate(this.#onDue);
  };
}
