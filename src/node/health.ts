/**
 * Whether a node is worth asking: a pure state machine. The node acts on the states; nothing here
 * has a clock or a socket.
 *
 * ```
 *        reply              soft < limit            soft = limit, or hard
 *   up ◄──────── suspect ◄──────────────── up ────────────────────────────► down
 *   ▲                                                                     probe │ ▲ failed
 *   └────────────────────────────── succeeded ─────────────────────────── probing
 * ```
 *
 * A *hard* failure is one that no other command would fare better with: refused, not resolved, no
 * handshake. A *soft* one may pass: a command without a reply in time, a connection lost.
 */
import { type MemfleetError, TlsError } from '../errors.ts';

export type Health =
  | { readonly kind: 'up' }
  | { readonly kind: 'suspect'; readonly failures: number }
  | { readonly kind: 'down'; readonly attempt: number; readonly cause: MemfleetError }
  | { readonly kind: 'probing'; readonly attempt: number; readonly cause: MemfleetError };

export type HealthEvent =
  | { readonly kind: 'reply' }
  /** `failures`: how many in a row, this one included. */
  | { readonly kind: 'soft'; readonly failures: number; readonly cause: MemfleetError }
  /** `asked`: of a probe out of turn, which makes no later one wait longer. */
  | { readonly kind: 'hard'; readonly cause: MemfleetError; readonly asked?: boolean }
  | { readonly kind: 'probe' }
  | { readonly kind: 'probeSucceeded' };

export const UP: Health = Object.freeze({ kind: 'up' });

/** Wait for the first probe of a node that went down, and the longest between probes. */
const PROBE_BASE_MS = 500;
const PROBE_MAX_MS = 30_000;
/** The same where TLS is what fails: a certificate is not put right in seconds. */
const TLS_PROBE_MAX_MS = 60_000;
/** A node that came back this often, in this time, flaps: each time from then on makes its probes wait longer. */
const FLAP_REVIVALS = 3;
const FLAP_WINDOW_MS = 300_000;
const FLAP_FACTOR = 1.5;
const FLAP_PROBE_MAX_MS = 300_000;

/** Soft failures in a row that mark a node down (`--timeouts-until-tko` of mcrouter). */
export const SOFT_FAILURE_LIMIT = 3;

export function isDown(health: Health): health is Extract<Health, { kind: 'down' | 'probing' }> {
  return health.kind === 'down' || health.kind === 'probing';
}

/**
 * @param flaps how often the node was marked down without having served since: where the wait for
 * the next probe starts when it goes down anew.
 */
export function nextHealth(health: Health, event: HealthEvent, flaps = 0): Health {
  switch (event.kind) {
    case 'reply':
      return isDown(health) ? health : UP;
    case 'soft':
      if (isDown(health)) return health;
      return event.failures < SOFT_FAILURE_LIMIT
        ? { kind: 'suspect', failures: event.failures }
        : { kind: 'down', attempt: flaps, cause: event.cause };
    case 'hard': {
      const attempt = isDown(health) ? health.attempt + (event.asked === true ? 0 : 1) : flaps;
      return { kind: 'down', attempt, cause: event.cause };
    }
    case 'probe':
      return health.kind === 'down' ? { ...health, kind: 'probing' } : health;
    case 'probeSucceeded':
      return UP;
  }
}

/** Those of the revivals that still count as flapping. Times are milliseconds of a monotonic clock. */
export function recentRevivals(revivals: readonly number[], nowMs: number): readonly number[] {
  return revivals.filter((at) => nowMs - at < FLAP_WINDOW_MS);
}

/**
 * How long to wait before the next probe, without jitter: 0.5 s doubling to 30 s, or a minute where TLS
 * fails; from the third revival within 5 minutes on, 1.5 times as long for each, up to 5 minutes.
 *
 * @param attempt from 0: probes that failed since the node went down.
 * @param cause why the last one failed.
 */
export function probeDelayMs(
  attempt: number,
  revivals: readonly number[],
  nowMs: number,
  cause?: MemfleetError,
): number {
  const longest = cause instanceof TlsError ? TLS_PROBE_MAX_MS : PROBE_MAX_MS;
  const delay = Math.min(longest, PROBE_BASE_MS * 2 ** Math.min(attempt, 16));
  const extra = recentRevivals(revivals, nowMs).length - FLAP_REVIVALS + 1;
  return extra <= 0 ? delay : Math.min(FLAP_PROBE_MAX_MS, delay * FLAP_FACTOR ** extra);
}
