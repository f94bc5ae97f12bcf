import type { Codec } from '../codec/codec.ts';
import type { ReplySource, Slot } from '../connection/slot.ts';
import { DecodeError, ProtocolError } from '../errors.ts';
import type { ItemFacts } from '../protocol/value-header.ts';
import type { ValueReply } from '../protocol/value-reply.ts';
import { ENVELOPE_FLAGS, type Envelope, unseal } from './envelope.ts';

/** What was stored, with what the server knows of it. */
export interface Item<T = unknown> {
  readonly value: T;
  /** To give to `cas`. */
  readonly casToken: bigint;
  /** Client flags. */
  readonly flags: number;
  /** Seconds until it expires, -1 for never; meta dialect only. */
  readonly ttl?: number;
  /** Seconds since it was last read; meta dialect only. */
  readonly lastAccess?: number;
  /** Whether it was read before; meta dialect only. */
  readonly fetched?: boolean;
}

/** What there is under a key, for whoever would make it anew. */
export type Fetched =
  | { readonly kind: 'miss' }
  /** An empty item that stands for the value another is making (`'lost'`), or the reader is to make (`'won'`). */
  | { readonly kind: 'placeholder'; readonly lease: 'won' | 'lost'; readonly casToken: bigint }
  | {
      readonly kind: 'item';
      /** `undefined` where it is stored that there is nothing. */
      readonly value: unknown;
      readonly casToken: bigint;
      /** Seconds until its ttl is over, negative after that; `null` for never, `undefined` where unknown. */
      readonly freshTtl: number | null | undefined;
      /** Whether it is no value to whoever only reads. */
      readonly over: boolean;
      /** Whether this reader, or another before it, was told to recache it. */
      readonly lease: 'won' | 'lost' | undefined;
      /** What it is stored in, where that is more than the value. */
      readonly envelope: Envelope | undefined;
    };

/** Makes of value replies what callers get. */
export class ValueReader {
  readonly #codec: Codec;
  readonly #onDecodeError: (slot: Slot, error: DecodeError) => void;

  /** @param onDecodeError told of a value that cannot be read; settles the slot, or leaves it a miss. */
  constructor(codec: Codec, onDecodeError: (slot: Slot, error: DecodeError) => void) {
    this.#codec = codec;
    this.#onDecodeError = onDecodeError;
  }

  /**
   * The value, or undefined where it could not be decoded, or there is none to whoever only reads: a lease
   * in its place, one whose ttl is over, one that was invalidated.
   */
  value(slot: Slot, reply: ValueReply, from: ReplySource): unknown {
    if (reply.facts !== undefined && (reply.facts.stale || isPlaceholder(reply))) return undefined;
    try {
      return this.#decode(reply);
    } catch (cause) {
      this.#undecodable(slot, cause, from);
      return undefined;
    }
  }

  item(slot: Slot, reply: ValueReply, from: ReplySource): Item | undefined {
    const value = this.value(slot, reply, from);
    if (value === undefined) return undefined;
    const { fetched, lastAccess, ttl } = reply.facts ?? {};
    return {
      value,
      casToken: casTokenOf(reply),
      flags: reply.flags === ENVELOPE_FLAGS ? envelopeOf(reply).flags : reply.flags,
      ...(ttl === undefined ? {} : { ttl }),
      ...(lastAccess === undefined ? {} : { lastAccess }),
      ...(fetched === undefined ? {} : { fetched }),
    };
  }

  fetched(slot: Slot, reply: ValueReply, from: ReplySource): Fetched {
    const casToken = casTokenOf(reply);
    const lease = reply.facts?.lease;
    if (lease !== undefined && isPlaceholder(reply)) return { kind: 'placeholder', lease, casToken };
    try {
      const envelope = reply.flags === ENVELOPE_FLAGS ? envelopeOf(reply) : undefined;
      const freshTtl = freshTtlOf(reply.facts, envelope);
      const over = reply.facts?.stale === true || (envelope !== undefined && isOver(envelope));
      const value = this.#decodeWhole(reply, envelope);
      return { kind: 'item', value, casToken, freshTtl, over, lease, envelope };
    } catch (cause) {
      this.#undecodable(slot, cause, from);
      return { kind: 'miss' };
    }
  }

  #decode(reply: ValueReply): unknown {
    if (reply.flags === ENVELOPE_FLAGS) {
      const envelope = envelopeOf(reply);
      return isOver(envelope) ? undefined : this.#decodeWhole(reply, envelope);
    }
    return this.#decodeFrom(reply, reply.start, reply.flags);
  }

  /** Also what is stale. */
  #decodeWhole(reply: ValueReply, envelope: Envelope | undefined): unknown {
    if (envelope === undefined) return this.#decodeFrom(reply, reply.start, reply.flags);
    return envelope.holdsValue ? this.#decodeFrom(reply, envelope.start, envelope.flags) : undefined;
  }

  #decodeFrom(reply: ValueReply, start: number, flags: number): unknown {
    const codec = this.#codec;
    const { buffer, end } = reply;
    if (reply.owned) return codec.decode(buffer.subarray(start, end), flags);
    if (codec.decodeSlice !== undefined) return codec.decodeSlice(buffer, start, end, flags);
    // The read buffer is written over by the next read; what the codec gets is its to keep.
    return codec.decode(Buffer.from(buffer.subarray(start, end)), flags);
  }

  #undecodable(slot: Slot, cause: unknown, from: ReplySource): void {
    const details = slot.details(from.node);
    this.#onDecodeError(
      slot,
      cause instanceof DecodeError
        ? (cause.concerning(details) as DecodeError)
        : new DecodeError('The codec failed', { ...details, cause }),
    );
  }
}

/**
 * Whether an item is an empty one that a get made to give out its lease. An empty value with client flags
 * 0 whose reader was told to recache it looks the same.
 */
function isPlaceholder({ end, facts, flags, start }: ValueReply): boolean {
  return facts?.lease !== undefined && start === end && flags === 0;
}

/** By this machine's clock: a plain read asks for no ttl. */
function isOver({ freshUntilMs, holdsValue }: Envelope): boolean {
  return !holdsValue || freshUntilMs <= Date.now();
}

function envelopeOf(reply: ValueReply): Envelope {
  return unseal(reply.buffer, reply.start, reply.end);
}

/** @throws ProtocolError where the server left it out. */
export function casTokenOf({ facts }: ValueReply): bigint {
  if (facts?.casToken === undefined) throw new ProtocolError('Server left out the CAS unique');
  return facts.casToken;
}

/** By the server's clock where it tells, else by this machine's. A touch does not lengthen that there is nothing. */
function freshTtlOf(facts: ItemFacts | undefined, envelope: Envelope | undefined): number | null | undefined {
  const left = leftOf(facts?.ttl, envelope);
  return facts?.stale ? Math.min(0, left ?? 0) : left;
}

function leftOf(ttl: number | undefined, envelope: Envelope | undefined): number | null | undefined {
  if (ttl === undefined || envelope?.holdsValue === false) {
    return envelope && (envelope.freshUntilMs - Date.now()) / 1000;
  }
  if (ttl < 0) return null;
  return envelope === undefined ? ttl : ttl - envelope.staleTtl;
}
