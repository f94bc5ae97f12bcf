/**
 * One memcached process as the client sees it. All commands to it pass through {@link Node.execute}.
 */
import { spread } from '../common/backoff.ts';
import type { LatencySnapshot } from '../common/latency-histogram.ts';
import type { Connection, ConnectionOwner } from '../connection/connection.ts';
import { ConnectionCounters } from '../connection/connection-counters.ts';
import type { ConnectionOptions } from '../connection/connection-options.ts';
import type { Slot } from '../connection/slot.ts';
import { ConnectionError, type MemfleetError, NodeDownError, TimeoutError } from '../errors.ts';
import { dialOptions } from './dial.ts';
import type { Endpoint } from './endpoint.ts';
import { type Health, type HealthEvent, isDown, nextHealth, UP } from './health.ts';
import type { NodeOptions } from './node-options.ts';
import { Pool } from './pool.ts';

/** Told when a node is marked down and when it is back. */
export interface NodeObserver {
  nodeDown(node: Node, cause: MemfleetError): void;
  nodeUp(node: Node): void;
}

/** Wait for the first probe of a node that went down, and the longest between probes. */
const PROBE_BASE_MS = 500;
const PROBE_MAX_MS = 30_000;
/** A connection that lived less than this without one reply says that the node is not well. */
const SHORT_LIFE_MS = 5_000;

export class Node implements ConnectionOwner {
  readonly endpoint: Endpoint;
  readonly counters: ConnectionCounters = new ConnectionCounters();
  readonly #options: NodeOptions;
  readonly #observer: NodeObserver;
  readonly #pool: Pool;
  readonly #openedAt = new Map<Connection, number>();
  #address: string | undefined;
  #dialect: 'meta' | 'classic' | undefined;
  #health: Health = UP;
  #lostInARow = 0;
  #flaps = 0;
  #repliesWhenUp = 0;
  #repliesWhenSuspected = 0;
  #probeTimer: NodeJS.Timeout | undefined;
  #closed: MemfleetError | undefined;
  #onDrained: (() => void) | undefined;
  readonly #draining = new Set<Connection>();
  readonly #waiters: ((error: MemfleetError | undefined) => void)[] = [];

  /** @param address the IP that discovery gave for the name, if any. */
  constructor(endpoint: Endpoint, address: string | undefined, options: NodeOptions, observer: NodeObserver) {
    this.endpoint = endpoint;
    this.#address = address;
    this.#options = options;
    this.#observer = observer;
    this.#pool = new Pool(options.connectionsPerNode, this, this.counters, () => this.connectionOptions());
  }

  get id(): string {
    return this.endpoint.id;
  }

  /** The dialect its latest connection speaks; undefined before the first. */
  get dialect(): 'meta' | 'classic' | undefined {
    return this.#dialect;
  }

  get health(): Health {
    // A reply clears a suspicion. It does so here, when somebody looks, and costs the reply nothing.
    if (this.#health.kind === 'suspect' && this.counters.replies > this.#repliesWhenSuspected) {
      this.#become({ kind: 'reply' });
    }
    return this.#health;
  }

  /** Takes a slot: sends it, or fails it at once where the node is down or gone. */
  execute(slot: Slot): void {
    if (this.#closed !== undefined) {
      slot.fail(this.#closed.concerning(slot.details(this.id)));
      return;
    }
    const health = this.#health;
    if (health.kind !== 'up' && isDown(health) && !this.#hasReady()) {
      slot.fail(
        new NodeDownError(
          `Node is marked down: ${health.cause.message}`,
          slot.details(this.id, health.cause),
        ),
      );
      return;
    }
    this.#pool.acquire().enqueue(slot);
  }

  /** Resolves once a connection is ready; rejects with why none could be opened. */
  connect(): Promise<void> {
    if (this.#hasReady()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiters.push((error) => (error === undefined ? resolve() : reject(error)));
      if (this.#pool.connections.length === 0) this.#pool.open();
    });
  }

  /** The name has another address now: new dials go there, and what is connected to the old one drains. */
  moveTo(address: string | undefined): void {
    if (address === this.#address) return;
    this.#address = address;
    const connections = this.#pool.connections;
    // What was not sent yet need not wait for the old address.
    const unsent = connections.flatMap((connection) => connection.takeUnsent());
    for (const connection of connections) this.#retire(connection);
    // Whatever was wrong with the old address says nothing of the new one: ask it now.
    if (isDown(this.#health)) this.#probe();
    else if (connections.length > 0) this.#pool.open();
    for (const slot of unsent) this.execute(slot);
  }

  /**
   * Takes no more commands. What is in flight may finish within `graceMs`; what was not sent yet is
   * given back.
   */
  drain(error: MemfleetError, graceMs: number): { unsent: Slot[]; closed: Promise<void> } {
    const unsent = this.#pool.connections.flatMap((connection) => connection.takeUnsent());
    return { unsent, closed: this.finish(error, graceMs) };
  }

  /** Takes no more commands; resolves once those it has are answered, within `graceMs`. */
  finish(error: MemfleetError, graceMs: number): Promise<void> {
    this.#closed = error;
    clearTimeout(this.#probeTimer);
    for (const connection of this.#pool.connections) this.#retire(connection);
    if (this.#draining.size === 0) return Promise.resolve();
    return new Promise<void>((resolve) => {
      // Those alone: where the node was readmitted meanwhile, it has others.
      const timer = setTimeout(() => this.#destroyAll([...this.#draining], error), graceMs);
      this.#onDrained = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Takes commands again after {@link drain}: the node came back before it was gone. */
  readmit(): void {
    this.#closed = undefined;
    if (isDown(this.#health)) this.#probe();
  }

  /** Closes everything at once; what waits fails with `error`. */
  destroy(error: MemfleetError): void {
    this.#closed ??= error;
    clearTimeout(this.#probeTimer);
    this.#destroyAll([...this.#pool.connections, ...this.#draining], error);
  }

  snapshot(): NodeSnapshot {
    const { counters } = this;
    const connections = this.#pool.connections;
    return {
      id: this.id,
      ...(this.#address === undefined ? {} : { address: this.#address }),
      health: this.health.kind,
      connections: connections.length,
      version: connections.find((connection) => connection.wasReady)?.version,
      pending: connections.reduce((sum, connection) => sum + connection.pending, 0),
      queuedBytes: connections.reduce((sum, connection) => sum + connection.queuedBytes, 0),
      connectionsOpened: counters.opened,
      connectionsClosed: counters.closed,
      replies: counters.replies,
      timeouts: counters.timedOut,
      bytesRead: counters.bytesRead,
      latency: counters.latency.snapshot(),
    };
  }

  // ---- ConnectionOwner

  connectionReady(connection: Connection): void {
    this.#openedAt.set(connection, performance.now());
    this.#dialect = connection.dialect;
    for (const settle of this.#waiters.splice(0)) settle(undefined);
    if (!isDown(this.#health)) return;
    this.#repliesWhenUp = this.counters.replies;
    this.#become({ kind: 'probeSucceeded' });
    this.#observer.nodeUp(this);
  }

  connectionTimedOut(connection: Connection): void {
    const cause = new TimeoutError('request', this.#options.requestTimeoutMs, { node: this.id });
    const failures = this.counters.timeoutsInARow;
    this.#become({ kind: 'soft', failures, cause });
    // Its late replies would still be matched to their slots; but a stream that answers nothing is
    // not worth waiting for, and what queues behind it should fail now rather than one by one.
    if (isDown(this.#health)) connection.destroy(cause);
  }

  connectionClosed(connection: Connection, error: MemfleetError | undefined, unsent: Slot[]): void {
    const openedAt = this.#openedAt.get(connection);
    this.#openedAt.delete(connection);
    this.#pool.remove(connection);
    if (this.#draining.delete(connection)) {
      for (const slot of unsent) this.execute(slot);
      if (this.#draining.size === 0) this.#onDrained?.();
      return;
    }
    if (this.#closed !== undefined) {
      for (const slot of unsent) slot.fail(this.#closed.concerning(slot.details(this.id)));
      return;
    }
    const cause = error ?? new ConnectionError('Connection was closed', { node: this.id });
    if (openedAt === undefined) this.#dialFailed(cause, unsent);
    else this.#connectionLost(cause, unsent, performance.now() - openedAt);
  }

  // ---- failures

  #dialFailed(cause: MemfleetError, unsent: Slot[]): void {
    for (const settle of this.#waiters.splice(0)) settle(cause);
    // Connections that live keep serving: only new dials fail.
    if (this.#hasReady()) {
      for (const slot of unsent) this.execute(slot);
      return;
    }
    this.#become({ kind: 'hard', cause });
    for (const slot of unsent) slot.fail(cause.concerning(slot.details(this.id, cause)));
  }

  #connectionLost(cause: MemfleetError, unsent: Slot[], lifeMs: number): void {
    if (this.counters.replies > this.#repliesWhenUp) {
      this.#flaps = 0;
      this.#lostInARow = 0;
    } else if (lifeMs >= SHORT_LIFE_MS) this.#lostInARow = 0;
    this.#repliesWhenUp = this.counters.replies;
    this.#lostInARow++;
    if (!isDown(this.#health)) this.#become({ kind: 'soft', failures: this.#lostInARow, cause });
    for (const slot of unsent) this.execute(slot);
    // At once, and not with the next command: a node that died is then known to have, and its
    // clients told, before anybody has to wait for it.
    if (!isDown(this.#health) && this.#pool.connections.length === 0) this.#pool.open();
  }

  #become(event: HealthEvent): void {
    const before = this.#health;
    this.#health = nextHealth(before, event, this.#flaps);
    if (this.#health.kind === 'suspect') this.#repliesWhenSuspected = this.counters.replies;
    if (this.#health.kind !== 'down' || this.#closed !== undefined) return;
    if (!isDown(before)) {
      this.#flaps++;
      this.#observer.nodeDown(this, this.#health.cause);
    }
    this.#scheduleProbe(this.#health.attempt);
  }

  #scheduleProbe(attempt: number): void {
    clearTimeout(this.#probeTimer);
    const delay = Math.min(PROBE_MAX_MS, PROBE_BASE_MS * 2 ** Math.min(attempt, 16));
    this.#probeTimer = setTimeout(() => this.#probe(), spread(delay, 0.95, 1.5));
    this.#probeTimer.unref();
  }

  /** The handshake of a new connection is the probe; see connectionReady and #dialFailed. */
  #probe(): void {
    clearTimeout(this.#probeTimer);
    this.#become({ kind: 'probe' });
    if (this.#pool.connections.length === 0) this.#pool.open();
  }

  // ---- connections

  #hasReady(): boolean {
    return this.#pool.connections.some((connection) => connection.state === 'ready');
  }

  #retire(connection: Connection): void {
    this.#pool.remove(connection);
    this.#draining.add(connection);
    connection.drain();
  }

  #destroyAll(connections: readonly Connection[], error: MemfleetError): void {
    for (const connection of connections) connection.destroy(error);
    for (const settle of this.#waiters.splice(0)) settle(error);
  }

  /** What a connection to this node needs; also for one that asks it about its cluster. */
  connectionOptions(): ConnectionOptions {
    return dialOptions(this.endpoint, this.#address, this.#options);
  }
}

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
  readonly connectionsOpened: number;
  readonly connectionsClosed: number;
  readonly replies: number;
  readonly timeouts: number;
  readonly bytesRead: number;
  readonly latency: LatencySnapshot;
}
