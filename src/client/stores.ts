/** Writes of values that are encoded already: the one way to the wire for all of them. */
import type { Operation } from '../connection/slot.ts';
import { ClientInputError, concerning, ValueTooLargeError } from '../errors.ts';
import type { StoreCommand, StoreMode } from '../protocol/command.ts';
import { EXPTIME_NEVER, toExptime } from '../protocol/exptime.ts';
import { MAX_UINT64 } from '../protocol/limits.ts';
import { type Chunks, ITEM_OVERHEAD_BYTES } from './chunks.ts';
import type { CallOptions } from './client-options.ts';
import type { Executor } from './executor.ts';
import type { Key, KeyEncoder } from './key-encoder.ts';
import { SPLIT_FLAGS, writeManifest } from './manifest.ts';
import type { StoreOptions } from './memcached-client.ts';
import type { Operations } from './operations.ts';
import type { Packer } from './packer.ts';
import type { Rest } from './sequencer.ts';
import { type Ttl, ttlSeconds } from './ttl.ts';
import { maxWholeBytes, toBytes, type WireValue } from './values.ts';

export interface StoresOptions {
  readonly maxValueBytes: number;
  /** Undefined where nothing is compressed. */
  readonly packer: Packer | undefined;
  /** Undefined where values that are too large are refused. */
  readonly chunks: Chunks | undefined;
}

/** A write on its way. */
interface Write {
  readonly command: StoreCommand;
  readonly operation: Operation;
  readonly key: Key;
  readonly routed: string;
}

export class Stores {
  readonly #keys: KeyEncoder;
  readonly #executor: Executor;
  readonly #operations: Operations;
  readonly #options: StoresOptions;
  /** The largest value that is sent as one item. */
  readonly #maxItemBytes: number;
  /** Shorter values are sent as they are. */
  readonly #longFrom: number;

  constructor(keys: KeyEncoder, executor: Executor, operations: Operations, options: StoresOptions) {
    this.#keys = keys;
    this.#executor = executor;
    this.#operations = operations;
    this.#options = options;
    const { chunks, maxValueBytes, packer } = options;
    this.#maxItemBytes = chunks === undefined ? maxValueBytes : maxValueBytes - ITEM_OVERHEAD_BYTES;
    this.#longFrom = Math.min(this.#maxItemBytes + 1, packer?.minBytes ?? Number.POSITIVE_INFINITY);
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
    const command = { kind: 'store', mode, key: text, base64, flags, exptime, data, casToken } as const;
    if (data.length >= this.#longFrom) return this.#storeLong({ command, operation, key, routed }, options);
    return this.#executor.send(command, operation, key, routed, options);
  }

  delete(key: Key, options: CallOptions | undefined): Promise<unknown> {
    const { text, base64, routed } = this.#keys.encode(key);
    const command = { kind: 'delete', key: text, base64 } as const;
    return this.#executor.send(command, this.#operations.delete, key, routed, options);
  }

  #storeLong(write: Write, options: CallOptions | undefined): Promise<unknown> {
    const { command, key, operation, routed } = write;
    const { chunks, maxValueBytes } = this.#options;
    // What is attached to what is stored is taken as it is.
    const attached = command.mode === 'append' || command.mode === 'prepend';
    const packer = !attached && this.#options.packer?.takes(command) ? this.#options.packer : undefined;
    const call = { name: operation.name, miss: operation.miss, key };
    if (packer?.isSlow(command)) {
      return this.#executor.inTurn(routed, call, options, async (rest) =>
        this.#storeInTurn(withValue(write, await packer.packLater(command)), rest),
      );
    }
    const packed = packer === undefined ? write : withValue(write, packer.pack(command));
    if (packed.command.data.length <= (attached ? maxValueBytes : this.#maxItemBytes)) {
      return this.#executor.send(packed.command, operation, key, routed, options);
    }
    if (attached || chunks === undefined) return this.#refuseTooLarge(packed, options, 'send');
    return this.#executor.inTurn(routed, call, options, (rest) => this.#storeInTurn(packed, rest));
  }

  #storeInTurn(write: Write, rest: Rest): Promise<unknown> {
    const { command, key, operation, routed } = write;
    const { chunks, maxValueBytes } = this.#options;
    const bytes = command.data.length;
    if (bytes <= this.#maxItemBytes) {
      return this.#executor.sendInTurn(command, operation, key, routed, rest());
    }
    const splits = chunks !== undefined && bytes <= maxWholeBytes(maxValueBytes);
    return splits ? this.#split(write, chunks, rest) : this.#refuseTooLarge(write, rest(), 'sendInTurn');
  }

  /** The manifest is written last: until then all read what was there before. */
  async #split(write: Write, chunks: Chunks, rest: Rest): Promise<unknown> {
    const { command, key, operation, routed } = write;
    const manifest = chunks.plan(command.data.length, command.flags);
    let stored: boolean;
    let options: CallOptions;
    try {
      stored = await chunks.write(manifest, toBytes(command.data), command.exptime, rest);
      options = rest();
    } catch (error) {
      chunks.remove(manifest);
      const refusal = concerning(error, operation.name, key);
      if (!(refusal instanceof ValueTooLargeError)) throw refusal;
      return this.#refuseTooLarge(write, rest(), 'sendInTurn', refusal);
    }
    if (!stored) {
      chunks.remove(manifest);
      return operation.miss;
    }
    const head = withValue(write, { data: writeManifest(manifest), flags: SPLIT_FLAGS }).command;
    // A failure may come after it was stored: then its chunks are needed.
    const outcome = await this.#executor.sendInTurn(head, operation, key, routed, options);
    if (outcome !== true && outcome !== 'stored') chunks.remove(manifest);
    return outcome;
  }

  /**
   * A server drops the old value of a `set` that is too large, so that nobody reads what was to be
   * replaced. What is not even sent must leave the cache the same.
   */
  async #refuseTooLarge(
    { command, key, routed }: Write,
    options: CallOptions | undefined,
    send: 'send' | 'sendInTurn',
    refusal?: ValueTooLargeError,
  ): Promise<never> {
    const { base64, casToken, data, key: text, mode } = command;
    let cause: unknown;
    if (mode === 'set' && casToken === undefined) {
      const deletion = { kind: 'delete', key: text, base64 } as const;
      const deleted = this.#executor[send](deletion, this.#operations.delete, key, routed, options);
      await deleted.catch((error: unknown) => {
        cause = error;
      });
    }
    const message = `Value is ${data.length} bytes; maxValueBytes is ${this.#options.maxValueBytes}`;
    throw refusal ?? new ValueTooLargeError(message, { operation: mode, key, cause });
  }
}

function withValue(write: Write, { data, flags }: WireValue): Write {
  return { ...write, command: { ...write.command, data, flags } };
}

export function exptimeOf(ttl: Ttl): number {
  return toExptime(ttlSeconds(ttl), Date.now() / 1000);
}

/** Anything else would be written into the command line as it is. */
export function checkCasToken(casToken: bigint): bigint {
  if (typeof casToken === 'bigint' && casToken >= 0n && casToken <= MAX_UINT64) return casToken;
  throw new ClientInputError('casToken must be the bigint that gets gave');
}
