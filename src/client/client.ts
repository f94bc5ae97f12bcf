/** The verbs: each makes a command of its arguments and a result of its replies. */
import { EventEmitter } from 'node:events';
import type { Operation, Slot } from '../connection/slot.ts';
import { diagnose } from '../diagnostics.ts';
import { ClientInputError, type DecodeError, ValueTooLargeError } from '../errors.ts';
import type { StoreMode } from '../protocol/command.ts';
import { EXPTIME_NEVER, toExptime } from '../protocol/exptime.ts';
import { MAX_UINT64 } from '../protocol/limits.ts';
import type { CallOptions } from './client-options.ts';
import { counterValue, encodeCounter, MAX_COUNTER_ROUNDS, stepOf } from './counter.ts';
import { type Executor, requireRouting } from './executor.ts';
import { type Key, KeyEncoder } from './key-encoder.ts';
import { Lifecycle } from './lifecycle.ts';
import type {
  ClientEvents,
  ClientSnapshot,
  CounterOptions,
  MemcachedClient,
  NodeAddress,
  StoreOptions,
} from './memcached-client.ts';
import { MultiGet, type ValueOf } from './multi-get.ts';
import { MultiStore } from './multi-store.ts';
import { type Operations, operationsOf } from './operations.ts';
import type { ResolvedOptions } from './resolve-options.ts';
import { type Ttl, ttlSeconds } from './ttl.ts';
import { type Item, ValueReader } from './value-reader.ts';
import { encodeValue, toCommandData, type WireValue } from './values.ts';

export class Client extends EventEmitter<ClientEvents> implements MemcachedClient {
  readonly #options: ResolvedOptions;
  readonly #keys: KeyEncoder;
  readonly #values: ValueReader;
  readonly #operations: Operations;
  readonly #lifecycle: Lifecycle;
  readonly #executor: Executor;

  constructor(options: ResolvedOptions) {
    super();
    this.#options = options;
    this.#keys = new KeyEncoder(options.keys);
    this.#values = new ValueReader(options.codec, (slot, error) => this.#undecodable(slot, error));
    this.#operations = operationsOf(this.#values);
    this.#lifecycle = new Lifecycle(options, this);
    this.#executor = this.#lifecycle.executor;
    this.#lifecycle.start();
  }

  // ---- reading

  get<T = unknown>(key: Key, options?: CallOptions): Promise<T | undefined> {
    try {
      const { text, base64, routed } = this.#keys.encode(key);
      const command = { kind: 'get', key: text, base64 } as const;
      return this.#executor.send(command, this.#operations.get, key, routed, options) as Promise<
        T | undefined
      >;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async gets<T = unknown>(key: Key, options?: CallOptions): Promise<Item<T> | undefined> {
    const { text, base64, routed } = this.#keys.encode(key);
    const command = { kind: 'gets', key: text, base64 } as const;
    return (await this.#executor.send(command, this.#operations.gets, key, routed, options)) as
      | Item<T>
      | undefined;
  }

  getMany<K extends Key, T = unknown>(keys: Iterable<K>, options?: CallOptions): Promise<Map<K, T>> {
    return this.#getMany(
      'getMany',
      keys,
      (slot, reply, from) => this.#values.value(slot, reply, from),
      options,
    );
  }

  getsMany<K extends Key, T = unknown>(keys: Iterable<K>, options?: CallOptions): Promise<Map<K, Item<T>>> {
    return this.#getMany(
      'getsMany',
      keys,
      (slot, reply, from) => this.#values.item(slot, reply, from),
      options,
    );
  }

  async getAndTouch<T = unknown>(key: Key, ttl: Ttl, options?: CallOptions): Promise<T | undefined> {
    const { text, base64, routed } = this.#keys.encode(key);
    const command = { kind: 'gat', key: text, base64, exptime: exptimeOf(ttl) } as const;
    return (await this.#executor.send(command, this.#operations.getAndTouch, key, routed, options)) as
      | T
      | undefined;
  }

  // ---- writing

  set(key: Key, value: unknown, options?: StoreOptions): Promise<boolean> {
    return this.#encodeAndStore('set', key, value, options);
  }

  add(key: Key, value: unknown, options?: StoreOptions): Promise<boolean> {
    return this.#encodeAndStore('add', key, value, options);
  }

  replace(key: Key, value: unknown, options?: StoreOptions): Promise<boolean> {
    return this.#encodeAndStore('replace', key, value, options);
  }

  append(key: Key, bytes: string | Uint8Array, options?: CallOptions): Promise<boolean> {
    return this.#attach('append', key, bytes, options);
  }

  prepend(key: Key, bytes: string | Uint8Array, options?: CallOptions): Promise<boolean> {
    return this.#attach('prepend', key, bytes, options);
  }

  async cas(
    key: Key,
    value: unknown,
    casToken: bigint,
    options?: Omit<StoreOptions, 'casToken'>,
  ): Promise<'stored' | 'exists' | 'notFound'> {
    const stored = this.#store('set', this.#operations.cas, key, encodeValue(this.#options.codec, value), {
      ...options,
      casToken: checkCasToken(casToken),
    });
    return (await stored) as 'stored' | 'exists' | 'notFound';
  }

  async setMany<K extends Key>(
    entries: Iterable<readonly [K, unknown]> | Readonly<Record<string, unknown>>,
    options?: Omit<StoreOptions, 'casToken'>,
  ): Promise<K[]> {
    const pairs = (Symbol.iterator in entries ? [...entries] : Object.entries(entries)) as (readonly [
      K,
      unknown,
    ])[];
    // All keys and values are looked at before the first byte is written.
    const values = pairs.map(([key, value]) => {
      this.#keys.encode(key);
      return [key, encodeValue(this.#options.codec, value)] as const;
    });
    const batch = new MultiStore<K>(
      (key, value) => this.#store('set', this.#operations.set, key, value, options),
      (error) => this.report(error),
    );
    return batch.run(values);
  }

  async delete(key: Key, options?: CallOptions): Promise<boolean> {
    const { text, base64, routed } = this.#keys.encode(key);
    const command = { kind: 'delete', key: text, base64 } as const;
    return (await this.#executor.send(command, this.#operations.delete, key, routed, options)) as boolean;
  }

  async deleteMany(keys: Iterable<Key>, options?: CallOptions): Promise<number> {
    const distinct = new Map<string, Key>();
    for (const key of keys) distinct.set(this.#keys.encode(key).routed, key);
    const deleted = await Promise.all([...distinct.values()].map((key) => this.delete(key, options)));
    return deleted.filter(Boolean).length;
  }

  async touch(key: Key, ttl: Ttl, options?: CallOptions): Promise<boolean> {
    const { text, base64, routed } = this.#keys.encode(key);
    const command = { kind: 'touch', key: text, base64, exptime: exptimeOf(ttl) } as const;
    return (await this.#executor.send(command, this.#operations.touch, key, routed, options)) as boolean;
  }

  incr<D extends number | bigint = number>(
    key: Key,
    delta?: D,
    options?: CounterOptions,
  ): Promise<D | undefined> {
    return this.#count('incr', key, delta ?? 1, options) as Promise<D | undefined>;
  }

  decr<D extends number | bigint = number>(
    key: Key,
    delta?: D,
    options?: CounterOptions,
  ): Promise<D | undefined> {
    return this.#count('decr', key, delta ?? 1, options) as Promise<D | undefined>;
  }

  // ---- the cluster

  async flushAll(options?: CallOptions & { readonly delay?: number }): Promise<void> {
    const delay = options?.delay ?? 0;
    if (!Number.isSafeInteger(delay) || delay < 0)
      throw new ClientInputError('delay must be whole seconds from 0');
    await this.#executor.broadcast({ kind: 'flushAll', delay }, this.#operations.flushAll, options);
  }

  async version(options?: CallOptions): Promise<Map<string, string>> {
    const versions = await this.#executor.broadcast({ kind: 'version' }, this.#operations.version, options);
    return versions as Map<string, string>;
  }

  async stats(section = '', options?: CallOptions): Promise<Map<string, Record<string, string>>> {
    if (!/^(?:[a-z_]+(?: [a-z_]+)?)?$/.test(section)) {
      throw new ClientInputError("section must be a word such as 'items', 'slabs' or 'settings'");
    }
    const stats = await this.#executor.broadcast({ kind: 'stats', section }, this.#operations.stats, options);
    return stats as Map<string, Record<string, string>>;
  }

  refresh(): Promise<void> {
    return this.#lifecycle.refresh();
  }

  ready(options?: CallOptions): Promise<void> {
    return this.#executor.ready(
      options?.timeoutMs ?? this.#options.node.connectTimeoutMs * 5,
      options?.signal,
    );
  }

  nodeFor(key: Key): NodeAddress {
    const { routed } = this.#keys.encode(key);
    const routing = requireRouting(this.#executor.routing);
    const node = routing.topology.nodes[routing.locate(routed)];
    const { id, host, port, address } = node as NonNullable<typeof node>;
    return { id, host, port, ...(address === undefined ? {} : { address }) };
  }

  get topology(): MemcachedClient['topology'] {
    return this.#executor.routing?.topology;
  }

  snapshot(): ClientSnapshot {
    return this.#lifecycle.snapshot();
  }

  close(): Promise<void> {
    return this.#lifecycle.close();
  }

  destroy(error?: Error): void {
    this.#lifecycle.destroy(error);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Emits an error; one that nobody listens for must not crash the process, as EventEmitter would. */
  report(error: Error): void {
    diagnose('error', error);
    if (this.listenerCount('error') > 0) this.announce('error', error);
  }

  /**
   * Emits. What a listener throws is thrown to the process, as ever, but later: thrown from here it
   * would stop what is going on, and leave other calls unsettled.
   */
  announce<E extends keyof ClientEvents>(event: E, ...args: ClientEvents[E]): void {
    try {
      (this as EventEmitter).emit(event, ...args);
    } catch (error) {
      process.nextTick(() => {
        throw error;
      });
    }
  }

  // ---- how the verbs are made

  async #getMany<K extends Key, T>(
    kind: 'getMany' | 'getsMany',
    keys: Iterable<K>,
    decode: ValueOf,
    options: CallOptions | undefined,
  ): Promise<Map<K, T>> {
    const given = [...keys];
    const wire = this.#keys.encodeMany(given);
    if (given.length === 0) return new Map();
    return this.#executor.whenReady(new Map(), options, (rest) =>
      MultiGet.run<K, T>(this.#executor, kind, { given, wire }, decode, rest),
    );
  }

  #encodeAndStore(
    mode: StoreMode,
    key: Key,
    value: unknown,
    options: StoreOptions | undefined,
  ): Promise<boolean> {
    try {
      const encoded = encodeValue(this.#options.codec, value);
      return this.#store(mode, this.#operations[mode], key, encoded, options) as Promise<boolean>;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #store(
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
    if (data.length > this.#options.node.maxValueBytes)
      return this.#refuseTooLarge(mode, key, value, options);
    const command = { kind: 'store', mode, key: text, base64, flags, exptime, data, casToken } as const;
    return this.#executor.send(command, operation, key, routed, options);
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
    const { maxValueBytes } = this.#options.node;
    const message = `Value is ${value.data.length} bytes; maxValueBytes is ${maxValueBytes}`;
    let cause: unknown;
    if (mode === 'set' && options?.casToken === undefined) {
      await this.delete(key, options).catch((error: unknown) => {
        cause = error;
      });
    }
    throw new ValueTooLargeError(message, { operation: mode, key, cause });
  }

  async #attach(
    mode: 'append' | 'prepend',
    key: Key,
    bytes: string | Uint8Array,
    options: CallOptions | undefined,
  ): Promise<boolean> {
    const value = { data: toCommandData(bytes), flags: 0 };
    return (await this.#store(mode, this.#operations[mode], key, value, options)) as boolean;
  }

  async #count(
    kind: 'incr' | 'decr',
    key: Key,
    step: number | bigint,
    options: CounterOptions | undefined,
  ): Promise<number | bigint | undefined> {
    const { text, base64, routed } = this.#keys.encode(key);
    const { direction, delta } = stepOf(kind, step);
    const initial =
      options?.initial === undefined ? undefined : encodeCounter(this.#options.codec, options.initial);
    const command = { kind: direction, key: text, base64, delta, initial: undefined, exptime: 0 } as const;
    const startedAt = initial === undefined ? 0 : performance.now();
    let rest = options;
    // A missing counter is made by an add rather than by the step itself (meta's N and J), which
    // would store it without the codec's client flags: `get` would then give a string.
    for (let round = 0; ; round++) {
      const count = (await this.#executor.send(command, this.#operations[kind], key, routed, rest)) as
        | bigint
        | undefined
        | null;
      // A node that failed is not asked to make the counter: it would fail again, and take as long.
      if (count === null) return undefined;
      if (count !== undefined) return counterValue(count, typeof step === 'bigint');
      if (initial === undefined || round === MAX_COUNTER_ROUNDS) return undefined;
      // The steps are one call, and have the time of one.
      rest = this.#executor.rest(options, startedAt);
      const added = await this.#store('add', this.#operations.add, key, initial, rest);
      if (added === true) return counterValue(BigInt(options?.initial ?? 0), typeof step === 'bigint');
      rest = this.#executor.rest(options, startedAt);
    }
  }

  #undecodable(slot: Slot, error: DecodeError): void {
    if (this.#options.onDecodeError === 'miss') this.report(error);
    else slot.fail(error);
  }
}

function exptimeOf(ttl: Ttl): number {
  return toExptime(ttlSeconds(ttl), Date.now() / 1000);
}

/** Anything else would be written into the command line as it is. */
function checkCasToken(casToken: bigint): bigint {
  if (typeof casToken === 'bigint' && casToken >= 0n && casToken <= MAX_UINT64) return casToken;
  throw new ClientInputError('casToken must be the bigint that gets gave');
}
