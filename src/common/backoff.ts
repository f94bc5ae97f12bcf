/**
 * Delays between attempts, always with jitter: a fleet of clients must not come back in step.
 */

/** Full jitter: anywhere between 0 and the doubling cap. `attempt` counts from 0. */
export function fullJitter(
  attempt: number,
  baseMs: number,
  maxMs: number,
  random: () => number = Math.random,
): number {
  return random() * Math.min(maxMs, baseMs * 2 ** Math.min(attempt, 30));
}

/** A delay spread evenly over `[low, high)` times itself. */
export function spread(
  delayMs: number,
  low: number,
  high: number,
  random: () => number = Math.random,
): number {
  return delayMs * (low + random() * (high - low));
}
