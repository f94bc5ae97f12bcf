/** Values on their way to the wire. */
import type { Codec } from '../codec/codec.ts';
import { InvalidValueError } from '../errors.ts';
import type { CommandData } from '../protocol/command.ts';
import { MAX_CLIENT_FLAGS } from '../protocol/limits.ts';
import { ENVELOPE_FLAGS } from './envelope.ts';
import { SPLIT_FLAGS } from './manifest.ts';
import { isPacked, PACKED_ENVELOPE_FLAGS } from './packed.ts';

/** A value as a store command takes it. */
export interface WireValue {
  readonly data: CommandData;
  readonly flags: number;
}

/**
 * Nothing that is read, decompressed and put together holds more memory than so many bytes, or
 * `maxValueBytes` where that is more; and nothing that would is written.
 */
const MAX_WHOLE_BYTES = 67_108_864;

/** One bit of all client flags that are ours, for a first look. */
const OWN_BIT = 0x4000_0000;

/** Text at least this long goes as bytes of its own rather than as part of the tick's string. */
const LONG_TEXT = 4096;

/** @throws InvalidValueError */
export function encodeValue(codec: Codec, value: unknown): WireValue {
  if (value === undefined) throw new InvalidValueError('undefined cannot be stored; null can');
  const { data, flags } = codec.encode(value);
  if (!Number.isInteger(flags) || flags < 0 || flags > MAX_CLIENT_FLAGS) {
    throw new InvalidValueError('The codec gave client flags that are no unsigned 32 bit integer');
  }
  if ((flags & OWN_BIT) !== 0 && isOwn(flags)) {
    throw new InvalidValueError(
      `The codec gave client flags ${flags}, by which memfleet marks what it wrapped`,
    );
  }
  return { data: toCommandData(data), flags };
}

/** Whether what has these client flags is a value that is wrapped: an envelope, compressed, or a manifest. */
function isOwn(flags: number): boolean {
  return flags === ENVELOPE_FLAGS || isPacked(flags) || flags === SPLIT_FLAGS;
}

/** The bits of which one at least is set in the client flags of whatever is not stored as its codec made it. */
export function wrappedBits({ zlibFlag = 0 }: Codec): number {
  return OWN_BIT | zlibFlag;
}

export function isWrapped(flags: number, { zlibFlag = 0 }: Codec): boolean {
  return isOwn(flags) || (flags & zlibFlag) !== 0;
}

/** Whether what is there may be no value to whoever reads: its ttl is over, or its chunks are gone. */
export function mayBeVacant(flags: number, { zlibFlag = 0 }: Codec): boolean {
  const isEnvelope = (flags & ~zlibFlag) >>> 0 === ENVELOPE_FLAGS || flags === PACKED_ENVELOPE_FLAGS;
  return isEnvelope || flags === SPLIT_FLAGS;
}

export function maxWholeBytes(maxValueBytes: number): number {
  return Math.max(MAX_WHOLE_BYTES, maxValueBytes);
}

/** The most that a stream with the codec's `zlibFlag` holds. */
export function maxInflatedBytes(codec: Codec, maxBytes: number): number {
  return Math.min(maxBytes, codec.maxInflatedBytes ?? maxBytes);
}

export function toBytes(data: CommandData): Uint8Array {
  return typeof data === 'string' ? Buffer.from(data, 'latin1') : data;
}

/** Text as UTF-8: a byte string where it is short or ASCII, else bytes. */
export function toCommandData(data: string | Uint8Array): CommandData {
  if (typeof data !== 'string') {
    if (data instanceof Uint8Array) return data;
    throw new InvalidValueError('What is stored must be a string or a Uint8Array');
  }
  // As many bytes as characters: ASCII, which is its own byte string.
  if (Buffer.byteLength(data, 'utf8') === data.length) return data;
  const bytes = Buffer.from(data, 'utf8');
  return bytes.length < LONG_TEXT ? bytes.toString('latin1') : bytes;
}
