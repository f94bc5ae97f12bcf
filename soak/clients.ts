import { type ClientOptions, createClient, type MemcachedClient } from '../src/index.ts';
import type { EngineKind } from '../src/testing/index.ts';
import type { Figures } from './figures.ts';
import type { Stage } from './stage.ts';

/** Milliseconds for a call: the default. A busy machine takes its time for what is well. */
export const TIMEOUT_MS = 1_000;

/** Clients that differ in what a connection says, how many there are, and what is dialled. */
const OPTIONS: Readonly<Record<string, ClientOptions>> = {
  auto: {},
  classic: { protocol: 'classic', connectionsPerNode: 2, discovery: { connectTo: 'ip' } },
  meta: { protocol: 'meta', hashing: 'pylibmc', connectionsPerNode: 3 },
  binary: { protocol: 'binary', connectionsPerNode: 2 },
};

/**
 * Connection objects that all clients together may hold to so many nodes. The stack of an error keeps the
 * connection that it came from, and each client keeps the last one of each node and of discovery.
 */
export function mostConnections(nodes: number): number {
  return Object.values(OPTIONS).reduce(
    (sum, { connectionsPerNode = 1 }) => sum + nodes * (connectionsPerNode + 1) + 1,
    0,
  );
}

/** @param engine the embedded server speaks text alone. */
export function openClients(
  stage: Stage,
  engine: EngineKind,
  figures: Figures,
): ReadonlyMap<string, MemcachedClient> {
  const { cluster } = stage;
  return new Map(
    Object.entries(OPTIONS)
      .filter(([, { protocol }]) => engine === 'memcached' || protocol !== 'binary')
      .map(([name, options]) => {
        const client = createClient(
          { configurationEndpoint: cluster.configurationEndpoint },
          {
            lookup: cluster.lookup,
            requestTimeoutMs: TIMEOUT_MS,
            connectTimeoutMs: TIMEOUT_MS,
            ...options,
            discovery: { intervalMs: 1_000, timeoutMs: 1_000, ...options.discovery },
          },
        );
        client.on('topology', () => {
          figures.topologyChanges++;
        });
        return [name, client] as const;
      }),
  );
}

/** Counts connections, also of nodes that leave: to be called now and then. */
export class ConnectionCount {
  readonly #figures: Figures;
  readonly #clients: readonly MemcachedClient[];
  readonly #last = new Map<string, number>();

  constructor(figures: Figures, clients: readonly MemcachedClient[]) {
    this.#figures = figures;
    this.#clients = clients;
  }

  take(): void {
    for (const [i, client] of this.#clients.entries()) {
      for (const { connectionsOpened, id } of client.snapshot().nodes) {
        const key = `${i} ${id}`;
        const before = this.#last.get(key) ?? 0;
        // A node that left and came back counts from 0 again.
        this.#figures.connectionsOpened += connectionsOpened - (connectionsOpened < before ? 0 : before);
        this.#last.set(key, connectionsOpened);
      }
    }
  }
}
