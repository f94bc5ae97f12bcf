/** Durations as callers give them. */
import { ClientInputError } from '../errors.ts';

/**
 * Seconds, or a string such as `'90s'`, `'10m'`, `'2h'`, `'7d'`. 0 or less is expired at once.
 */
export type Duration = number | string;

/** A {@link Duration}, or `null` for never. */
export type Ttl = Duration | null;

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
const DURATION = /^(\d+(?:\.\d+)?)\s*([smhd])$/;

/**
 * A duration in seconds, or `null` for never.
 *
 * @param option named in errors.
 * @throws ClientInputError for anything that is no duration.
 */
export function ttlSeconds(ttl: Ttl, option = 'ttl'): number | null {
  return ttl === null ? null : durationSeconds(ttl, option);
}

/** A duration in seconds. */
export function durationSeconds(duration: Duration, option: string): number {
  if (typeof duration === 'number' && Number.isFinite(duration)) return duration;
  const match = typeof duration === 'string' ? DURATION.exec(duration) : null;
  if (match === null) {
    throw new ClientInputError(
      `${option} must be seconds or a duration such as '90s', '10m', '2h' or '7d'${typeof duration === 'number' ? `, not ${duration}` : ''}`,
    );
  }
  return Number(match[1]) * (UNIT_SECONDS[match[2] as string] as number);
}
