/** Values on their way to the wire. */
import type { Codec } from '../codec/codec.ts';
import { InvalidValueError } from '../errors.ts';
import type { CommandData } from '../protocol/command.ts';
import { MAX_CLIENT_FLAGS } from '../protocol/limits.ts';
import { ENVELOPE_FLAGS } from './envelope.ts';

/** A value as a store command takes it. */
export interface WireValue {
  readonly data: CommandData;
  readonly flags: number;
}

/** Text at least this long goes as bytes of its own rather than as part of the tick's string. */
const LONG_TEXT = 4096;

/** @throws InvalidValueError */
export function encodeValue(codec: Codec, value: unknown): WireValue {
  if (value === undefined) throw new InvalidValueError('undefined cannot be stored; null can');
  const { data, flags } = codec.encode(value);
  if (!Number.isInteger(flags) || flags < 0 || flags > MAX_CLIENT_FLAGS) {
    throw new InvalidValueError('The codec gave client flags that are no unsigned 32 bit integer');
  }
  if (flags === ENVELOPE_FLAGS) {
    throw new InvalidValueError(`The codec gave client flags ${flags}, which mark the envelopes of getOrSet`);
  }
  return { data: toCommandData(data), flags };
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
