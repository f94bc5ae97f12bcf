import type { Codec } from '../codec/codec.ts';
import type { ReplySource, Slot } from '../connection/slot.ts';
import { concerning, DecodeError, ProtocolError, TimeoutError } from '../errors.ts';
import type { ItemFacts } from '../protocol/value-header.ts';
import type { ValueReply } from '../protocol/value-reply.ts';
import { ENVELOPE_FLAGS, type Envelope, unseal } from './envelope.ts';
import { inTime } from './in-time.ts';
import { Later } from './later.ts';
import type { Unwrapper } from './unwrapper.ts';
import { isWrapped, mayBeVacant, wrappedBits } from './values.ts';

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

export interface ValueReaderOptions {
  readonly codec: Codec;
  /** Of what is compressed or split. */
  readonly unwrapper: Unwrapper;
  /** Whether a value that cannot be read is to be a miss; then it was told. */
  readonly isMiss: (error: DecodeError) => boolean;
  /** Told of results that come later than their replies. */
  readonly track: (work: Promise<unknown>) => void;
}

/** Makes of value replies what callers get. */
export class ValueReader {
  readonly #options: ValueReaderOptions;
  readonly #codec: Codec;
  readonly #wrappedBits: number;

  constructor(options: ValueReaderOptions) {
    this.#options = options;
    this.#codec = options.codec;
    this.#wrappedBits = wrappedBits(options.codec);
  }

  /**
   * The value, or undefined where it could not be decoded, or there is none to whoever only reads: a lease
   * in its place, one whose ttl is over, one that was invalidated. What is compressed or split may be there
   * later, as with all that this reader gives.
   */
  value(slot: Slot, reply: ValueReply, from: ReplySource): unknown {
    if (reply.facts !== undefined && (reply.facts.stale || isPlaceholder(reply))) return undefined;
    if ((reply.flags & this.#wrappedBits) !== 0) {
      return this.#unwrapped(slot, reply, from, undefined, (whole) => this.#decode(whole));
    }
    try {
      return this.#decodeFrom(reply, reply.start, reply.flags);
    } catch (cause) {
      this.#settleUndecodable(slot, cause, from);
      return undefined;
    }
  }

  item(slot: Slot, reply: ValueReply, from: ReplySource): Item | Later | undefined {
    if (reply.facts !== undefined && (reply.facts.stale || isPlaceholder(reply))) return undefined;
    return this.#unwrapped(slot, reply, from, undefined, (whole) => this.#itemOf(whole));
  }

  /** Whether what has these client flags may be no value to whoever reads. */
  mayBeVacant(flags: number): boolean {
    return mayBeVacant(flags, this.#codec);
  }

  fetched(slot: Slot, reply: ValueReply, from: ReplySource): Fetched | Later {
    const casToken = casTokenOf(reply);
    const lease = reply.facts?.lease;
    if (lease !== undefined && isPlaceholder(reply)) return { kind: 'placeholder', lease, casToken };
    // What lost its chunks is in the way of what is made anew, which replaces it by its token.
    const lost = {
      kind: 'item',
      value: undefined,
      casToken,
      freshTtl: -Infinity,
      over: true,
      lease,
      envelope: undefined,
    } as const;
    const miss = { kind: 'miss' } as const;
    return this.#unwrapped<Fetched>(slot, reply, from, miss, (whole) => this.#fetchedOf(whole), lost);
  }

  /**
   * Reads what a reply holds once nothing is around it.
   *
   * @param unreadable what it is where it cannot be read, and that is a miss.
   * @param lost what it is where a chunk of it is gone.
   */
  #unwrapped<T>(
    slot: Slot,
    reply: ValueReply,
    from: ReplySource,
    unreadable: T,
    read: (whole: ValueReply) => T,
    lost: T = unreadable,
  ): T | Later {
    try {
      if (!isWrapped(reply.flags, this.#codec)) return read(reply);
      const whole = this.#options.unwrapper.unwrap(slot, reply);
      if (!(whole instanceof Promise)) return read(whole);
      return this.#later(slot, from, whole, unreadable, (bytes) =>
        bytes === undefined ? lost : read(bytes),
      );
    } catch (cause) {
      this.#settleUndecodable(slot, cause, from);
      return unreadable;
    }
  }

  #later<T>(
    slot: Slot,
    from: ReplySource,
    whole: Promise<ValueReply | undefined>,
    unreadable: T,
    read: (whole: ValueReply | undefined) => T,
  ): Later {
    const refuse = (cause: unknown): T => {
      const error = this.#undecodable(slot, cause, from);
      if (this.#options.isMiss(error)) return unreadable;
      throw error;
    };
    const result = whole.then(
      (bytes) => {
        try {
          return read(bytes);
        } catch (cause) {
          return refuse(cause);
        }
      },
      (error) => {
        if (error instanceof DecodeError) return refuse(error);
        // What kept chunks from being read is no fault of the value.
        throw concerning(error, slot.operation.name, slot.key);
      },
    );
    this.#options.track(result);
    const { timeoutMs } = slot;
    const late = (): Error => new TimeoutError('request', timeoutMs, slot.details(from.node));
    return new Later(inTime(result, slot.restMs(performance.now()), undefined, late));
  }

  #itemOf(reply: ValueReply): Item | undefined {
    const value = this.#decode(reply);
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

  #fetchedOf(reply: ValueReply): Fetched {
    const envelope = reply.flags === ENVELOPE_FLAGS ? envelopeOf(reply) : undefined;
    const freshTtl = freshTtlOf(reply.facts, envelope);
    const over = reply.facts?.stale === true || (envelope !== undefined && isOver(envelope));
    const value = this.#decodeWhole(reply, envelope);
    const casToken = casTokenOf(reply);
    return { kind: 'item', value, casToken, freshTtl, over, lease: reply.facts?.lease, envelope };
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

  #undecodable(slot: Slot, cause: unknown, from: ReplySource): DecodeError {
    const details = slot.details(from.node);
    return cause instanceof DecodeError
      ? (cause.concerning(details) as DecodeError)
      : new DecodeError('The codec failed', { ...details, cause });
  }

  /** Settles the slot, or leaves it a miss. */
  #settleUndecodable(slot: Slot, cause: unknown, from: ReplySource): void {
    const error = this.#undecodable(slot, cause, from);
    if (!this.#options.isMiss(error)) slot.fail(error);
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
