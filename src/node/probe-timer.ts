/** When a node that is down is asked whether it is back: later each time, and sooner where somebody wants to know. */
import { spread } from '../common/backoff.ts';
import type { MemfleetError } from '../errors.ts';
import { probeDelayMs, recentRevivals } from './health.ts';

/** Least time between probes that are asked for. */
const ASKED_SPACING_MS = 100;

export class ProbeTimer {
  readonly #probe: (asked: boolean) => void;
  #timer: NodeJS.Timeout | undefined;
  /** Whether the next probe is one that was asked for. */
  #asked = false;
  #startedAt = Number.NEGATIVE_INFINITY;
  #revivals: readonly number[] = [];

  constructor(probe: (asked: boolean) => void) {
    this.#probe = probe;
  }

  /**
   * @param attempt how many probes failed since the node went down.
   * @param cause why it is down: some reasons last longer than others.
   */
  schedule(attempt: number, cause: MemfleetError): void {
    const delayMs = probeDelayMs(attempt, this.#revivals, performance.now(), cause);
    this.#set(spread(delayMs, 0.95, 1.5), false);
  }

  /** Somebody wants to know: out of turn, and not more than once in 100 ms, however many they are. */
  ask(): void {
    if (!this.#asked) this.#set(this.#startedAt + ASKED_SPACING_MS - performance.now(), true);
  }

  /** A probe is under way. */
  started(): void {
    this.stop();
    this.#startedAt = performance.now();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#asked = false;
  }

  /** The node is back. */
  revived(): void {
    const now = performance.now();
    this.#revivals = [...recentRevivals(this.#revivals, now), now];
  }

  #set(delayMs: number, asked: boolean): void {
    clearTimeout(this.#timer);
    this.#asked = asked;
    this.#timer = setTimeout(() => this.#probe(asked), Math.max(0, delayMs));
    this.#timer.unref();
  }
}
