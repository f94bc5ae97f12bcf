import { DecodeError } from '../errors.ts';

/** Decimal digits of the longest integer that is read: a longer one takes more than linear time. */
const DIGITS = /^-?\d{1,1000}$/;

/**
 * decr pads with spaces to keep the length: memcached's doc/protocol.txt.
 *
 * @throws DecodeError
 */
export function integerOf(digits: string): number | bigint {
  const trimmed = digits.trim();
  if (!DIGITS.test(trimmed)) throw new DecodeError('Value is marked as an integer and is none');
  // Integers have one zero, where numbers have two.
  const value = Number(trimmed) + 0;
  return Number.isSafeInteger(value) ? value : BigInt(trimmed);
}
