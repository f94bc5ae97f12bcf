/**
 * Numbers as memcached reads them: C's `strtol` family, base 10, with leading blanks and a sign allowed,
 * and any blank as the end of the number. What does not fit wraps to the width asked for.
 */

const INTEGER = /^[ \t\n\v\f\r]*([+-]?)(\d+)(?:[ \t\n\v\f\r\0]|$)/;
const SHORT_DIGITS = /^\d{1,9}$/;

const MAX_INT64 = 0x7fff_ffff_ffff_ffffn;
const MAX_UINT64 = 0xffff_ffff_ffff_ffffn;

/** An unsigned 64-bit integer, or `undefined` where memcached answers with an error. */
export function parseUint64(text: string): bigint | undefined {
  if (SHORT_DIGITS.test(text)) return BigInt(text);
  const match = INTEGER.exec(text);
  if (match === null) return undefined;
  const magnitude = BigInt(match[2] as string);
  if (magnitude > MAX_UINT64) return undefined;
  const value = BigInt.asUintN(64, match[1] === '-' ? -magnitude : magnitude);
  // memcached looks for a minus only when the result has its top bit set, so "-0" is a number to it.
  if (value > MAX_INT64 && text.includes('-')) return undefined;
  return value;
}

/** An unsigned 32-bit integer: the low half of a 64-bit one, so 4294967296 reads as 0. */
export function parseUint32(text: string): number | undefined {
  if (SHORT_DIGITS.test(text)) return Number(text);
  const value = parseUint64(text);
  return value === undefined ? undefined : Number(BigInt.asUintN(32, value));
}

/** A signed 32-bit integer: the low half of a 64-bit one, so 2147483648 reads as -2147483648. */
export function parseInt32(text: string): number | undefined {
  if (SHORT_DIGITS.test(text)) return Number(text);
  const match = INTEGER.exec(text);
  if (match === null) return undefined;
  const magnitude = BigInt(match[2] as string);
  const value = match[1] === '-' ? -magnitude : magnitude;
  if (value > MAX_INT64 || value < -MAX_INT64 - 1n) return undefined;
  return Number(BigInt.asIntN(32, value));
}
