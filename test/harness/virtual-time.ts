import { onTestFinished, vi } from 'vitest';

// The real one, whatever is faked later.
const sleep = setTimeout;

/**
 * Time that passes when the test says so: for waits of minutes. Sockets stay real, so that time passes in
 * steps, with a pause after each for what it set off.
 *
 * To be begun before clients are made: a clock must not change under them.
 */
export class VirtualTime {
  /** Milliseconds that passed so far. */
  get now(): number {
    return performance.now();
  }

  static begin(): VirtualTime {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    return new VirtualTime();
  }

  /** Lets time pass; what takes longer than `stepMs` to be told of is late by as much. */
  async pass(ms: number, stepMs = 100): Promise<void> {
    for (let left = ms; left > 0; left -= stepMs) await this.#step(Math.min(left, stepMs));
  }

  /**
   * Lets time pass until something is so, and gives the milliseconds that took.
   *
   * @throws Error when it is not so after `atMostMs`.
   */
  async passUntil(isSo: () => boolean, atMostMs: number, stepMs = 100): Promise<number> {
    const startedAt = this.now;
    while (!isSo()) {
      if (this.now - startedAt >= atMostMs) throw new Error(`It was not so within ${atMostMs} ms`);
      await this.#step(stepMs);
    }
    return this.now - startedAt;
  }

  async #step(ms: number): Promise<void> {
    await vi.advanceTimersByTimeAsync(ms);
    await new Promise((resolve) => sleep(resolve, 3));
  }
}

/** For virtual time: nothing is given up because a step was longer than the sockets were quick. */
export const PATIENT = {
  connectTimeoutMs: 100_000,
  requestTimeoutMs: 100_000,
  discovery: { timeoutMs: 100_000 },
} as const;
