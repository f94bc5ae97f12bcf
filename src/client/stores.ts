/** Writes of values that are encoded already: the one way to the wire for all of them. */
import type { Operation } from '../connection/slot.ts';
import { BackpressureError, ClientInputError, concerning, ValueTooLargeError } from '../errors.ts';
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
  /** As many bytes for each node are prepared at once. */
  readonly maxQueuedBytes: number;
  /** Undefined where nothing is compressed. */
  readonly packer: Packer | undefined;
  /** Undefined where values that are too large are refused. */
  readonly chunks: Chunks | undefined;
}

/** A write that can be sent, or what is to become of it instead. */
type Prepared = { readonly write: Write } & (
  | { readonly kind: 'item' }
  /** Its manifest; `drop` deletes the chunks where nothing points to them. */
  | { readonly kind: 'split'; readonly drop: () => void }
  | { readonly kind: 'refused'; readonly error: ValueTooLargeError }
  /** A failure that is a miss, and was told. */
  | { readonly kind: 'failed' }
);

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
  /** Bytes of values that are compressed on another thread, or written in chunks. */
  #preparing = 0;

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

  /** Undefined where it was done to an item that may be no value. */
  touch(key: Key, ttl: Ttl, options: CallOptions | undefined): Promise<unknown> {
    const { text, base64, routed } = this.#keys.encode(key);
    const command = { kind: 'touch', key: text, base64, exptime: exptimeOf(ttl) } as const;
    return this.#executor.send(command, this.#operations.touch, key, routed, options);
  }

  #storeLong(write: Write, options: CallOptions | undefined): Promise<unknown> {
    const { command, key, operation, routed } = write;
    // What is attached to what is stored is taken as it is.
    if (command.mode === 'append' || command.mode === 'prepend') {
      return command.data.length <= this.#options.maxValueBytes
        ? this.#executor.send(command, operation, key, routed, options)
        : this.#refuse(write, this.#tooLarge(write), options, 'send');
    }
    const packer = this.#options.packer?.takes(command) ? this.#options.packer : undefined;
    const isSlow = packer?.isSlow(command);
    const packed = packer === undefined || isSlow ? write : withValue(write, packer.pack(command));
    if (!isSlow) {
      if (packed.command.data.length <= this.#maxItemBytes) {
        return this.#executor.send(packed.command, operation, key, routed, options);
      }
      if (this.#options.chunks === undefined) {
        return this.#refuse(packed, this.#tooLarge(packed), options, 'send');
      }
    }
    return this.#executor.inTurn(
      routed,
      { name: operation.name, miss: operation.miss, key },
      options,
      async (rest) => {
        this.#checkRoom(write);
        this.#preparing += command.data.length;
        try {
          const small = isSlow ? withValue(write, await (packer as Packer).packLater(command)) : packed;
          return await this.#prepare(small, rest);
        } catch (error) {
          this.#preparing -= command.data.length;
          throw error;
        }
      },
      (prepared, rest) => {
        this.#preparing -= command.data.length;
        return this.#sendPrepared(prepared, rest);
      },
    );
  }

  /** @throws BackpressureError: no connection counts what is not given to it yet. */
  #checkRoom({ command, key, operation }: Write): void {
    const { maxQueuedBytes } = this.#options;
    const most = maxQueuedBytes * (this.#executor.routing?.nodes.length ?? 1);
    if (this.#preparing === 0 || this.#preparing + command.data.length <= most) return;
    throw new BackpressureError(
      `Client compresses or splits maxQueuedBytes (${maxQueuedBytes}) for each node already`,
      { operation: operation.name, key },
    );
  }

  /** Writes the chunks of what is to be split; until its manifest is sent all read what was there before. */
  async #prepare(write: Write, rest: Rest): Promise<Prepared> {
    const { command, key, operation } = write;
    const { chunks, maxValueBytes } = this.#options;
    const bytes = command.data.length;
    if (bytes <= this.#maxItemBytes) return { kind: 'item', write };
    if (chunks === undefined || bytes > maxWholeBytes(maxValueBytes)) {
      return { kind: 'refused', write, error: this.#tooLarge(write) };
    }
    const manifest = chunks.plan(bytes, command.flags);
    try {
      if (await chunks.write(manifest, toBytes(command.data), command.exptime, rest)) {
        const head = withValue(write, { data: writeManifest(manifest), flags: SPLIT_FLAGS });
        return { kind: 'split', write: head, drop: () => chunks.remove(manifest) };
      }
    } catch (cause) {
      chunks.remove(manifest);
      const error = concerning(cause, operation.name, key);
      if (error instanceof ValueTooLargeError) return { kind: 'refused', write, error };
      throw error;
    }
    chunks.remove(manifest);
    return { kind: 'failed', write };
  }

  async #sendPrepared(prepared: Prepared, rest: Rest): Promise<unknown> {
    const { command, key, operation, routed } = prepared.write;
    switch (prepared.kind) {
      case 'item':
        return this.#executor.sendInTurn(command, operation, key, routed, rest());
      case 'refused':
        return this.#refuse(prepared.write, prepared.error, rest(), 'sendInTurn');
      case 'failed':
        return operation.miss;
      case 'split': {
        let options: CallOptions;
        try {
          options = rest();
        } catch (error) {
          prepared.drop();
          throw error;
        }
        // A failure may come after it was stored: then its chunks are needed.
        const outcome = await this.#executor.sendInTurn(command, operation, key, routed, options);
        if (outcome !== true && outcome !== 'stored') prepared.drop();
        return outcome;
      }
    }
  }

  #tooLarge({ command, key }: Write): ValueTooLargeError {
    const message = `Value is ${command.data.length} bytes; maxValueBytes is ${this.#options.maxValueBytes}`;
    return new ValueTooLargeError(message, { operation: command.mode, key });
  }

  /**
   * A server drops the old value of a `set` that is too large, so that nobody reads what was to be
   * replaced. What is not even sent must leave the cache the same.
   */
  async #refuse(
    { command, key, routed }: Write,
    error: ValueTooLargeError,
    options: CallOptions | undefined,
    send: 'send' | 'sendInTurn',
  ): Promise<never> {
    const { base64, casToken, key: text, mode } = command;
    if (mode !== 'set' || casToken !== undefined) throw error;
    const deletion = { kind: 'delete', key: text, base64 } as const;
    try {
      await this.#executor[send](deletion, this.#operations.delete, key, routed, options);
    } catch (cause) {
      throw new ValueTooLargeError(error.message, { operation: mode, key, cause });
    }
    throw error;
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
