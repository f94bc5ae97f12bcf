import type { MemcachedClient } from '../src/index.ts';
import type { Attempts } from './attempts.ts';
import type { Figures } from './figures.ts';
import type { Ledger } from './ledger.ts';

/** What the callers of one client share. */
export interface Desk {
  readonly client: MemcachedClient;
  readonly ledger: Ledger;
  readonly attempts: Attempts;
  readonly figures: Figures;
  /** Time-out of each call, in milliseconds. */
  readonly timeoutMs: number;
  /** Never aborted: what calls leave on it stays. */
  readonly signal: AbortSignal;
  /** Unique among all writes of the run. */
  nextSequence(): number;
}
