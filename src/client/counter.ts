/** Counters as callers give and get them: numbers, or bigints for all 64 bits. */
import type { Codec } from '../codec/codec.ts';
import { InvalidValueError } from '../errors.ts';
import { MAX_UINT64 } from '../protocol/limits.ts';
import { encodeValue, type WireValue } from './values.ts';

/** How often a counter that others delete meanwhile is tried to be made. */
export const MAX_COUNTER_ROUNDS = 3;

/** A step back is a step in the other direction. */
export function stepOf(
  kind: 'incr' | 'decr',
  step: number | bigint,
): { direction: 'incr' | 'decr'; delta: bigint } {
  const delta = exactDelta(step);
  if (delta >= 0n) return { direction: kind, delta };
  return { direction: kind === 'incr' ? 'decr' : 'incr', delta: -delta };
}

export function encodeCounter(codec: Codec, initial: number | bigint): WireValue {
  exactInitial(initial);
  return encodeValue(codec, initial);
}

/** @throws InvalidValueError */
export function exactDelta(delta: number | bigint): bigint {
  if (typeof delta !== 'bigint' && !Number.isSafeInteger(delta)) {
    throw new InvalidValueError('delta must be a whole number or a bigint');
  }
  const exact = BigInt(delta);
  if (exact > MAX_UINT64 || exact < -MAX_UINT64) throw new InvalidValueError('delta must fit 64 bits');
  return exact;
}

/** @throws InvalidValueError */
export function exactInitial(initial: number | bigint): bigint {
  const exact = typeof initial === 'bigint' || Number.isSafeInteger(initial) ? BigInt(initial) : -1n;
  if (exact < 0n || exact > MAX_UINT64) throw new InvalidValueError('initial must be a whole number from 0');
  return exact;
}

/** A counter in the caller's own type. */
export function counterValue(value: bigint, wantsBigint: boolean): number | bigint {
  if (wantsBigint) return value;
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new InvalidValueError(
      'Counter was changed and is now past 2^53: give a bigint delta to get a bigint',
    );
  }
  return Number(value);
}
