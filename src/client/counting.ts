/** The verbs of counters: steps, and counters that are made where there are none. */
import type { Codec } from '../codec/codec.ts';
import { InvalidValueError } from '../errors.ts';
import { MAX_UINT64 } from '../protocol/limits.ts';
import type { Entries } from './entries.ts';
import type { Executor } from './executor.ts';
import type { Key, KeyEncoder } from './key-encoder.ts';
import type { CounterOptions } from './memcached-client.ts';
import { counterValue, type Operations } from './operations.ts';
import type { Stores } from './stores.ts';
import { encodeValue, type WireValue } from './values.ts';

/** How often a counter that others delete meanwhile is tried to be made. */
const MAX_ROUNDS = 3;

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
    const initial = options?.initial === undefined ? undefined : this.#encode(options.initial);
    // A missing counter is made by an add rather than by the step itself (meta's N and J), which
    // would store it without the codec's client flags: `get` would then give a string.
    for (let round = 0; ; round++) {
      const count = await this.#step(direction, key, delta, options);
      // A node that failed is not asked to make the counter: it would fail again, and take as long.
      if (count === null) return undefined;
      if (typeof count === 'bigint') return counterValue(count, wantsBigint);
      if (initial === undefined || round === MAX_ROUNDS) return undefined;
      if (await this.#make(key, initial, count.instead, options)) {
        return counterValue(BigInt(options?.initial ?? 0), wantsBigint);
      }
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

  #encode(initial: number | bigint): WireValue {
    const value = typeof initial === 'bigint' || Number.isSafeInteger(initial) ? BigInt(initial) : -1n;
    if (value < 0n || value > MAX_UINT64) {
      throw new InvalidValueError('initial must be a whole number from 0');
    }
    return encodeValue(this.#codec, initial);
  }
}

/** A step back is a step in the other direction. */
function stepOf(kind: 'incr' | 'decr', step: number | bigint): { direction: 'incr' | 'decr'; delta: bigint } {
  if (typeof step !== 'bigint' && !Number.isSafeInteger(step)) {
    throw new InvalidValueError('delta must be a whole number or a bigint');
  }
  const delta = BigInt(step);
  if (delta > MAX_UINT64 || delta < -MAX_UINT64) throw new InvalidValueError('delta must fit 64 bits');
  if (delta >= 0n) return { direction: kind, delta };
  return { direction: kind === 'incr' ? 'decr' : 'incr', delta: -delta };
}
