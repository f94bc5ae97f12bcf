/** The verbs of counters: steps, and counters that are made where there are none. */
import type { Codec } from '../codec/codec.ts';
import { InvalidValueError } from '../errors.ts';
import { counterValue, encodeCounter, MAX_COUNTER_ROUNDS, stepOf } from './counter.ts';
import type { Entries } from './entries.ts';
import type { Executor } from './executor.ts';
import type { Key, KeyEncoder } from './key-encoder.ts';
import type { CounterOptions } from './memcached-client.ts';
import type { Operations } from './operations.ts';
import type { Stores } from './stores.ts';
import type { WireValue } from './values.ts';

export class Counting {
  readonly #keys: KeyEncoder;
  readonly #executor: Executor;
  readonly #operations: Operations;
  readonly #stores: Stores;
  readonly #entries: Entries;
  readonly #codec: Codec;

  constructor(
    keys: KeyEncoder,
    executor: Executor,
    operations: Operations,
    stores: Stores,
    entries: Entries,
    codec: Codec,
  ) {
    this.#keys = keys;
    this.#executor = executor;
    this.#operations = operations;
    this.#stores = stores;
    this.#entries = entries;
    this.#codec = codec;
  }

  async count(
    kind: 'incr' | 'decr',
    key: Key,
    step: number | bigint,
    options: CounterOptions | undefined,
  ): Promise<number | bigint | undefined> {
    const { direction, delta } = stepOf(kind, step);
    const wantsBigint = typeof step === 'bigint';
    const initial = options?.initial === undefined ? undefined : encodeCounter(this.#codec, options.initial);
    const startedAt = initial === undefined ? 0 : performance.now();
    let rest = options;
    // A missing counter is made by an add rather than by the step itself (meta's N and J), which
    // would store it without the codec's client flags: `get` would then give a string.
    for (let round = 0; ; round++) {
      const count = await this.#step(direction, key, delta, rest);
      // A node that failed is not asked to make the counter: it would fail again, and take as long.
      if (count === null) return undefined;
      if (typeof count === 'bigint') return counterValue(count, wantsBigint);
      if (initial === undefined || round === MAX_COUNTER_ROUNDS) return undefined;
      // The steps are one call, and have the time of one.
      rest = this.#executor.rest(options, startedAt);
      if (await this.#make(key, initial, count.instead, rest)) {
        return counterValue(BigInt(options?.initial ?? 0), wantsBigint);
      }
      rest = this.#executor.rest(options, startedAt);
    }
  }

  /** The new count; what is there instead of a counter, if anything; or null for a failure that is a miss. */
  async #step(
    direction: 'incr' | 'decr',
    key: Key,
    delta: bigint,
    options: CounterOptions | undefined,
  ): Promise<bigint | { readonly instead: bigint | undefined } | null> {
    const { text, base64, routed } = this.#keys.encode(key);
    const command = { kind: direction, key: text, base64, delta, initial: undefined, exptime: 0 } as const;
    const operation = this.#operations[direction];
    try {
      const count = await this.#executor.send(command, operation, key, routed, options);
      return count === undefined ? { instead: undefined } : (count as bigint | null);
    } catch (error) {
      if (!(error instanceof InvalidValueError)) throw error;
      const instead = await this.#entries.vacancy(key, options);
      if (instead === undefined) throw error;
      return { instead };
    }
  }

  async #make(
    key: Key,
    initial: WireValue,
    casToken: bigint | undefined,
    options: CounterOptions | undefined,
  ): Promise<boolean> {
    const { add, cas } = this.#operations;
    if (casToken === undefined) return (await this.#stores.store('add', add, key, initial, options)) === true;
    return (await this.#stores.store('set', cas, key, initial, { ...options, casToken })) === 'stored';
  }
}
