import type { Codec } from '../codec/codec.ts';
import type { ReplySource, Slot } from '../connection/slot.ts';
import { DecodeError, ProtocolError } from '../errors.ts';
import type { ValueReply } from '../protocol/value-reply.ts';

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

/** Makes of value replies what callers get. */
export class ValueReader {
  readonly #codec: Codec;
  readonly #onDecodeError: (slot: Slot, error: DecodeError) => void;

  /** @param onDecodeError told of a value that cannot be read; settles the slot, or leaves it a miss. */
  constructor(codec: Codec, onDecodeError: (slot: Slot, error: DecodeError) => void) {
    this.#codec = codec;
    this.#onDecodeError = onDecodeError;
  }

  /** The value, or undefined where it could not be decoded. */
  value(slot: Slot, reply: ValueReply, from: ReplySource): unknown {
    try {
      return this.#decode(reply);
    } catch (cause) {
      const details = { node: from.node, operation: slot.operation.name, key: slot.key };
      this.#onDecodeError(
        slot,
        cause instanceof DecodeError
          ? (cause.concerning(details) as DecodeError)
          : new DecodeError('The codec failed', { ...details, cause }),
      );
      return undefined;
    }
  }

  item(slot: Slot, reply: ValueReply, from: ReplySource): Item | undefined {
    const value = this.value(slot, reply, from);
    if (value === undefined) return undefined;
    const { facts, flags } = reply;
    if (facts?.casToken === undefined) throw new ProtocolError('Server left out the CAS unique');
    const { casToken, fetched, lastAccess, ttl } = facts;
    return {
      value,
      casToken,
      flags,
      ...(ttl === undefined ? {} : { ttl }),
      ...(lastAccess === undefined ? {} : { lastAccess }),
      ...(fetched === undefined ? {} : { fetched }),
    };
  }

  #decode(reply: ValueReply): unknown {
    const codec = this.#codec;
    const { buffer, start, end, flags } = reply;
    if (reply.owned) return codec.decode(buffer.subarray(start, end), flags);
    if (codec.decodeSlice !== undefined) return codec.decodeSlice(buffer, start, end, flags);
    // The read buffer is written over by the next read; what the codec gets is its to keep.
    return codec.decode(Buffer.from(buffer.subarray(start, end)), flags);
  }
}
