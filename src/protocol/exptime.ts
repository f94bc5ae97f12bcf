/**
 * The `exptime` field of the wire.
 *
 * protocol.txt: "expiration time. If it's 0, the item never expires. If it's non-zero (either Unix
 * time or offset in seconds from current time), it is guaranteed that clients will not be able to
 * retrieve this item after the expiration time arrives. […] If a negative value is given the item is
 * immediately expired." An offset may not exceed 30 days; anything above is read as a Unix time.
 */
import { ClientInputError } from '../errors.ts';

/** Above this many seconds the server reads a Unix time, not an offset (`REALTIME_MAXDELTA`). */
export const MAX_RELATIVE_SECONDS = 2_592_000;

/**
 * The last Unix time that is safe to send. The text protocol parses exptime as a signed 32 bit
 * integer, so 2^31 wraps and expires the item at once.
 */
export const MAX_EXPTIME = 2_147_483_647;

/** exptime of an item that never expires. */
export const EXPTIME_NEVER = 0;

/** exptime of an item that is expired at once. */
export const EXPTIME_EXPIRED = -1;

/**
 * Turns a duration into an exptime.
 *
 * @param ttlSeconds whole or fractional seconds, or `null` for never. A fraction is rounded **up**,
 * so that 0.5 s does not become 0, which would be for ever. 0 or less is expired at once.
 * @param nowSeconds the current Unix time in seconds, used only above 30 days.
 * @throws ClientInputError where the ttl is NaN, which would go to the server as that word.
 */
export function toExptime(ttlSeconds: number | null, nowSeconds: number): number {
  if (ttlSeconds === null) return EXPTIME_NEVER;
  if (Number.isNaN(ttlSeconds)) throw new ClientInputError('A ttl must be a number of seconds, not NaN');
  if (ttlSeconds <= 0) return EXPTIME_EXPIRED;
  const seconds = Math.ceil(ttlSeconds);
  if (seconds <= MAX_RELATIVE_SECONDS) return seconds;
  return Math.min(MAX_EXPTIME, Math.floor(nowSeconds) + seconds);
}

/**
 * The exptime of a copy that must not live longer than `maxSeconds` (at most 30 days), whatever the
 * caller asked for. What is expired at once stays so.
 */
export function capExptime(exptime: number, maxSeconds: number): number {
  return exptime === EXPTIME_NEVER || exptime > maxSeconds ? maxSeconds : exptime;
}

/** An exptime so many seconds later; the same where it has no end, is expired, or cannot be said otherwise. */
export function lengthenExptime(exptime: number, seconds: number): number {
  if (exptime <= EXPTIME_NEVER) return exptime;
  if (exptime > MAX_RELATIVE_SECONDS) return Math.min(MAX_EXPTIME, exptime + seconds);
  return Math.min(MAX_RELATIVE_SECONDS, exptime + seconds);
}
