/** The verbs: each makes a command of its arguments and a result of its replies. */
import { EventEmitter } from 'node:events';
import { diagnose } from '../diagnostics.ts';
import { ClientInputError, type DecodeError } from '../errors.ts';
import type { StoreMode } from '../protocol/command.ts';
import { Chunks } from './chunks.ts';
import type { CallOptions } from './client-options.ts';
import { Counting } from './counting.ts';
import { Entries } from './entries.ts';
import { type Executor, requireRouting } from './executor.ts';
import { Heads } from './heads.ts';
import { type Key, KeyEncoder } from './key-encoder.ts';
import { LeaseKeys } from './lease-keys.ts';
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
import { Packer } from './packer.ts';
import type { ResolvedOptions } from './resolve-options.ts';
import { checkCasToken, exptimeOf, Stores } from './stores.ts';
import { type Ttl, ttlSeconds } from './ttl.ts';
import { Unwrapper } from './unwrapper.ts';
import { type Item, ValueReader } from './value-reader.ts';
import { encodeValue, maxInflatedBytes, maxWholeBytes, toCommandData } from './values.ts';

export class Client extends EventEmitter<ClientEvents> implements MemcachedClient {
  readonly #options: ResolvedOptions;
  readonly #keys: KeyEncoder;
  readonly #values: ValueReader;
  readonly #operations: Operations;
  readonly #lifecycle: Lifecycle;
  readonly #executor: Executor;
  readonly #stores: Stores;
  readonly #counting: Counting;
  /** Where values may be compressed or split. */
  readonly #heads: Heads | undefined;
  /** For caches, as are the leases. */
  readonly entries: Entries;
  readonly leaseKeys: LeaseKeys;

  constructor(options: ResolvedOptions) {
    super();
    this.#options = options;
    const { codec, compression, largeValues } = options;
    const { maxQueuedBytes, maxValueBytes } = options.node;
    const maxBytes = maxWholeBytes(maxValueBytes);
    this.#keys = new KeyEncoder(options.keys);
    this.#values = new ValueReader({
      codec,
      unwrapper: new Unwrapper({ codec, maxBytes, join: (manifest, slot) => chunks.join(manifest, slot) }),
      isMiss: (error) => this.#isMiss(error),
      track: (work) => this.#executor.sequencer.track(work),
    });
    this.#operations = operationsOf(this.#values);
    this.#lifecycle = new Lifecycle(options, this);
    this.#executor = this.#lifecycle.executor;
    const chunks = new Chunks(this.#executor, this.#operations, {
      maxValueBytes,
      keyPrefix: options.keys.keyPrefix,
      onError: (error) => this.report(error),
    });
    const { zlibFlag } = codec;
    const packer =
      compression &&
      new Packer({
        ...compression,
        zlibFlag,
        maxBytes: zlibFlag === undefined ? maxBytes : maxInflatedBytes(codec, maxBytes),
      });
    const splits = largeValues === 'split';
    const parts = [this.#keys, this.#executor, this.#operations] as const;
    this.#stores = new Stores(...parts, {
      maxQueuedBytes,
      maxValueBytes,
      packer,
      chunks: splits ? chunks : undefined,
    });
    this.entries = new Entries(...parts, this.#stores, { codec, splits });
    this.leaseKeys = new LeaseKeys(...parts);
    this.#counting = new Counting(...parts, this.#stores, this.entries, codec);
    if (splits || packer !== undefined) {
      this.#heads = new Heads(this.#executor, this.#operations, { chunks, codec, maxBytes, splits });
    }
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

  async add(key: Key, value: unknown, options?: StoreOptions): Promise<boolean> {
    const encoded = encodeValue(this.#options.codec, value);
    const { add, cas } = this.#operations;
    const stored = await this.#stores.store('add', add, key, encoded, options);
    if (stored !== false || options?.casToken !== undefined) return stored === true;
    // What stood in the way may be the lease of a value that is not there yet.
    const casToken = await this.entries.vacancy(key, options);
    if (casToken === undefined) return false;
    return (await this.#stores.store('set', cas, key, encoded, { ...options, casToken })) === 'stored';
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
    const encoded = encodeValue(this.#options.codec, value);
    const stored = this.#stores.store('set', this.#operations.cas, key, encoded, {
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
    // All that is given is looked at before the first byte is written: what cannot be right is no key's failure.
    this.#executor.timeoutOf(options);
    if (options?.ttl !== undefined) ttlSeconds(options.ttl);
    const values = pairs.map(([key, value]) => {
      this.#keys.encode(key);
      return [key, encodeValue(this.#options.codec, value)] as const;
    });
    const batch = new MultiStore<K>(
      (key, value) => this.#stores.store('set', this.#operations.set, key, value, options),
      (error) => this.report(error),
    );
    return batch.run(values);
  }

  async delete(key: Key, options?: CallOptions): Promise<boolean> {
    if (this.#heads?.splits) return this.#heads.delete(key, this.#keys.encode(key), options);
    return (await this.#stores.delete(key, options)) as boolean;
  }

  async deleteMany(keys: Iterable<Key>, options?: CallOptions): Promise<number> {
    const distinct = new Map<string, Key>();
    for (const key of keys) distinct.set(this.#keys.encode(key).routed, key);
    const deleted = await Promise.all([...distinct.values()].map((key) => this.delete(key, options)));
    return deleted.filter(Boolean).length;
  }

  async touch(key: Key, ttl: Ttl, options?: CallOptions): Promise<boolean> {
    const touching = this.#heads?.splits
      ? this.#heads.touch(key, this.#keys.encode(key), exptimeOf(ttl), options)
      : this.#stores.touch(key, ttl, options);
    const touched = (await touching) as boolean | undefined;
    if (touched !== undefined) return touched;
    return this.entries.touched(
      key,
      ttlSeconds(ttl),
      (value) => encodeValue(this.#options.codec, value),
      options,
    );
  }

  incr<D extends number | bigint = number>(
    key: Key,
    delta?: D,
    options?: CounterOptions,
  ): Promise<D | undefined> {
    return this.#counting.count('incr', key, delta ?? 1, options) as Promise<D | undefined>;
  }

  decr<D extends number | bigint = number>(
    key: Key,
    delta?: D,
    options?: CounterOptions,
  ): Promise<D | undefined> {
    return this.#counting.count('decr', key, delta ?? 1, options) as Promise<D | undefined>;
  }

  // ---- the cluster

  async flushAll(options?: CallOptions & { readonly delay?: number }): Promise<void> {
    const delay = options?.delay ?? 0;
    if (!Number.isSafeInteger(delay) || delay < 0)
      throw new ClientInputError('delay must be whole seconds from 0');
    // As an exptime, which it is to the server: 2^32 seconds as such would be none.
    const command = { kind: 'flushAll', delay: delay === 0 ? 0 : exptimeOf(delay) } as const;
    await this.#executor.broadcast(command, this.#operations.flushAll, options);
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

  async ready(options?: CallOptions): Promise<void> {
    const { connectTimeoutMs } = this.#options.node;
    const timeoutMs =
      options?.timeoutMs === undefined ? connectTimeoutMs * 5 : this.#executor.timeoutOf(options);
    await this.#executor.ready(timeoutMs, options?.signal);
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

  get ringFingerprint(): string | undefined {
    return this.#lifecycle.ringFingerprint;
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
    return this.#executor.whenFree(wire.routed, { name: kind, miss: new Map() }, options, (rest) =>
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
      return this.#stores.store(mode, this.#operations[mode], key, encoded, options) as Promise<boolean>;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async #attach(
    mode: 'append' | 'prepend',
    key: Key,
    bytes: string | Uint8Array,
    options: CallOptions | undefined,
  ): Promise<boolean> {
    const data = toCommandData(bytes);
    const taken = this.#heads !== undefined && data.length <= this.#options.node.maxValueBytes;
    const attached = taken
      ? this.#heads?.attach(mode, key, this.#keys.encode(key), data, options)
      : this.#stores.store(mode, this.#operations[mode], key, { data, flags: 0 }, options);
    return (await attached) as boolean;
  }

  #isMiss(error: DecodeError): boolean {
    if (this.#options.onDecodeError !== 'miss') return false;
    this.report(error);
    return true;
  }
}
