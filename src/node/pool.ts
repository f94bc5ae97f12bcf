/**
 * The connections to one node: opened when needed, one dial at a time, the least busy one given out.
 *
 * They grow from one to their number step by step, a further one only where all that are open are
 * ready: a node that is back, or takes no more, must not meet a storm of dials.
 */

import { spread } from '../common/backoff.ts';
import { Connection, type ConnectionOwner } from '../connection/connection.ts';
import type { ConnectionCounters } from '../connection/connection-counters.ts';
import type { ConnectionOptions } from '../connection/connection-options.ts';
import { probeDelayMs } from './health.ts';

export class Pool {
  readonly #size: number;
  readonly #owner: ConnectionOwner;
  readonly #counters: ConnectionCounters;
  readonly #connectionOptions: () => ConnectionOptions;
  #connections: readonly Connection[] = [];
  /** Further connections in a row that could not be had, and when the next may be tried. */
  #refusals = 0;
  #growAt = Number.NEGATIVE_INFINITY;
  /** The only one there may be. */
  #sole: Connection | undefined;

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

  get hasReady(): boolean {
    return this.#connections.some((connection) => connection.state === 'ready');
  }

  /**
   * A connection to send on. One that is still connecting is given out only where none is ready: slots
   * wait in it.
   */
  acquire(): Connection {
    const first = this.#connections[0];
    if (first === undefined) return this.open();
    return this.#size === 1 ? first : this.#leastBusy(first);
  }

  open(): Connection {
    const connection = new Connection(this.#connectionOptions(), this.#owner, this.#counters);
    this.#connections = [...this.#connections, connection];
    return connection;
  }

  /** Forgets a connection that closed or is to take nothing more. */
  remove(connection: Connection): void {
    this.#connections = this.#connections.filter((other) => other !== connection);
    this.releaseSole(connection);
  }

  /** None is opened beside this one, as long as it must go first. */
  keepSole(connection: Connection): void {
    this.#sole = connection;
  }

  /** Others may be opened beside it again. */
  releaseSole(connection: Connection): void {
    if (this.#sole === connection) this.#sole = undefined;
  }

  /** A connection beside others could not be had: makes do with those, and tries again later. */
  refused(): void {
    const now = performance.now();
    this.#growAt = now + spread(probeDelayMs(this.#refusals++, [], now), 0.95, 1.5);
  }

  /** Connections hold: the next refusal counts as the first. */
  held(): void {
    this.#refusals = 0;
  }

  #leastBusy(first: Connection): Connection {
    const connections = this.#connections;
    let best = first;
    let ready = 0;
    for (const connection of connections) {
      if (connection.state !== 'ready') continue;
      if (ready++ === 0 || connection.pending < best.pending) best = connection;
    }
    const wantsMore = best.pending > 0 && connections.length < this.#size && this.#sole === undefined;
    if (wantsMore && ready === connections.length && performance.now() >= this.#growAt) this.open();
    return best;
  }
}
