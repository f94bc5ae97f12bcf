import { parseUint64 } from './decimal.ts';
import type { Item } from './item.ts';
import type { Store } from './store.ts';

export type CounterOutcome =
  | { readonly kind: 'counted'; readonly value: bigint; readonly item: Item }
  | { readonly kind: 'notFound' }
  | { readonly kind: 'exists' }
  | { readonly kind: 'nonNumeric' };

/**
 * `incr`, `decr` and `ma` on an item: up wraps at 2^64, down stops at 0, and a result shorter than the
 * value is padded with spaces, as in memcached.
 *
 * The item of a longer result is a new one, so marks such as stale are lost, and the one returned is the
 * old: an exptime then set on it changes nothing. memcached 1.6.18 does the same.
 */
export function count(
  store: Store,
  key: string,
  up: boolean,
  delta: bigint,
  expectedCas: bigint,
): CounterOutcome {
  const item = store.peek(key);
  if (item === undefined) return { kind: 'notFound' };
  if (item.value.length === 0) return { kind: 'nonNumeric' };
  if (expectedCas !== 0n && expectedCas !== item.cas) return { kind: 'exists' };
  const current = parseUint64(item.value.toString('latin1'));
  if (current === undefined) return { kind: 'nonNumeric' };
  const value = up ? BigInt.asUintN(64, current + delta) : delta > current ? 0n : current - delta;
  const digits = value.toString();
  if (digits.length <= item.value.length) {
    item.value = Buffer.from(digits.padEnd(item.value.length), 'latin1');
    item.cas = store.nextCas();
  } else {
    const { clientFlags, exptime } = item;
    item.cas = store.link({ key, value: Buffer.from(digits, 'latin1'), clientFlags, exptime }).cas;
  }
  return { kind: 'counted', value, item };
}
