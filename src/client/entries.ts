/**
 * What a cache with leases and stale values needs of a key, beyond the verbs. Internal: the backend of
 * caches uses it, and the verbs that could take a lease for a value.
 */
import type { Codec } from '../codec/codec.ts';
import type { WireProtocol } from '../protocol/wire-protocol.ts';
import type { CallOptions } from './client-options.ts';
import { type EntryLife, seal } from './envelope.ts';
import type { Executor } from './executor.ts';
import type { Key, KeyEncoder } from './key-encoder.ts';
import type { Inspected, Operations } from './operations.ts';
import type { Stores } from './stores.ts';
import type { Fetched } from './value-reader.ts';
import { mayBeVacant, type WireValue } from './values.ts';

/** What a fetch asks for, of servers with the meta dialect: see `FetchCommand`. */
export interface FetchConditions {
  readonly vivify: number | undefined;
  readonly recache: number | undefined;
}

const UNCONDITIONAL: FetchConditions = { vivify: undefined, recache: undefined };

/** How the client stores values. */
export interface StoredValues {
  readonly codec: Codec;
  /** Whether it splits those that are too large. */
  readonly splits: boolean;
}

export class Entries {
  readonly #keys: KeyEncoder;
  readonly #executor: Executor;
  readonly #operations: Operations;
  readonly #stores: Stores;
  readonly #values: StoredValues;

  constructor(
    keys: KeyEncoder,
    executor: Executor,
    operations: Operations,
    stores: Stores,
    values: StoredValues,
  ) {
    this.#keys = keys;
    this.#executor = executor;
    this.#operations = operations;
    this.#stores = stores;
    this.#values = values;
  }

  /** `undefined` where it failed, and failures are misses. */
  fetch(
    key: Key,
    { recache, vivify }: FetchConditions = UNCONDITIONAL,
    options?: CallOptions,
  ): Promise<Fetched | undefined> {
    const { text, base64, routed } = this.#keys.encode(key);
    const command = { kind: 'fetch', key: text, base64, vivify, recache } as const;
    return this.#executor.send(command, this.#operations.fetch, key, routed, options) as Promise<
      Fetched | undefined
    >;
  }

  /**
   * Stores where nothing is, or with a CAS token where nothing has changed since; whether it did.
   *
   * @param value `undefined` to store that there is nothing; `life.ttl` is a number then.
   */
  async store(
    key: Key,
    value: WireValue | undefined,
    life: EntryLife,
    casToken: bigint | undefined,
    options?: CallOptions,
  ): Promise<boolean> {
    const { add, cas } = this.#operations;
    const { staleTtl, ttl } = life;
    const stored =
      value === undefined || this.#saysMore(key, value, life)
        ? seal(value, ttl ?? 0, staleTtl, Date.now())
        : value;
    const whole = ttl === null || ttl <= 0 ? ttl : Math.ceil(ttl) + Math.ceil(staleTtl);
    if (casToken === undefined) {
      return (await this.#stores.store('add', add, key, stored, { ...options, ttl: whole })) === true;
    }
    return (
      (await this.#stores.store('set', cas, key, stored, { ...options, ttl: whole, casToken })) === 'stored'
    );
  }

  /** Whether it was there, with this CAS token, and is deleted. */
  async compareDelete(key: Key, casToken: bigint): Promise<boolean> {
    const { text, base64, routed } = this.#keys.encode(key);
    const command = { kind: 'compareDelete', key: text, base64, casToken } as const;
    return (await this.#executor.send(command, this.#operations.delete, key, routed, undefined)) as boolean;
  }

  /**
   * The CAS token of an item that is no value to whoever reads: a lease in its place, one whose ttl is
   * over, one that was invalidated, one whose chunks are gone. Asked where such an item stood in the way of
   * a verb. Servers without the meta dialect have no leases of this kind, and are not asked by a client that
   * splits nothing.
   */
  async vacancy(key: Key, options: CallOptions | undefined): Promise<bigint | undefined> {
    const { text, base64, routed } = this.#keys.encode(key);
    if (this.#executor.dialectOf(routed) === 'meta') {
      const command = { kind: 'inspect', key: text, base64 } as const;
      const found = (await this.#executor.send(command, this.#operations.inspect, key, routed, options)) as
        | Inspected
        | undefined;
      if (found === undefined || found.vacant) return found?.casToken;
      if (!mayBeVacant(found.flags, this.#values.codec)) return undefined;
    } else if (!this.#values.splits) return undefined;
    const fetched = await this.fetch(key, UNCONDITIONAL, options);
    return fetched?.kind === 'item' && fetched.over ? fetched.casToken : undefined;
  }

  /**
   * Whether an item that was touched, and may be none, was a value to who reads. What says in itself when its
   * ttl is over is stored anew for that; what is no value keeps the life that it had.
   *
   * @param encode makes of its value what is stored.
   */
  async touched(
    key: Key,
    ttl: number | null,
    encode: (value: unknown) => WireValue,
    options: CallOptions | undefined,
  ): Promise<boolean> {
    const fetched = await this.fetch(key, UNCONDITIONAL, options);
    // A miss is what it is after a touch that lets it expire.
    if (fetched?.kind !== 'item') return fetched?.kind === 'miss';
    const { casToken, envelope, over, value } = fetched;
    if (envelope === undefined) return !over;
    const { freshUntilMs, staleTtl } = envelope;
    if (over) await this.#stores.touch(key, (freshUntilMs - Date.now()) / 1000 + staleTtl, options);
    else await this.store(key, encode(value), { ttl, staleTtl, refreshed: true }, casToken, options);
    return !over;
  }

  /** Whether more has to be known of an entry than its value, and what the server tells. */
  #saysMore(key: Key, { data }: WireValue, { refreshed, staleTtl, ttl }: EntryLife): boolean {
    if (ttl === null) return false;
    // An empty item that somebody was told to refresh would be taken for a lease.
    return staleTtl > 0 || (refreshed && (data.length === 0 || this.dialectOf(key) !== 'meta'));
  }

  /** Whether the node of a key is down, and another has the key meanwhile, which knows no leases and CAS tokens of it. */
  isStoodIn(key: Key): boolean {
    return this.#executor.isStoodIn(this.#keys.encode(key).routed);
  }

  dialectOf(key: Key): WireProtocol['name'] | undefined {
    return this.#executor.dialectOf(this.#keys.encode(key).routed);
  }
}
