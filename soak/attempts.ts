/** Makes calls: counts them, and sees that each is settled, in time and with an error that has a cause. */
import { BackpressureError, MemfleetError, NodeDownError } from '../src/index.ts';
import type { Figures } from './figures.ts';
import type { Violations } from './violations.ts';

export type Outcome<T> =
  | { readonly kind: 'answered'; readonly value: T }
  | { readonly kind: 'failed'; readonly error: Error };

/** What else is known of the world in which the calls are made. */
export interface Circumstances {
  /** Whether something was done to the node, or to what names it, within the last second or so. */
  isTroubled(node: string): boolean;
  /** Whether replies were ever spoilt: only then may a reply be unreadable. */
  readonly spoilt: boolean;
}

/** What faults of nodes and of the network may end a call with. */
const EXPECTED: ReadonlySet<string> = new Set(
  ['CONNECTION', 'TIMEOUT', 'NODE_DOWN', 'NODE_REMOVED'].map((name) => `ERR_MEMFLEET_${name}`),
);
const SPOILT: ReadonlySet<string> = new Set(['ERR_MEMFLEET_PROTOCOL', 'ERR_MEMFLEET_DECODE']);

/** How long after its time-out a call may be settled: timers are late on a busy machine. */
const GRACE_MS = 2_000;
const LOOK_MS = 100;

interface Pending {
  readonly name: string;
  readonly startedAt: number;
  readonly limitMs: number;
  /** What `#stalledMs` was then. */
  readonly stalledMs: number;
  told: boolean;
}

export class Attempts {
  readonly #figures: Figures;
  readonly #violations: Violations;
  readonly #circumstances: Circumstances;
  readonly #pending = new Set<Pending>();
  readonly #timer: NodeJS.Timeout;
  #lookedAt = performance.now();
  /** Time in which nothing of this process ran, in all: no call can be settled in it. */
  #stalledMs = 0;

  constructor(figures: Figures, violations: Violations, circumstances: Circumstances) {
    this.#figures = figures;
    this.#violations = violations;
    this.#circumstances = circumstances;
    this.#timer = setInterval(() => this.#watch(), LOOK_MS);
  }

  /** Calls not settled yet. */
  get pending(): number {
    return this.#pending.size;
  }

  /**
   * @param node that is asked, where there is one alone.
   * @param limitMs the call's time-out.
   */
  async make<T>(
    verb: string,
    node: string | undefined,
    limitMs: number,
    call: () => Promise<T>,
  ): Promise<Outcome<T>> {
    this.#look();
    const pending = {
      name: verb,
      startedAt: performance.now(),
      limitMs,
      stalledMs: this.#stalledMs,
      told: false,
    };
    const wasHealthy = node !== undefined && !this.#circumstances.isTroubled(node);
    this.#pending.add(pending);
    this.#figures.operations.add(verb);
    try {
      const value = await call();
      this.#timed(this.#waitedMs(pending), wasHealthy && !this.#circumstances.isTroubled(node));
      return { kind: 'answered', value };
    } catch (thrown) {
      const error = thrown as Error;
      this.#failed(verb, error);
      return { kind: 'failed', error };
    } finally {
      this.#pending.delete(pending);
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #timed(ms: number, healthy: boolean): void {
    const figures = this.#figures;
    figures.maxLatencyMs = Math.max(figures.maxLatencyMs, ms);
    if (healthy) figures.maxHealthyLatencyMs = Math.max(figures.maxHealthyLatencyMs, ms);
  }

  #failed(verb: string, error: Error): void {
    const code = error instanceof MemfleetError ? error.code : error.name;
    this.#figures.failures.add(code);
    if (EXPECTED.has(code) || (this.#circumstances.spoilt && SPOILT.has(code))) return;
    if (error.name === 'AbortError') return;
    this.#violations.add('an error that had no cause', `${verb}: ${code}: ${error.message}`);
  }

  /** To be called after work of one's own that held up everything: it is no fault of the calls. */
  restart(): void {
    this.#lookedAt = performance.now();
  }

  /** How long a call has waited, without the time in which nothing could come to it. */
  #waitedMs(call: Pending): number {
    this.#look();
    return performance.now() - call.startedAt - (this.#stalledMs - call.stalledMs);
  }

  /** Sees how late it is called, and so how long all the process was held up. */
  #look(): void {
    const now = performance.now();
    const stallMs = now - this.#lookedAt - LOOK_MS;
    if (stallMs > 0) this.#stalledMs += stallMs;
    if (stallMs > this.#figures.maxStallMs) this.#figures.maxStallMs = stallMs;
    this.#lookedAt = now;
  }

  #watch(): void {
    for (const call of this.#pending) {
      const waitedMs = this.#waitedMs(call);
      if (call.told || waitedMs <= call.limitMs + GRACE_MS) continue;
      call.told = true;
      this.#violations.add('a call that was not settled', `${call.name} after ${waitedMs.toFixed()} ms`);
    }
  }
}

/** Whether an error says that nothing was sent. */
export function isUnsent(error: Error): boolean {
  return error instanceof NodeDownError || error instanceof BackpressureError;
}
