/**
 * One timer for all deadlines of a connection. It is armed for the earliest one and, when it fires,
 * for the next; a deadline that was met costs nothing. It never keeps the process alive: a socket
 * with something in flight does that.
 */
export class DeadlineTimer {
  readonly #onDue: (now: number) => number;
  #timer: NodeJS.Timeout | undefined;
  #check: NodeJS.Immediate | undefined;
  #dueAt = Number.POSITIVE_INFINITY;

  /** @param onDue settles what is overdue and gives the next deadline, or `Infinity` for none. */
  constructor(onDue: (now: number) => number) {
    this.#onDue = onDue;
  }

  /** Makes sure that `deadline` is looked at when it passes. */
  watch(deadline: number, now: number): void {
    if (deadline >= this.#dueAt) return;
    this.#dueAt = deadline;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#fired, Math.max(1, Math.ceil(deadline - now)));
    this.#timer.unref();
  }

  clear(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#check);
    this.#timer = undefined;
    this.#check = undefined;
    this.#dueAt = Number.POSITIVE_INFINITY;
  }

  // After a pause of the process (a long garbage collection, a frozen container) timers fire before
  // sockets are read. The reply may be waiting in the socket: let one round of reads go first.
  readonly #fired = (): void => {
    this.#timer = undefined;
    this.#check = setImmediate(this.#due);
  };

  readonly #due = (): void => {
    this.#check = undefined;
    this.#dueAt = Number.POSITIVE_INFINITY;
    const now = performance.now();
    const next = this.#onDue(now);
    if (next !== Number.POSITIVE_INFINITY) this.watch(next, now);
  };
}
