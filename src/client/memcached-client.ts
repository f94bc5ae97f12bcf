import type { EventEmitter } from 'node:events';
import type { MemfleetError } from '../errors.ts';
import type { NodeSnapshot } from '../node/node-snapshot.ts';
import type { Topology, TopologyDiff } from '../topology/topology.ts';
import type { DiscoverySnapshot } from '../topology/topology-source.ts';
import type { CallOptions } from './client-options.ts';
import type { Key } from './key-encoder.ts';
import type { Ttl } from './ttl.ts';
import type { Item } from './value-reader.ts';

export interface StoreOptions extends CallOptions {
  /** Seconds, a string such as `'10m'`, or `null` for never. Default `null`. */
  readonly ttl?: Ttl;
  /** Store only where this is still the current one; from `gets`. */
  readonly casToken?: bigint;
}

export interface CounterOptions extends CallOptions {
  /** Makes a missing counter of this value, which the call then resolves to. */
  readonly initial?: number | bigint;
  /** Of a counter made so; default `null`. One that is there keeps its own. */
  readonly ttl?: Ttl;
}

/** The node that owns a key. */
export interface NodeAddress {
  /** `host:port`. */
  readonly id: string;
  readonly host: string;
  readonly port: number;
  /** The IP that discovery gave, if any. */
  readonly address?: string;
}

/** What a client has done and how its nodes are; counters since it was made. */
export interface ClientSnapshot {
  readonly topology: Topology | undefined;
  readonly nodes: readonly NodeSnapshot[];
  /** Nodes that left and still answer what they were sent. */
  readonly draining: readonly NodeSnapshot[];
  /** With `failover: { gutter }`: those nodes. */
  readonly gutter?: readonly NodeSnapshot[];
  /** Where the topology is discovered. */
  readonly discovery?: DiscoverySnapshot;
}

/** Events of a client and what their listeners are given. */
export interface ClientEvents {
  /** Another topology is in force. */
  topology: [topology: Topology, diff: TopologyDiff];
  /** A node was marked down: until it is back its commands fail at once, or go where `failover` says. */
  nodeDown: [event: { readonly node: string; readonly error: MemfleetError }];
  /** A node that was down answers again. */
  nodeUp: [event: { readonly node: string }];
  /** A look for the topology failed; the last one stays in force. */
  discoveryError: [error: Error];
  /**
   * A failure that no call reports: one turned into a miss, or named by `setMany`, a further connection that
   * could not be opened, or more missed deletes than are kept for a node that is down.
   */
  error: [error: Error];
  close: [];
}

/**
 * A client of one memcached server, a fixed fleet, or a cluster that it follows. Made by `createClient`.
 *
 * Every call resolves or rejects within its time-out. A miss is a result; a failure rejects, with one
 * of the errors of this library. All calls reject with
 *
 * - `InvalidKeyError`, before a byte is sent, for a key memcached cannot carry
 * - `TimeoutError` where no reply came in time; a write may still have been stored
 * - `ConnectionError` where the connection could not be opened, or broke
 * - `NodeDownError`, at once, where the key's node is known to be down, unless `failover` names another
 * - `DiscoveryError` where no topology is known
 * - `BackpressureError`, at once, where too much waits already
 * - `ServerError` for what the server refuses, `ProtocolError` for what is no memcached reply
 * - `ClosedError` after `close` or `destroy`
 */
export interface MemcachedClient extends EventEmitter<ClientEvents>, AsyncDisposable {
  /**
   * One value, or `undefined`.
   *
   * @throws DecodeError where what is stored cannot be read; ValueTooLargeError above `maxValueBytes`.
   * @example
   * ```ts
   * const user = await client.get<{ name: string }>('user:1');
   * ```
   */
  get<T = unknown>(key: Key, options?: CallOptions): Promise<T | undefined>;

  /**
   * Many values: a Map of those found, under the keys as given and in their order. One request or a few
   * a node.
   *
   * @example
   * ```ts
   * const found = await client.getMany(['user:1', 'user:2']);
   * found.get('user:1');
   * ```
   */
  getMany<K extends Key, T = unknown>(keys: Iterable<K>, options?: CallOptions): Promise<Map<K, T>>;

  /**
   * One value with its CAS token and, from servers with the meta dialect, its remaining ttl in
   * seconds (-1: never), the seconds since it was last read, and whether it was read before.
   *
   * @example
   * ```ts
   * const item = await client.gets<number>('stock');
   * if (item) await client.cas('stock', item.value - 1, item.casToken);
   * ```
   */
  gets<T = unknown>(key: Key, options?: CallOptions): Promise<Item<T> | undefined>;

  /**
   * {@link gets} for many keys.
   *
   * @example
   * ```ts
   * for (const [key, item] of await client.getsMany(['a', 'b'])) console.log(key, item.casToken);
   * ```
   */
  getsMany<K extends Key, T = unknown>(keys: Iterable<K>, options?: CallOptions): Promise<Map<K, Item<T>>>;

  /**
   * One value, whose ttl is set anew.
   *
   * @example
   * ```ts
   * const session = await client.getAndTouch('session:42', '30m');
   * ```
   */
  getAndTouch<T = unknown>(key: Key, ttl: Ttl, options?: CallOptions): Promise<T | undefined>;

  /**
   * Stores a value. `false` only where `casToken` was given and is no longer current.
   *
   * @throws InvalidValueError for what cannot be stored; ValueTooLargeError, after which the old value
   * is gone too.
   * @example
   * ```ts
   * await client.set('user:1', { name: 'Ada' }, { ttl: '10m' });
   * ```
   */
  set(key: Key, value: unknown, options?: StoreOptions): Promise<boolean>;

  /**
   * Stores a value where there is none; `false` where there is one. It is never sent to a stand-in: as a
   * lock, it would be taken twice.
   *
   * @example
   * ```ts
   * const first = await client.add('lock:report', 1, { ttl: 30 });
   * ```
   */
  add(key: Key, value: unknown, options?: StoreOptions): Promise<boolean>;

  /**
   * Stores a value where there is one; `false` where there is none.
   *
   * @example
   * ```ts
   * await client.replace('user:1', { name: 'Grace' });
   * ```
   */
  replace(key: Key, value: unknown, options?: StoreOptions): Promise<boolean>;

  /**
   * Stores many values, pipelined, and resolves to the keys that failed, as given. Why they failed is
   * told by `error` events. Rejects where nothing could be tried: all keys and values are checked
   * before the first is sent. Those after 2,000, or after 8 MiB of values, are sent once those before are answered: a
   * call on one of their keys that does not wait for this one may come first.
   *
   * @param entries pairs, so a `Map`, or a plain object.
   * @example
   * ```ts
   * const failed = await client.setMany({ 'user:1': 'Ada', 'user:2': 'Grace' }, { ttl: 600 });
   * ```
   */
  setMany<K extends Key>(
    entries: Iterable<readonly [K, unknown]> | Readonly<Record<string, unknown>>,
    options?: Omit<StoreOptions, 'casToken'>,
  ): Promise<K[]>;

  /**
   * Stores a value where `casToken` is still current.
   *
   * @example
   * ```ts
   * const outcome = await client.cas('stock', 41, 7n); // 'stored', 'exists' or 'notFound'
   * ```
   */
  cas(
    key: Key,
    value: unknown,
    casToken: bigint,
    options?: Omit<StoreOptions, 'casToken'>,
  ): Promise<'stored' | 'exists' | 'notFound'>;

  /**
   * Puts bytes behind the stored ones, as they are; `false` where nothing is stored.
   *
   * @throws InvalidValueError with `compression` or `largeValues: 'split'`, where the value is stored so.
   * @example
   * ```ts
   * await client.append('log', 'one more line\n');
   * ```
   */
  append(key: Key, bytes: string | Uint8Array, options?: CallOptions): Promise<boolean>;

  /**
   * Puts bytes before the stored ones; see {@link append}.
   *
   * @example
   * ```ts
   * await client.prepend('log', 'title\n');
   * ```
   */
  prepend(key: Key, bytes: string | Uint8Array, options?: CallOptions): Promise<boolean>;

  /**
   * Whether something was deleted. Where it fails because the node is down, the key is deleted there
   * before the node serves again.
   *
   * @example
   * ```ts
   * await client.delete('user:1');
   * ```
   */
  delete(key: Key, options?: CallOptions): Promise<boolean>;

  /**
   * How many of the keys were there and are deleted.
   *
   * @example
   * ```ts
   * await client.deleteMany(['user:1', 'user:2']); // 2
   * ```
   */
  deleteMany(keys: Iterable<Key>, options?: CallOptions): Promise<number>;

  /**
   * Sets the ttl anew; `false` where nothing is stored.
   *
   * @example
   * ```ts
   * await client.touch('session:42', '30m');
   * ```
   */
  touch(key: Key, ttl: Ttl, options?: CallOptions): Promise<boolean>;

  /**
   * Adds to a counter and resolves to its new value; `undefined` where there is none and no `initial`.
   * Counters are unsigned 64 bit and wrap above. A bigint delta gives a bigint.
   *
   * @throws InvalidValueError where what is stored is no number, or the result is past 2^53 and the
   * delta a number: the counter is changed all the same.
   * @example
   * ```ts
   * const views = await client.incr('views:42', 1, { initial: 1, ttl: '1d' });
   * ```
   */
  incr<D extends number | bigint = number>(
    key: Key,
    delta?: D,
    options?: CounterOptions,
  ): Promise<D | undefined>;

  /**
   * Takes from a counter, not below 0; see {@link incr}.
   *
   * @example
   * ```ts
   * const left = await client.decr('tickets');
   * ```
   */
  decr<D extends number | bigint = number>(
    key: Key,
    delta?: D,
    options?: CounterOptions,
  ): Promise<D | undefined>;

  /**
   * Empties every node, for all who use it.
   *
   * @param options `delay`: seconds until it happens; default 0.
   * @example
   * ```ts
   * await client.flushAll();
   * ```
   */
  flushAll(options?: CallOptions & { readonly delay?: number }): Promise<void>;

  /**
   * The version of each node, by node id.
   *
   * @example
   * ```ts
   * await client.version(); // Map { 'cache1:11211' => '1.6.18' }
   * ```
   */
  version(options?: CallOptions): Promise<Map<string, string>>;

  /**
   * Statistics of each node, by node id.
   *
   * @param section `'items'`, `'slabs'`, `'settings'`, …; default the general one.
   * @example
   * ```ts
   * for (const [node, stats] of await client.stats()) console.log(node, stats.get_hits);
   * ```
   */
  stats(section?: string, options?: CallOptions): Promise<Map<string, Record<string, string>>>;

  /**
   * Looks for the topology now. With fixed servers there is nothing to look for.
   *
   * @throws DiscoveryError where nothing was found out; the last topology stays in force.
   * @example
   * ```ts
   * await client.refresh();
   * ```
   */
  refresh(): Promise<void>;

  /**
   * Resolves once a topology is known. No call needs it: each waits by itself.
   *
   * @param options `timeoutMs`: default five times `connectTimeoutMs`.
   * @throws DiscoveryError with why none was found.
   * @example
   * ```ts
   * await client.ready({ timeoutMs: 3000 });
   * ```
   */
  ready(options?: CallOptions): Promise<void>;

  /**
   * The node that owns a key, up or down; no connection is needed.
   *
   * @throws NoNodesError before the first topology.
   * @example
   * ```ts
   * client.nodeFor('user:1').id; // 'cache1:11211'
   * ```
   */
  nodeFor(key: Key): NodeAddress;

  /** The topology in force; `undefined` before the first. */
  readonly topology: Topology | undefined;

  /**
   * Says where keys go: 16 hexadecimal digits, the same in two processes, of any language, that place keys on
   * the same nodes by the same names. `undefined` before the first topology. It is the start of the MD5 of
   * names, `host:port` as they are on the ring and joined by line feeds: those of the owners of `ring-probe:0`
   * to `ring-probe:511` and `ring-проба:0` to `ring-проба:511`.
   *
   * @example
   * ```ts
   * console.log('keys are placed by', client.ringFingerprint); // keys are placed by a2e970fca3b5f5a4
   * ```
   */
  readonly ringFingerprint: string | undefined;

  /**
   * Counters, health and latencies of each node, and how discovery is doing.
   *
   * @example
   * ```ts
   * for (const node of client.snapshot().nodes) console.log(node.id, node.health, node.latency.p99Ms);
   * ```
   */
  snapshot(): ClientSnapshot;

  /**
   * Takes no more calls, and resolves once all that were made are settled and every socket is closed;
   * in 10 seconds at most.
   *
   * @example
   * ```ts
   * await client.close();
   * ```
   */
  close(): Promise<void>;

  /**
   * Closes every socket at once. What is in flight rejects with ClosedError, whose `cause` is `error`.
   *
   * @example
   * ```ts
   * client.destroy();
   * ```
   */
  destroy(error?: Error): void;
}
