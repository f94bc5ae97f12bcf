import type { Topology } from './topology.ts';

/** Keeps a fleet's topology current. */
export interface TopologyFeed {
  /** Starts looking; at once, and then for ever. */
  start(): void;
  /** Looks now. Rejects with DiscoveryError where nothing was found out. */
  refresh(): Promise<void>;
  /** A node went down or its name is gone: the topology may be about to change. */
  trouble(): void;
  close(): void;
  snapshot(): DiscoverySnapshot;
}

/** Whom a feed reports to. */
export interface TopologySink {
  /** Puts a topology in force; resolves once it is. */
  apply(topology: Topology): Promise<void>;
  /** A look failed. `final` where the next one cannot fare better. */
  discoveryFailed(error: Error, final: boolean): void;
}

/** How discovery is doing. */
export interface DiscoverySnapshot {
  /** Milliseconds since a source last answered with a usable topology; undefined before the first. */
  readonly lastSuccessAgeMs: number | undefined;
  /** Looks in a row that found nothing out. */
  readonly consecutiveFailures: number;
  /** Replies older than the current topology, or not confirmed. */
  readonly staleReplies: number;
}

/** @param lastSuccessAt on the clock of `performance.now()`. */
export function discoverySnapshot(
  lastSuccessAt: number | undefined,
  consecutiveFailures: number,
  staleReplies: number,
): DiscoverySnapshot {
  const lastSuccessAgeMs = lastSuccessAt === undefined ? undefined : performance.now() - lastSuccessAt;
  return { lastSuccessAgeMs, consecutiveFailures, staleReplies };
}
