/** Checks the options of one `getOrSet` and fills in defaults, once: nothing below does either. */
import type { EntryLife } from '../client/envelope.ts';
import { type Duration, durationSeconds } from '../client/ttl.ts';
import { MAX_TIMER_MS } from '../common/max-timer.ts';
import { ClientInputError, InvalidCacheConfigError } from '../errors.ts';
import { MAX_RELATIVE_SECONDS } from '../protocol/exptime.ts';
import type { FindOptions } from './cache-backend.ts';
import type { GetOrSetOptions } from './call-options.ts';
import type { LeaseMode, ReadRules } from './read-decision.ts';

export interface GetOrSetRules extends ReadRules {
  /** Seconds, or `null` for never. */
  readonly ttl: number | null;
  readonly negativeTtl: number | undefined;
  readonly waitMs: number;
  readonly factoryTimeoutMs: number | undefined;
}

/** What of a store the options depend on. */
export interface StoreTraits {
  /** Whether it has leases of the fleet. */
  readonly hasLeases: boolean;
  /** Whether programs in other languages read it: then it holds values and nothing else. */
  readonly interoperable: boolean;
}

const MODES: readonly LeaseMode[] = ['fleet', 'process', 'off'];
const DEFAULT_WAIT_MS = 5_000;
/** Seconds a factory without a time-out has until others may store in its place. */
const UNBOUNDED_LEASE = 600;
/** The same where it refreshes what is there: nobody waits for it, and it may store later, too. */
const UNBOUNDED_REFRESH = 60;
/** Servers count whole seconds, and a second of theirs may be over at once. */
const LEASE_MARGIN = 2;

/**
 * @param ttl seconds, or `null`: of the call, or of the cache.
 * @throws ClientInputError naming the option; InvalidCacheConfigError where the store cannot have it.
 */
export function resolveGetOrSet(
  options: GetOrSetOptions | undefined,
  ttl: number | null,
  { hasLeases, interoperable }: StoreTraits,
): GetOrSetRules {
  const { factoryTimeoutMs, lease, negativeTtl, waitMs } = options ?? {};
  if (lease !== undefined && !MODES.includes(lease)) {
    throw new ClientInputError("lease must be 'fleet', 'process' or 'off'");
  }
  const rules: GetOrSetRules = {
    ttl,
    lease: lease === 'off' ? 'off' : hasLeases && lease !== 'process' ? 'fleet' : 'process',
    staleWhileRevalidate: seconds('staleWhileRevalidate', options?.staleWhileRevalidate) ?? 0,
    staleIfError: seconds('staleIfError', options?.staleIfError) ?? 0,
    refreshAhead: seconds('refreshAhead', options?.refreshAhead) ?? 0,
    negativeTtl: seconds('negativeTtl', negativeTtl),
    waitMs: milliseconds('waitMs', waitMs, 0) ?? DEFAULT_WAIT_MS,
    factoryTimeoutMs: milliseconds('factoryTimeoutMs', factoryTimeoutMs, 1),
  };
  if (interoperable && staleTtlOf(rules) > 0) {
    throw new InvalidCacheConfigError(
      'staleWhileRevalidate and staleIfError keep values in a form of their own, which the other programs that this codec is for cannot read: use refreshAhead',
    );
  }
  return rules;
}

/** How long what the factory made is to live; `undefined` where it is not stored. */
export function lifeOf(value: unknown, rules: GetOrSetRules): EntryLife | undefined {
  const { negativeTtl, ttl } = rules;
  const refreshed = rules.refreshAhead > 0;
  if (value === undefined && negativeTtl === undefined) return undefined;
  if ((value === undefined || value === null) && negativeTtl !== undefined) {
    return { ttl: negativeTtl, staleTtl: 0, refreshed };
  }
  return { ttl, staleTtl: ttl === null || ttl <= 0 ? 0 : staleTtlOf(rules), refreshed };
}

/** What a read asks for besides what is there. */
export function findOptionsOf(rules: GetOrSetRules): FindOptions {
  if (rules.lease !== 'fleet') return { ...NOTHING_ELSE, anew: false };
  const { refreshAhead } = rules;
  return {
    anew: false,
    lease: leaseTtlOf(rules),
    refreshBelow:
      refreshAhead === 0
        ? undefined
        : Math.min(MAX_RELATIVE_SECONDS, Math.ceil(refreshAhead) + Math.ceil(staleTtlOf(rules))),
  };
}

export const NOTHING_ELSE: FindOptions = { lease: undefined, refreshBelow: undefined, anew: true };

/** Seconds that whoever computes may take. */
export function leaseTtlOf({ factoryTimeoutMs }: GetOrSetRules): number {
  return boundedLease(factoryTimeoutMs) ?? UNBOUNDED_LEASE;
}

export function refreshLeaseTtlOf({ factoryTimeoutMs }: GetOrSetRules): number {
  return boundedLease(factoryTimeoutMs) ?? UNBOUNDED_REFRESH;
}

function boundedLease(timeoutMs: number | undefined): number | undefined {
  return timeoutMs === undefined ? undefined : Math.ceil(timeoutMs / 1000) + LEASE_MARGIN;
}

function staleTtlOf({ staleIfError, staleWhileRevalidate }: ReadRules): number {
  return Math.max(staleIfError, staleWhileRevalidate);
}

function seconds(option: string, duration: Duration | undefined): number | undefined {
  if (duration === undefined) return undefined;
  const value = durationSeconds(duration, option);
  if (value < 0) throw new ClientInputError(`${option} must not be negative`);
  return value;
}

function milliseconds(option: string, value: number | undefined, least: number): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number' && value >= least && value <= MAX_TIMER_MS) return value;
  throw new ClientInputError(`${option} must be a number of milliseconds from ${least} to ${MAX_TIMER_MS}`);
}
