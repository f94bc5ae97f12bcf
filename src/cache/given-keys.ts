/** Many keys, and what is to be stored under them, as callers give them. */
import { ClientInputError } from '../errors.ts';

export type Entries = Iterable<readonly [string, unknown]> | Readonly<Record<string, unknown>>;

/** @throws ClientInputError, also for one key in place of a list: its characters would be taken for keys. */
export function keyList(keys: Iterable<string>): string[] {
  if (typeof keys === 'object' && keys !== null && Symbol.iterator in keys) return [...keys];
  throw new ClientInputError('keys must be a list of keys, or another iterable of them');
}

/**
 * Values by key; of two for one key the last.
 *
 * @throws ClientInputError for what is neither pairs nor an object.
 */
export function valuesByKey(entries: Entries): Map<string, unknown> {
  if (typeof entries !== 'object' || entries === null) throw noEntries();
  if (!isIterable(entries)) return new Map(Object.entries(entries));
  const values = new Map<string, unknown>();
  for (const pair of entries) {
    if (!Array.isArray(pair)) throw noEntries();
    values.set(pair[0], pair[1]);
  }
  return values;
}

function noEntries(): ClientInputError {
  return new ClientInputError(
    'entries must be pairs of key and value, such as those of a Map, or a plain object',
  );
}

function isIterable(entries: Entries): entries is Iterable<readonly [string, unknown]> {
  return Symbol.iterator in entries;
}
