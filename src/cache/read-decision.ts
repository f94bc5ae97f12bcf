/** What `getOrSet` does about what it found: the one place where this is decided. */
import type { Found, FoundEntry, Hold } from './cache-backend.ts';

/**
 * Who computes what is missing: one caller of all processes, one of each process, or every caller for
 * itself.
 */
export type LeaseMode = 'fleet' | 'process' | 'off';

/** Durations in seconds; 0 where the option is not given. */
export interface ReadRules {
  readonly lease: LeaseMode;
  readonly staleWhileRevalidate: number;
  readonly staleIfError: number;
  readonly refreshAhead: number;
}

export type ReadDecision =
  /** Return the entry's value; `refresh`: and make it anew, while nobody waits. */
  | { readonly kind: 'serve'; readonly entry: FoundEntry; readonly refresh: boolean }
  /** Call the factory. `keep`: and store what it makes, on `hold`. `stale` serves where it fails. */
  | {
      readonly kind: 'make';
      readonly keep: boolean;
      readonly hold: Hold | undefined;
      readonly stale: FoundEntry | undefined;
    }
  /** The same, once the lease is won. */
  | { readonly kind: 'claim'; readonly stale: FoundEntry | undefined }
  /** Another process is at it. */
  | { readonly kind: 'wait' };

/** Pure. The same table is in docs/get-or-set.md. */
export function decideRead(found: Found, rules: ReadRules): ReadDecision {
  switch (found.kind) {
    case 'failed':
      return { kind: 'make', keep: false, hold: undefined, stale: undefined };
    case 'won':
      return { kind: 'make', keep: true, hold: found.hold, stale: undefined };
    case 'lost':
      if (rules.lease === 'fleet') return { kind: 'wait' };
      return { kind: 'make', keep: true, hold: found.hold, stale: undefined };
    case 'miss':
      return anew(rules, undefined, undefined);
    case 'entry':
      return decideEntry(found, rules);
  }
}

function decideEntry(entry: FoundEntry, rules: ReadRules): ReadDecision {
  const left = entry.freshTtl ?? Number.POSITIVE_INFINITY;
  if (left > 0) {
    return { kind: 'serve', entry, refresh: left <= rules.refreshAhead && entry.lease !== 'lost' };
  }
  if (-left < rules.staleWhileRevalidate) return { kind: 'serve', entry, refresh: true };
  return anew(rules, entry.hold, -left < rules.staleIfError ? entry : undefined);
}

function anew(rules: ReadRules, hold: Hold | undefined, stale: FoundEntry | undefined): ReadDecision {
  return rules.lease === 'fleet' ? { kind: 'claim', stale } : { kind: 'make', keep: true, hold, stale };
}
