/** Writes of values that are encoded already: the one way to the wire for all of them. */
import type { Operation } from '../connection/slot.ts';
import { ClientInputError, ValueTooLargeError } from '../errors.ts';
import type { StoreMode } from '../protocol/command.ts';
import { EXPTIME_NEVER, toExptime } from '../protocol/exptime.ts';
import { MAX_UINT64 } from '../protocol/limits.ts';
import type { CallOptions } from './client-options.ts';
import type { Executor } from './executor.ts';
import type { Key, KeyEncoder } from './key-encoder.ts';
import type { StoreOptions } from './memcached-client.ts';
import type { Operations } from './operations.ts';
import { type Ttl, ttlSeconds } from './ttl.ts';
import type { WireValue } from './values.ts';

export class Stores {
  readonly #keys: KeyEncoder;
  readonly #executor: Executor;
  readonly #operations: Operations;
  readonly #maxValueBytes: number;

  constructor(keys: KeyEncoder, executor: Executor, operations: Operations, maxValueBytes: number) {
    this.#keys = keys;
    this.#executor = executor;
    this.#operations = operations;
    this.#maxValueBytes = maxValueBytes;
  }

  store(
    mode: StoreMode,
    operation: Operation,
    key: Key,
    value: WireValue,
    options: StoreOptions | undefined,
  ): Promise<unknown> {
    const { text, base64, routed } = this.#keys.encode(key);
    const casToken = options?.casToken === undefined ? undefined : checkCasToken(options.casToken);
    const exptime = options?.ttl === undefined ? EXPTIME_NEVER : exptimeOf(options.ttl);
    const { data, flags } = value;
    if (data.length > this.#maxValueBytes) return this.#refuseTooLarge(mode, key, value, options);
    const command = { kind: 'store', mode, key: text, base64, flags, exptime, data, casToken } as const;
    return this.#executor.send(command, operation, key, routed, options);
  }

  delete(key: Key, options: CallOptions | undefined): Promise<unknown> {
    const { text, base64, routed } = this.#keys.encode(key);
    const command = { kind: 'delete', key: text, base64 } as const;
    return this.#executor.send(command, this.#operations.delete, key, routed, options);
  }

  /**
   * A server drops the old value of a `set` that is too large, so that nobody reads what was to be
   * replaced. What is not even sent must leave the cache the same.
   */
  async #refuseTooLarge(
    mode: StoreMode,
    key: Key,
    value: WireValue,
    options: StoreOptions | undefined,
  ): Promise<never> {
    const message = `Value is ${value.data.length} bytes; maxValueBytes is ${this.#maxValueBytes}`;
    let cause: unknown;
    if (mode === 'set' && options?.casToken === undefined) {
      await this.delete(key, options).catch((error: unknown) => {
        cause = error;
      });
    }
    throw new ValueTooLargeError(message, { operation: mode, key, cause });
  }
}

export function exptimeOf(ttl: Ttl): number {
  return toExptime(ttlSeconds(ttl), Date.now() / 1000);
}

/** Anything else would be written into the command line as it is. */
export function checkCasToken(casToken: bigint): bigint {
  if (typeof casToken === 'bigint' && casToken >= 0n && casToken <= MAX_UINT64) return casToken;
  throw new ClientInputError('casToken must be the bigint that gets gave');
}
