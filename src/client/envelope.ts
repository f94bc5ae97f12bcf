/**
 * How an entry is stored that says more than a value can: that it may be served stale after its ttl, or
 * that there is nothing. Big endian:
 *
 * | bytes | |
 * | --- | --- |
 * | 0 | 1: a value, 2: nothing |
 * | 1 to 4 | client flags of the value |
 * | 5 to 8 | seconds it is kept after its ttl |
 * | 9 to 14 | when its ttl is over: Unix time in milliseconds |
 * | 15 on | the value |
 */
import type { EncodedValue } from '../codec/codec.ts';
import { DecodeError } from '../errors.ts';
import type { CommandData } from '../protocol/command.ts';

/**
 * Client flags of an envelope: "MF". Like those of jsonCodec they are clear of the bits that other
 * languages' clients read a meaning into; those see bytes.
 */
export const ENVELOPE_FLAGS = 0x4d46_0000;

/** A value as it is stored. */
interface Content extends EncodedValue {
  readonly data: CommandData;
}

/** How long an entry lives. */
export interface EntryLife {
  /** Seconds, or `null` for never to end. */
  readonly ttl: number | null;
  /** Seconds it is kept after its ttl, to be served stale; 0 where it is not. */
  readonly staleTtl: number;
  /** Whether it is made anew before its ttl is over: then readers have to learn what is left of that. */
  readonly refreshed: boolean;
}

/** What an envelope says. Its value is the bytes from `start` on. */
export interface Envelope {
  readonly holdsValue: boolean;
  readonly flags: number;
  readonly staleTtl: number;
  readonly freshUntilMs: number;
  readonly start: number;
}

const HEADER_BYTES = 15;
const VALUE = 1;
const NOTHING = 2;
const MAX_UINT32 = 0xffff_ffff;
const MAX_UINT48 = 0xffff_ffff_ffff;

/** @param value `undefined` for nothing. */
export function seal(value: Content | undefined, ttl: number, staleTtl: number, nowMs: number): Content {
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header.writeUInt8(value === undefined ? NOTHING : VALUE, 0);
  header.writeUInt32BE(value?.flags ?? 0, 1);
  header.writeUInt32BE(Math.min(MAX_UINT32, Math.ceil(staleTtl)), 5);
  header.writeUIntBE(Math.min(MAX_UINT48, Math.max(0, Math.round(nowMs + ttl * 1000))), 9, 6);
  const data = value?.data ?? '';
  return {
    data: typeof data === 'string' ? header.toString('latin1') + data : Buffer.concat([header, data]),
    flags: ENVELOPE_FLAGS,
  };
}

/** @throws DecodeError */
export function unseal(buffer: Buffer, start: number, end: number): Envelope {
  const kind = buffer[start];
  if (end - start < HEADER_BYTES || (kind !== VALUE && kind !== NOTHING)) {
    throw new DecodeError('Value is marked as an envelope and is none');
  }
  return {
    holdsValue: kind === VALUE,
    flags: buffer.readUInt32BE(start + 1),
    staleTtl: buffer.readUInt32BE(start + 5),
    freshUntilMs: buffer.readUIntBE(start + 9, 6),
    start: start + HEADER_BYTES,
  };
}
