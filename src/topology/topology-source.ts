import { DiscoveryError } from '../errors.ts';
import type { Topology, TopologySource } from './topology.ts';

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
  /** One question of a look failed, while no topology is known: the look goes on. */
  attemptFailed(error: Error): void;
  /** A look failed. `final` where the next one cannot fare better. */
  discoveryFailed(error: Error, final: boolean): void;
}

/** The error for what `apply` throws, as a ring of the caller's own may. */
export function notInForce(cause: unknown): DiscoveryError {
  return new DiscoveryError(`The topology could not be put in force: ${(cause as Error)?.message}`, {
    cause,
  });
}

/** How discovery is doing. */
export interface DiscoverySnapshot {
  /** Where the topology in force came from; undefined before the first. */
  readonly source: TopologySource | undefined;
  /** Milliseconds since a source last answered with a usable topology; undefined before the first. */
  readonly lastSuccessAgeMs: number | undefined;
  /** Looks in a row that found nothing out. */
  readonly consecutiveFailures: number;
  /** Replies older than the current topology, not confirmed, or of another cluster's node. */
  readonly staleReplies: number;
  /** Replies that announced another length than they had; they are taken all the same. */
  readonly lengthMismatches: number;
}

/** What a feed counts, for its snapshot. */
export class DiscoveryRecord {
  /** On the clock of `performance.now()`. */
  lastSuccessAt: number | undefined;
  staleReplies = 0;
  lengthMismatches = 0;

  snapshot(topology: Topology | undefined, consecutiveFailures: number): DiscoverySnapshot {
    const { lastSuccessAt, staleReplies, lengthMismatches } = this;
    return {
      source: topology?.source,
      lastSuccessAgeMs: lastSuccessAt === undefined ? undefined : performance.now() - lastSuccessAt,
      consecutiveFailures,
      staleReplies,
      lengthMismatches,
    };
  }
}
