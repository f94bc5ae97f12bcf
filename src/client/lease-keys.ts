/**
 * Leases as keys of their own, beside the key that they are for: an `add` wins one, and a token in it
 * says whose it is. For servers without the meta dialect, for keys that other programs read, and for
 * what is there already and only to be made anew.
 *
 * A lease is on the node of the key that it is for, whichever that is.
 */
import type { Operation } from '../connection/slot.ts';
import type { ValueReply } from '../protocol/value-reply.ts';
import type { Executor } from './executor.ts';
import type { Key, KeyEncoder } from './key-encoder.ts';
import { checkOwnKey, type Operations } from './operations.ts';
import { readRefusal } from './server-reply.ts';
import { exptimeOf } from './stores.ts';
import { casTokenOf } from './value-reader.ts';

/** For so long after it was taken over, a lease is not taken over again. */
const TAKEN_MS = 1_000;

/** A lease as it stands. */
interface Held {
  readonly token: string;
  /** The token that it was taken over from. */
  readonly after: string | undefined;
  /** When that was, by the clock of whoever took it; milliseconds. */
  readonly takenAt: number;
  readonly casToken: bigint;
}

export class LeaseKeys {
  readonly #keys: KeyEncoder;
  readonly #executor: Executor;
  readonly #operations: Operations;

  constructor(keys: KeyEncoder, executor: Executor, operations: Operations) {
    this.#keys = keys;
    this.#executor = executor;
    this.#operations = operations;
  }

  /** The token of the lease, or undefined where another has it. */
  async win(key: Key, ttl: number): Promise<string | undefined> {
    const token = crypto.randomUUID();
    return (await this.#store(key, 'add', token, ttl, undefined)) === true ? token : undefined;
  }

  /**
   * {@link win}, also from who has it, unless that took it over just now: of many who have waited for one
   * that died, one succeeds.
   */
  async takeOver(key: Key, ttl: number): Promise<string | undefined> {
    const held = await this.held(key);
    if (held === undefined) return this.win(key, ttl);
    // Clocks differ: one that is ahead would otherwise keep others from it for as long.
    if (Math.abs(Date.now() - held.takenAt) < TAKEN_MS) return undefined;
    const token = crypto.randomUUID();
    const outcome = await this.#store(key, 'set', `${token} ${held.token} ${Date.now()}`, ttl, held.casToken);
    return outcome === 'stored' ? token : undefined;
  }

  held(key: Key): Promise<Held | undefined> {
    const { text, base64, routed } = this.#keys.encodeLease(key);
    const command = { kind: 'gets', key: text, base64, routed } as const;
    return this.#executor.send(command, HELD, key, routed, undefined) as Promise<Held | undefined>;
  }

  /** Gives a lease up, where it is still held by this token. */
  async giveUp(key: Key, token: string): Promise<void> {
    const held = await this.held(key);
    if (held?.token === token) await this.end(key, held);
  }

  /** Whether the lease was still as it stood, and is given up. */
  async end(key: Key, { casToken }: Held): Promise<boolean> {
    const { text, base64, routed } = this.#keys.encodeLease(key);
    const command = { kind: 'compareDelete', key: text, base64, routed, casToken } as const;
    return (await this.#executor.send(command, this.#operations.delete, key, routed, undefined)) as boolean;
  }

  /** Takes the lease from whoever has it: what it makes is not to be stored any more. */
  async revoke(key: Key): Promise<void> {
    const { text, base64, routed } = this.#keys.encodeLease(key);
    const command = { kind: 'delete', key: text, base64, routed } as const;
    await this.#executor.send(command, this.#operations.delete, key, routed, undefined);
  }

  #store(
    key: Key,
    mode: 'add' | 'set',
    data: string,
    ttl: number,
    casToken: bigint | undefined,
  ): Promise<unknown> {
    const { text, base64, routed } = this.#keys.encodeLease(key);
    const fields = { flags: 0, exptime: exptimeOf(ttl), data, casToken };
    const command = { kind: 'store', mode, key: text, base64, routed, ...fields } as const;
    const operation = casToken === undefined ? this.#operations.add : this.#operations.cas;
    return this.#executor.send(command, operation, key, routed, undefined);
  }
}

/** Reads a token as it is: no codec wrote it. */
const HELD: Operation = {
  name: 'gets',
  miss: undefined,
  read(slot, reply, final, from) {
    switch (reply.kind) {
      case 'value':
        checkOwnKey(slot, reply);
        slot.partial = heldOf(reply);
        if (final) slot.succeed(slot.partial);
        return;
      case 'notFound':
      case 'end':
        slot.succeed(slot.partial);
        return;
      default:
        readRefusal(slot, reply, from);
    }
  },
};

/** `<token>`, or `<token> <token it was taken over from> <when>`. */
function heldOf(reply: ValueReply): Held {
  const [token = '', after, takenAt] = reply.buffer.toString('latin1', reply.start, reply.end).split(' ');
  return { token, after, takenAt: Number(takenAt ?? 0), casToken: casTokenOf(reply) };
}
