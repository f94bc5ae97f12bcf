/**
 * The order of calls on a key where one of them is not sent at once, but compresses its value on another thread
 * first, or writes chunks: what is called after it is sent after it.
 */
import type { Operation } from '../connection/slot.ts';
import { TimeoutError } from '../errors.ts';
import type { CallOptions } from './client-options.ts';
import { inTime } from './in-time.ts';
import type { Key } from './key-encoder.ts';

/** What it needs to know of the client. */
export interface CallRules {
  timeoutOf(options: CallOptions | undefined): number;
  /** The options of a call for what is left of its time. */
  rest(options: CallOptions | undefined, startedAt: number): CallOptions;
  /** Whether an error is to be a miss; then it is told. */
  silences(error: Error): boolean;
}

/** A call, for its errors and for what a failure of it is where failures are misses. */
export type Call = Pick<Operation, 'name' | 'miss'> & { readonly key?: Key };

/**
 * Gives the options of the next step, for what is left of the time of its call.
 *
 * @throws TimeoutError, or the reason of the signal, where nobody waits any more.
 */
export type Rest = () => CallOptions;

/** Who made a call, and how long that one waits. */
interface Caller {
  readonly rest: Rest;
  readonly wait: <T>(work: Promise<T>) => Promise<T>;
}

export class Sequencer {
  readonly #rules: CallRules;
  readonly #onIdle: () => void;
  /** When the last such call on each key that has one is sent. */
  readonly #turns = new Map<string, Promise<void>>();
  /** What no node is waited for any more. */
  readonly #works = new Set<Promise<unknown>>();

  /** @param onIdle called once no key has such calls any more. */
  constructor(rules: CallRules, onIdle: () => void) {
    this.#rules = rules;
    this.#onIdle = onIdle;
  }

  /**
   * Makes a call that is not sent at once: `prepare` starts now, and `send` comes once that is done, and all
   * that was called before on the key is sent.
   *
   * @param prepare `before` resolves once all that was called before is sent.
   */
  take<P, T>(
    routed: string,
    call: Call,
    options: CallOptions | undefined,
    prepare: (rest: Rest, before: Promise<unknown>) => Promise<P>,
    send: (prepared: P, rest: Rest) => Promise<T>,
  ): Promise<T> {
    const { rest, wait } = this.#callerOf(call, options);
    const before = this.#turns.get(routed) ?? Promise.resolve();
    const sent = Promise.all([prepare(rest, before), before]).then(([prepared]) => ({
      // Not waited for: what comes next may be sent behind it.
      answer: send(prepared, rest),
    }));
    const work = sent.then(({ answer }) => answer);
    const told = wait(work);
    // What is given up is not sent any more, whenever it is ready.
    const turn = Promise.allSettled([before, Promise.race([sent, told])]).then(ignore);
    this.#turns.set(routed, turn);
    // Before those that wait for this turn, and so before what is called once they are sent.
    void turn.then(() => {
      if (this.#turns.get(routed) === turn) this.#turns.delete(routed);
      if (this.#turns.size === 0) this.#onIdle();
    });
    this.track(work);
    return told;
  }

  /**
   * Makes a call of one step after all that were made on its keys so far; undefined where there are none.
   *
   * @param routed `'all'`: it is about all keys.
   */
  after<T>(
    routed: readonly string[] | 'all',
    call: Call,
    options: CallOptions | undefined,
    step: (options: CallOptions) => Promise<T>,
  ): Promise<T> | undefined {
    const turns =
      routed === 'all'
        ? [...this.#turns.values()]
        : routed.map((key) => this.#turns.get(key)).filter((turn) => turn !== undefined);
    if (turns.length === 0) return undefined;
    const { rest, wait } = this.#callerOf(call, options);
    // Not by way of another promise: it would be sent after what was called later.
    const turn = turns.length === 1 ? (turns[0] as Promise<void>) : Promise.all(turns);
    const work = turn.then(() => step(rest()));
    this.track(work);
    return wait(work);
  }

  /** Has `settled` wait for it. */
  track(work: Promise<unknown>): void {
    this.#works.add(work);
    const done = (): boolean => this.#works.delete(work);
    work.then(done, done);
  }

  /** Resolves once all that was begun is over, or this time is. */
  settled(maxMs: number): Promise<unknown> {
    const works = Promise.allSettled(this.#works);
    return inTime<unknown>(works, maxMs, undefined, () => new Error('Too slow')).catch(ignore);
  }

  #callerOf(call: Call, options: CallOptions | undefined): Caller {
    const timeoutMs = this.#rules.timeoutOf(options);
    const signal = options?.signal;
    const startedAt = performance.now();
    let gaveUp: unknown;
    return {
      rest: () => {
        signal?.throwIfAborted();
        // A timer may be early by a part of a millisecond.
        if (gaveUp !== undefined) throw gaveUp;
        if (performance.now() - startedAt >= timeoutMs) throw timedOut(timeoutMs, call);
        return this.#rules.rest(options, startedAt);
      },
      wait: async (work) => {
        try {
          return await inTime(work, timeoutMs, signal, () => timedOut(timeoutMs, call));
        } catch (error) {
          gaveUp = error;
          if (signal?.aborted || !this.#rules.silences(error as Error)) throw error;
          return call.miss as Awaited<typeof work>;
        }
      },
    };
  }
}

function timedOut(timeoutMs: number, { key, name }: Call): TimeoutError {
  return new TimeoutError('request', timeoutMs, { operation: name, key });
}

/** Whoever made the call is told. */
function ignore(): void {}
