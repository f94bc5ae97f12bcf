import { MAX_TIMER_MS } from '../common/max-timer.ts';
import { PAUSE_MS } from '../common/patient-timer.ts';

/**
 * One timer for all deadlines of a connection. It is armed for the earliest one and, when it fires,
 * for the next; a deadline that was met costs nothing. It never keeps the process alive: a socket
 * with something in flight does that.
 */
export class DeadlineTimer {
  readonly #onDue: (now: number) => number;
  readonly #graceMs: number;
  #timer: NodeJS.Timeout | undefined;
  #check: NodeJS.Immediate | undefined;
  #dueAt = Number.POSITIVE_INFINITY;
  /** Whether what is due was given more time already. */
  #extended = false;

  /**
   * @param onDue settles what is overdue and gives the next deadline, or `Infinity` for none.
   * @param graceMs given once more to what was due while the process was paused.
   */
  constructor(onDue: (now: number) => number, graceMs: number) {
    this.#onDue = onDue;
    this.#graceMs = graceMs;
  }

  /** Makes sure that `deadline` is looked at when it passes. */
  watch(deadline: number, now: number): void {
    if (deadline >= this.#dueAt) return;
    this.#arm(deadline, now);
  }

  clear(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#check);
    this.#timer = undefined;
    this.#check = undefined;
    this.#dueAt = Number.POSITIVE_INFINITY;
  }

  #arm(dueAt: number, now: number): void {
    this.#dueAt = dueAt;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#fired, Math.min(MAX_TIMER_MS, Math.max(1, Math.ceil(dueAt - now))));
    this.#timer.unref();
  }

  // After a pause of the process (a long garbage collection, a frozen container) timers fire before
  // sockets are read. The reply may be waiting in the socket: let one round of reads go first. Or the
  // command was about to be written when the pause began: nobody has had time to answer it.
  readonly #fired = (): void => {
    this.#timer = undefined;
    const now = performance.now();
    if (!this.#extended && now - this.#dueAt > PAUSE_MS) {
      this.#extended = true;
      this.#arm(now + this.#graceMs, now);
    } else this.#check = setImmediate(this.#due);
  };

  readonly #due = (): void => {
    this.#check = undefined;
    this.#extended = false;
    this.#dueAt = Number.POSITIVE_INFINITY;
    const now = performance.now();
    const next = this.#onDue(now);
    if (next !== Number.POSITIVE_INFINITY) this.watch(next, now);
  };
}
