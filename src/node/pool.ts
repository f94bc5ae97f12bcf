/**
 * The connections to one node: opened when needed, one dial at a time a place, the least busy one
 * given out.
 */
import { Connection, type ConnectionOwner } from '../connection/connection.ts';
import type { ConnectionCounters } from '../connection/connection-counters.ts';
import type { ConnectionOptions } from '../connection/connection-options.ts';

export class Pool {
  readonly #size: number;
  readonly #owner: ConnectionOwner;
  readonly #counters: ConnectionCounters;
  readonly #connectionOptions: () => ConnectionOptions;
  #connections: readonly Connection[] = [];
  /** Until when, in monotonic milliseconds, no connection is opened beside others. */
  #restsUntil = Number.NEGATIVE_INFINITY;

  constructor(
    size: number,
    owner: ConnectionOwner,
    counters: ConnectionCounters,
    connectionOptions: () => ConnectionOptions,
  ) {
    this.#size = size;
    this.#owner = owner;
    this.#counters = counters;
    this.#connectionOptions = connectionOptions;
  }

  get connections(): readonly Connection[] {
    return this.#connections;
  }

  /**
   * A connection to send on, which may still be connecting: slots wait in it. Another is opened only
   * where every one has something to do and there is room for one more.
   */
  acquire(): Connection {
    const connections = this.#connections;
    let best = connections[0];
    if (best === undefined) return this.open();
    if (this.#size === 1) return best;
    for (const connection of connections) {
      if (connection.pending < best.pending) best = connection;
    }
    const wanted = best.pending > 0 && connections.length < this.#size;
    return wanted && performance.now() >= this.#restsUntil ? this.open() : best;
  }

  /** Makes do with the connections there are: another could not be opened, and each command would try anew. */
  rest(ms: number): void {
    this.#restsUntil = performance.now() + ms;
  }

  open(): Connection {
    const connection = new Connection(this.#connectionOptions(), this.#owner, this.#counters);
    this.#connections = [...this.#connections, connection];
    return connection;
  }

  /** Forgets a connection that closed or is to take nothing more. */
  remove(connection: Connection): void {
    this.#connections = this.#connections.filter((other) => other !== connection);
  }
}
