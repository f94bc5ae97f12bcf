import { setImmediate as turn } from 'node:timers/promises';
import type { MemcachedClient, MemfleetError } from '../../src/index.ts';
import { KEYS } from './follow.ts';

export interface TrafficOptions {
  readonly keys?: readonly string[];
  /** Calls under way at once. Default 16. */
  readonly callers?: number;
}

/** What calls came to. */
export interface Outcome {
  readonly calls: number;
  /** Those that rejected. */
  readonly failures: readonly MemfleetError[];
  /** Values that were another key's, or none that was ever stored. */
  readonly wrong: readonly string[];
  /** The longest a call took, in milliseconds. */
  readonly slowestMs: number;
}

/** Reads and writes without pause until told to stop, each value looked at: it says whose it is. */
export class Traffic {
  readonly #client: MemcachedClient;
  readonly #keys: readonly string[];
  readonly #callers: Promise<void>;
  readonly #failures: MemfleetError[] = [];
  readonly #wrong: string[] = [];
  #calls = 0;
  #slowestMs = 0;
  #running = true;

  constructor(client: MemcachedClient, options: TrafficOptions = {}) {
    const { keys = KEYS, callers = 16 } = options;
    this.#client = client;
    this.#keys = keys;
    this.#callers = Promise.all(Array.from({ length: callers }, (_, i) => this.#call(i))).then(
      () => undefined,
    );
  }

  get outcome(): Outcome {
    return {
      calls: this.#calls,
      failures: this.#failures,
      wrong: this.#wrong,
      slowestMs: this.#slowestMs,
    };
  }

  /** Resolves once every call is settled. */
  async stop(): Promise<Outcome> {
    this.#running = false;
    await this.#callers;
    return this.outcome;
  }

  async #call(caller: number): Promise<void> {
    for (let i = caller; this.#running; i += 7) {
      const key = this.#key(i);
      await this.#timed(this.#client.set(key, markOf(key)));
      this.#check(key, await this.#timed(this.#client.get<string>(key)));
      const several = [key, this.#key(i + 1), this.#key(i + 2)];
      const found = await this.#timed(this.#client.getMany<string, string>(several));
      for (const [each, value] of found ?? []) this.#check(each, value);
      // Calls that fail at once would leave the event loop no turn of its own.
      await turn();
    }
  }

  #key(index: number): string {
    return this.#keys[index % this.#keys.length] as string;
  }

  #check(key: string, value: string | undefined): void {
    if (value !== undefined && value !== markOf(key)) this.#wrong.push(`${key}: ${value}`);
  }

  async #timed<T>(call: Promise<T>): Promise<T | undefined> {
    const startedAt = performance.now();
    this.#calls++;
    try {
      return await call;
    } catch (error) {
      this.#failures.push(error as MemfleetError);
      return undefined;
    } finally {
      this.#slowestMs = Math.max(this.#slowestMs, performance.now() - startedAt);
    }
  }
}

function markOf(key: string): string {
  return `value of ${key}`;
}
