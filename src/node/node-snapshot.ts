import type { LatencySnapshot } from '../common/latency-histogram.ts';
import type { Connection } from '../connection/connection.ts';
import type { ConnectionCounters } from '../connection/connection-counters.ts';
import type { Health } from './health.ts';

/** What a node has done so far, and how it is; counters since the client was made. */
export interface NodeSnapshot {
  readonly id: string;
  readonly address?: string;
  readonly health: Health['kind'];
  /** Connections open or being opened. */
  readonly connections: number;
  /** The server's version text, once known. */
  readonly version: string | undefined;
  /** Commands accepted and not answered. */
  readonly pending: number;
  /** Bytes accepted and not handed to the kernel. */
  readonly queuedBytes: number;
  /** Keys that are deleted from it before it serves again, if it is down. */
  readonly journaledKeys: number;
  readonly connectionsOpened: number;
  readonly connectionsClosed: number;
  readonly replies: number;
  readonly timeouts: number;
  readonly bytesRead: number;
  readonly latency: LatencySnapshot;
}

interface NodeState {
  readonly id: string;
  readonly address: string | undefined;
  readonly health: Health;
  readonly connections: readonly Connection[];
  readonly journaledKeys: number;
  readonly counters: ConnectionCounters;
}

export function snapshotOf(state: NodeState): NodeSnapshot {
  const { address, connections, counters, health, id, journaledKeys } = state;
  return {
    id,
    ...(address === undefined ? {} : { address }),
    health: health.kind,
    connections: connections.length,
    version: connections.find((connection) => connection.wasReady)?.version,
    pending: connections.reduce((sum, connection) => sum + connection.pending, 0),
    queuedBytes: connections.reduce((sum, connection) => sum + connection.queuedBytes, 0),
    journaledKeys,
    connectionsOpened: counters.opened,
    connectionsClosed: counters.closed,
    replies: counters.replies,
    timeouts: counters.timedOut,
    bytesRead: counters.bytesRead,
    latency: counters.latency.snapshot(),
  };
}
