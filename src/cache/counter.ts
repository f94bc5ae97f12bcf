/** Counters as callers give them. */
import { InvalidValueError } from '../errors.ts';
import { MAX_UINT64 } from '../protocol/limits.ts';

/** @throws InvalidValueError */
export function toDelta(delta: number | bigint): bigint {
  if (typeof delta !== 'bigint' && !Number.isSafeInteger(delta)) {
    throw new InvalidValueError('delta must be a whole number or a bigint');
  }
  const exact = BigInt(delta);
  if (exact > MAX_UINT64 || exact < -MAX_UINT64) throw new InvalidValueError('delta must fit 64 bits');
  return exact;
}

/** @throws InvalidValueError */
export function toInitial(initial: number | bigint | undefined): bigint | undefined {
  if (initial === undefined) return undefined;
  const exact = typeof initial === 'bigint' || Number.isSafeInteger(initial) ? BigInt(initial) : -1n;
  if (exact < 0n || exact > MAX_UINT64) throw new InvalidValueError('initial must be a whole number from 0');
  return exact;
}
