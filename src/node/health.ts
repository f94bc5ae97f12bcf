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
import type { MemfleetError } from '../errors.ts';

export type Health =
  | { readonly kind: 'up' }
  | { readonly kind: 'suspect'; readonly failures: number }
  | { readonly kind: 'down'; readonly attempt: number; readonly cause: MemfleetError }
  | { readonly kind: 'probing'; readonly attempt: number; readonly cause: MemfleetError };

export type HealthEvent =
  | { readonly kind: 'reply' }
  /** `failures`: how many in a row, this one included. */
  | { readonly kind: 'soft'; readonly failures: number; readonly cause: MemfleetError }
  | { readonly kind: 'hard'; readonly cause: MemfleetError }
  | { readonly kind: 'probe' }
  | { readonly kind: 'probeSucceeded' };

export const UP: Health = Object.freeze({ kind: 'up' });

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
    case 'hard':
      return { kind: 'down', attempt: isDown(health) ? health.attempt + 1 : flaps, cause: event.cause };
    case 'probe':
      return health.kind === 'down' ? { ...health, kind: 'probing' } : health;
    case 'probeSucceeded':
      return UP;
  }
}
