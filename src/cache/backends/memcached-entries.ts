/** Entries with leases in memcached. */
import type { Client } from '../../client/client.ts';
import type { Codec } from '../../client/codecs.ts';
import type { EntryLife } from '../../client/envelope.ts';
import { encodeValue, type WireValue } from '../../client/values.ts';
import { ConnectionError, InvalidValueError, NodeDownError } from '../../errors.ts';
import type { FindOptions, Found, Hold } from '../cache-backend.ts';
import { type Put, Puts } from './puts.ts';

/**
 * Where the lease of a value that is not there is: `'inline'` in its place, where the server has the meta
 * dialect; `'separate'` under a key of its own.
 */
export type LeaseKey = 'inline' | 'separate';

type MemcachedHold =
  /** Something is there, and still the same. */
  | { readonly kind: 'revision'; readonly casToken: bigint }
  /** An empty item, in place of the value. */
  | { readonly kind: 'placeholder'; readonly casToken: bigint }
  /** A key of its own, with this token in it. */
  | { readonly kind: 'leaseKey'; readonly token: string }
  /** The node is down, and what stands in for it has no leases. */
  | { readonly kind: 'standIn' };

const STAND_IN: MemcachedHold = { kind: 'standIn' };

export class MemcachedEntries {
  readonly #client: Client;
  readonly #codec: Codec;
  readonly #leaseKey: LeaseKey;
  readonly #puts = new Puts();

  constructor(client: Client, codec: Codec, leaseKey: LeaseKey) {
    this.#client = client;
    this.#codec = codec;
    this.#leaseKey = leaseKey;
  }

  async find(key: string, options: FindOptions): Promise<Found> {
    const { entries } = this.#client;
    for (let tries = 1; !entries.isStoodIn(key); tries++) {
      try {
        const found = await this.#find(key, options);
        if (found.kind !== 'failed' || !entries.isStoodIn(key)) return found;
      } catch (error) {
        const broke = error instanceof ConnectionError;
        // What breaks may be the first that is known of a node that died. One that lives is asked once more.
        if (broke && tries === 1) continue;
        if (!(broke || error instanceof NodeDownError) || !entries.isStoodIn(key)) throw error;
      }
    }
    return this.#findOnStandIn(key);
  }

  /** Leases are not failed over: each process computes. */
  async #findOnStandIn(key: string): Promise<Found> {
    const value = await this.#client.get(key);
    if (value === undefined) return { kind: 'won', hold: STAND_IN };
    return { kind: 'entry', value, freshTtl: undefined, lease: undefined, hold: STAND_IN };
  }

  async #find(key: string, { lease, refreshBelow }: FindOptions): Promise<Found> {
    const vivify = this.#leaseKey === 'inline' ? lease : undefined;
    const fetched = await this.#client.entries.fetch(key, { vivify, recache: refreshBelow });
    switch (fetched?.kind) {
      case undefined:
        return { kind: 'failed' };
      case 'miss':
        return { kind: 'miss' };
      case 'placeholder': {
        const hold: MemcachedHold = { kind: 'placeholder', casToken: fetched.casToken };
        return { kind: fetched.lease, hold };
      }
      case 'item': {
        const { freshTtl, lease, value } = fetched;
        const hold: MemcachedHold = { kind: 'revision', casToken: fetched.casToken };
        return { kind: 'entry', value, freshTtl, lease, hold };
      }
    }
  }

  async put(key: string, value: unknown, wanted: EntryLife, hold: Hold | undefined): Promise<boolean> {
    const life = this.#codec.interoperable === true ? plainLife(value, wanted) : wanted;
    const encoded = value === undefined ? undefined : encodeValue(this.#codec, value);
    const { entries } = this.#client;
    const held = hold as MemcachedHold | undefined;
    if (held === undefined) return this.#puts.run(key, () => entries.store(key, encoded, life, undefined));
    switch (held.kind) {
      case 'standIn':
        return value === undefined || this.#putOnStandIn(key, value, life.ttl);
      case 'leaseKey':
        return this.#puts.run(key, (put) => this.#putUnderLease(key, encoded, life, held.token, put));
      default:
        return entries.store(key, encoded, life, held.casToken);
    }
  }

  /**
   * A deletion takes the lease too. One before the value is stored is seen by the first look, one after it
   * deletes the value, and one between, by another process, by the lease being gone when it is to be given up.
   */
  async #putUnderLease(
    key: string,
    encoded: WireValue | undefined,
    life: EntryLife,
    token: string,
    put: Put,
  ): Promise<boolean> {
    const { entries, leaseKeys } = this.#client;
    const lease = await leaseKeys.held(key);
    if (lease?.token !== token || put.overtaken) return false;
    const stored = this.#isRevocable(key) && (await entries.store(key, encoded, life, undefined));
    let undisturbed = false;
    try {
      // One who has waited long enough may have taken the lease over, and finds this value: nothing was deleted.
      undisturbed = (await leaseKeys.end(key, lease)) || (await leaseKeys.held(key))?.after === token;
    } finally {
      if (stored && !undisturbed) await this.#client.delete(key);
    }
    return stored && undisturbed;
  }

  /** A node that is back was not asked before, and may have been written to and deleted from since. */
  async #putOnStandIn(key: string, value: unknown, ttl: number | null): Promise<boolean> {
    return this.#client.entries.isStoodIn(key) && this.#client.set(key, value, { ttl });
  }

  async claim(key: string, ttl: number, takeOver: boolean): Promise<Hold | undefined> {
    const { leaseKeys } = this.#client;
    const token = await (takeOver ? leaseKeys.takeOver(key, ttl) : leaseKeys.win(key, ttl));
    return token === undefined ? undefined : ({ kind: 'leaseKey', token } satisfies MemcachedHold);
  }

  async release(key: string, hold: Hold): Promise<void> {
    const held = hold as MemcachedHold;
    if (held.kind === 'leaseKey') await this.#client.leaseKeys.giveUp(key, held.token);
    else if (held.kind === 'placeholder') await this.#client.entries.compareDelete(key, held.casToken);
  }

  /**
   * These keys, or all, are to be deleted: what this process has not sent yet is not stored any more. Gives what it is
   * storing.
   */
  overtake(keys?: readonly string[]): readonly Promise<unknown>[] {
    return this.#puts.overtake(keys);
  }

  /**
   * Takes the leases on these keys from whoever has them, before the keys are deleted: what is being made
   * elsewhere must not be stored after that. A lease in the place of a value goes with the deletion.
   */
  revoke(keys: readonly string[]): readonly Promise<void>[] {
    const { leaseKeys } = this.#client;
    return keys.filter((key) => this.#isRevocable(key)).map((key) => leaseKeys.revoke(key));
  }

  /** Whether deletions take a lease that is a key of its own. Where they do not, no value is stored on one. */
  #isRevocable(key: string): boolean {
    return this.#leaseKey === 'separate' || this.#client.entries.dialectOf(key) !== 'meta';
  }
}

/**
 * Other languages read the values: there is no envelope. Where a server does not tell how long one lives, it
 * is not refreshed ahead.
 *
 * @throws InvalidValueError where there is no value, and this is to be remembered.
 */
function plainLife(value: unknown, { ttl, staleTtl }: EntryLife): EntryLife {
  if (value === undefined && ttl !== null && ttl > 0) {
    throw new InvalidValueError(
      'negativeTtl keeps undefined in a form that other languages cannot read: the factory may return null',
    );
  }
  return { ttl, staleTtl, refreshed: false };
}
