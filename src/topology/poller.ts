/**
 * When to look: at the start until something is found, then periodically, sooner after trouble, and
 * on demand. One look at a time. Each delay is drawn anew, so that clients started together drift apart.
 */
import { fullJitter, spread } from '../common/backoff.ts';
import { MAX_TIMER_MS } from '../common/max-timer.ts';
import { ClosedError } from '../errors.ts';

export interface PollerOptions {
  /** Milliseconds between periodic looks, ±20 %. */
  readonly intervalMs: number;
  /** One look. Rejects where nothing was found out. */
  readonly poll: (signal: AbortSignal) => Promise<void>;
}

/** Least time between two looks that trouble asked for, and how many it may ask for in a minute. */
const MIN_SPACING_MS = 5_000;
const MAX_TROUBLE_POLLS = 12;
const TROUBLE_WINDOW_MS = 60_000;
const TROUBLE_DELAY_MS = 1_000;
/** Waits after a failed look, doubling. */
const RETRY_BASE_MS = 500;
const RETRY_MAX_MS = 15_000;

export class Poller {
  readonly #options: PollerOptions;
  readonly #abort = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #dueAt = Number.POSITIVE_INFINITY;
  #running: Promise<void> | undefined;
  #afterThat: Promise<void> | undefined;
  #failures = 0;
  #succeeded = false;
  #lastPollAt = Number.NEGATIVE_INFINITY;
  #troublePolls: number[] = [];
  /** Whether the next look is one that trouble asked for. */
  #isTroubled = false;

  constructor(options: PollerOptions) {
    this.#options = options;
  }

  /** Looks in a row that found nothing. */
  get failures(): number {
    return this.#failures;
  }

  /** Looks now, for nobody in particular: a failed look reports itself. */
  start(): void {
    this.run().catch(() => undefined);
  }

  /** Looks now, or joins the look under way. */
  run(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Looks now. A look under way may have asked already: then it looks again after that. */
  runAnew(): Promise<void> {
    if (this.#running === undefined) return this.run();
    this.#afterThat ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#afterThat = undefined;
        return this.run();
      });
    return this.#afterThat;
  }

  /** Something suggests that the nodes changed: look soon, but not too often. */
  trouble(): void {
    if (this.#isTroubled) return;
    const now = performance.now();
    this.#troublePolls = this.#troublePolls.filter((at) => now - at < TROUBLE_WINDOW_MS);
    if (this.#troublePolls.length >= MAX_TROUBLE_POLLS) return;
    // Spread after the wait too: what troubles one client troubles the whole fleet.
    const dueAt = Math.max(now, this.#lastPollAt + MIN_SPACING_MS) + spread(TROUBLE_DELAY_MS, 0, 1);
    if (dueAt >= this.#dueAt) return;
    this.#isTroubled = true;
    this.#troublePolls.push(now);
    this.#schedule(dueAt - now);
  }

  /** Looks again in `delayMs`, if nothing else comes before. */
  again(delayMs: number): void {
    if (performance.now() + delayMs < this.#dueAt) this.#schedule(delayMs);
  }

  close(): void {
    this.#abort.abort(new ClosedError('Client is closed'));
    clearTimeout(this.#timer);
  }

  async #run(): Promise<void> {
    this.#abort.signal.throwIfAborted();
    clearTimeout(this.#timer);
    this.#dueAt = Number.POSITIVE_INFINITY;
    this.#isTroubled = false;
    this.#lastPollAt = performance.now();
    try {
      await this.#options.poll(this.#abort.signal);
      this.#failures = 0;
      this.#scheduleNext();
      this.#succeeded = true;
    } catch (error) {
      this.#failures++;
      this.#scheduleNext();
      throw error;
    }
  }

  #scheduleNext(): void {
    const { intervalMs } = this.#options;
    // The first periodic look comes anywhere in the first interval: a fleet started at once must not
    // ask in step for the rest of its life.
    const regular =
      this.#succeeded || this.#failures > 0 ? spread(intervalMs, 0.8, 1.2) : spread(intervalMs, 0, 1);
    const retry = RETRY_BASE_MS + fullJitter(this.#failures, RETRY_BASE_MS, RETRY_MAX_MS);
    this.again(this.#failures === 0 ? regular : Math.min(regular, retry));
  }

  #schedule(delayMs: number): void {
    if (this.#abort.signal.aborted) return;
    clearTimeout(this.#timer);
    this.#dueAt = performance.now() + delayMs;
    // Trouble while a look was under way is not answered by that look.
    this.#timer = setTimeout(() => this.runAnew().catch(() => undefined), Math.min(MAX_TIMER_MS, delayMs));
    this.#timer.unref();
  }
}
