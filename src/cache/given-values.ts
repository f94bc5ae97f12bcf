/** Values, and what makes them, as callers give them. */
import { InvalidValueError } from '../errors.ts';
import type { Factory } from './call-options.ts';
import { type Entries, valuesByKey } from './given-keys.ts';
import { copyPlain, plainBytes } from './value-copy.ts';

/**
 * A value to be stored, as it is now: where that is not done at once, in a copy, as far as there can be one.
 *
 * @throws InvalidValueError
 */
export function storable(value: unknown, atOnce: boolean): unknown {
  if (value === undefined) throw new InvalidValueError('undefined cannot be stored; null can');
  return atOnce || plainBytes(value, Number.POSITIVE_INFINITY) === undefined ? value : copyPlain(value);
}

export function factoryOf(valueOrFactory: unknown): Factory<unknown> {
  return typeof valueOrFactory === 'function' ? (valueOrFactory as Factory<unknown>) : () => valueOrFactory;
}

/** Storable values by key; of a key given twice the last one. */
export function storableMany(entries: Entries, atOnce: boolean): Map<string, unknown> {
  const pairs = valuesByKey(entries);
  for (const [key, value] of pairs) pairs.set(key, storable(value, atOnce));
  return pairs;
}
