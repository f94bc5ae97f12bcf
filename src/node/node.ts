/**
 * One memcached process as the client sees it. All commands to it pass through {@link Node.execute}.
 */
import type { Connection, ConnectionOwner } from '../connection/connection.ts';
import { ConnectionCounters } from '../connection/connection-counters.ts';
import type { ConnectionOptions } from '../connection/connection-options.ts';
import type { Slot } from '../connection/slot.ts';
import {
  ConnectionError,
  ConnectionLimitError,
  type MemfleetError,
  NodeDownError,
  TimeoutError,
} from '../errors.ts';
import type { Command } from '../protocol/command.ts';
import type { WireProtocol } from '../protocol/wire-protocol.ts';
import { dialOptions } from './dial.ts';
import type { Endpoint } from './endpoint.ts';
import { type Health, type HealthEvent, isDown, nextHealth, UP } from './health.ts';
import { Journal, type KeyedCommand, removes } from './journal.ts';
import { NodeLookup } from './node-lookup.ts';
import type { NodeOptions } from './node-options.ts';
import { type NodeSnapshot, snapshotOf } from './node-snapshot.ts';
import { Pool } from './pool.ts';
import { ProbeTimer } from './probe-timer.ts';
import { Replay } from './replay.ts';

/** Told when a node is marked down and when it is back, and of what may be signs that it was replaced. */
export interface NodeObserver {
  nodeDown(node: Node, cause: MemfleetError): void;
  nodeUp(node: Node): void;
  /** It could not be connected, or its name is gone. */
  dialFailed(node: Node): void;
  /** A connection that was ready is lost. */
  connectionLost(node: Node, cause: MemfleetError): void;
  /** A failure that no call reports. */
  report(error: Error): void;
  /** Whether so many nodes look down that it may be us: then calls ask whether theirs is back. */
  readonly suspectsItself: boolean;
}

/** A connection that lived less than this without one reply says that the node is not well. */
const SHORT_LIFE_MS = 5_000;

export class Node implements ConnectionOwner {
  readonly endpoint: Endpoint;
  readonly counters: ConnectionCounters = new ConnectionCounters();
  readonly #options: NodeOptions;
  readonly #observer: NodeObserver;
  readonly #pool: Pool;
  readonly #lookup: NodeLookup;
  readonly #openedAt = new Map<Connection, number>();
  #address: string | undefined;
  #dialect: WireProtocol['name'] | undefined;
  #health: Health = UP;
  #lostInARow = 0;
  #flaps = 0;
  #repliesWhenUp = 0;
  #repliesWhenSuspected = 0;
  #journal: Journal = this.#newJournal();
  readonly #probes = new ProbeTimer((asked) => this.#probe(asked));
  /** The connection that asks a node that is down whether it is back. */
  #prober: Connection | undefined;
  /** Whether it was opened out of turn. */
  #asked = false;
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
    this.#lookup = new NodeLookup(options.lookup, options.connectTimeoutMs / 2, () =>
      observer.dialFailed(this),
    );
    this.#pool = new Pool(options.connectionsPerNode, this, this.counters, () => this.connectionOptions());
  }

  get id(): string {
    return this.endpoint.id;
  }

  /** The dialect its latest connection speaks; undefined before the first. */
  get dialect(): WireProtocol['name'] | undefined {
    return this.#dialect;
  }

  get health(): Health {
    // A reply clears a suspicion. It does so here, when somebody looks, and costs the reply nothing.
    if (this.#health.kind === 'suspect' && this.counters.replies > this.#repliesWhenSuspected) {
      this.#become({ kind: 'reply' });
      this.#journal.forgetIfAnswered(this.counters.replies);
    }
    return this.#health;
  }

  get isDown(): boolean {
    return isDown(this.#health);
  }

  /** Takes a slot: sends it, or fails it at once where the node is down or gone. */
  execute(slot: Slot): void {
    if (this.#closed !== undefined) {
      slot.fail(this.#closed.concerning(slot.details(this.id)));
      return;
    }
    const health = this.#health;
    if (health.kind !== 'up' && isDown(health)) this.#refuse(slot, health.cause);
    else this.#pool.acquire().enqueue(slot);
  }

  /** A stand-in is sent this write: the copy that is here must not be served any more. */
  writtenElsewhere(command: KeyedCommand): void {
    if (this.#closed === undefined) this.#journal.record(command, this.counters.replies);
  }

  /** Asks whether a node that is down is back, as soon as may be, and not at the time of the next probe. */
  probeSoon(): void {
    if (this.#closed === undefined && this.#health.kind === 'down') this.#probes.ask();
  }

  /** Resolves once a connection is ready; rejects with why none could be opened. */
  connect(): Promise<void> {
    if (this.#pool.hasReady) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiters.push((error) => (error === undefined ? resolve() : reject(error)));
      if (this.#pool.connections.length === 0) this.#pool.open();
    });
  }

  /** The name has another address now: new dials go there, and what is connected to the old one drains. */
  moveTo(address: string | undefined): void {
    if (address === this.#address) return;
    this.#address = address;
    // What replaced the node holds none of its values.
    this.#journal = this.#newJournal();
    const connections = this.#pool.connections;
    // What was not sent yet need not wait for the old address.
    const unsent = connections.flatMap((connection) => connection.takeUnsent());
    for (const connection of connections) this.#retire(connection);
    // Whatever was wrong with the old address says nothing of the new one: ask it now.
    if (isDown(this.#health)) this.#probe(false);
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
    this.#journal = this.#newJournal();
    this.#probes.stop();
    for (const connection of this.#pool.connections) this.#retire(connection);
    if (this.#draining.size === 0) return Promise.resolve();
    // Those alone: where the node was readmitted meanwhile, it has others.
    const connections = [...this.#draining];
    // Whoever closes the client does not wait for the one who removed the node, nor the other way round.
    const drainedBefore = this.#onDrained;
    return new Promise<void>((resolve) => {
      const timer = setTimeout(() => this.#destroyAll(connections, error), graceMs);
      this.#onDrained = () => {
        clearTimeout(timer);
        drainedBefore?.();
        resolve();
      };
    });
  }

  /** Takes commands again after {@link drain}: the node came back before it was gone. */
  readmit(): void {
    this.#closed = undefined;
    if (isDown(this.#health)) this.#probe(false);
  }

  /** Closes everything at once; what waits fails with `error`. */
  destroy(error: MemfleetError): void {
    this.#closed ??= error;
    this.#probes.stop();
    this.#destroyAll([...this.#pool.connections, ...this.#draining], error);
  }

  snapshot(): NodeSnapshot {
    return snapshotOf({
      id: this.id,
      address: this.#address,
      health: this.health,
      connections: this.#pool.connections,
      journaledKeys: this.#journal.size,
      counters: this.counters,
    });
  }

  // ---- ConnectionOwner

  connectionReady(connection: Connection): void {
    this.#openedAt.set(connection, performance.now());
    this.#dialect = connection.dialect;
    for (const settle of this.#waiters.splice(0)) settle(undefined);
    if (connection !== this.#prober) return;
    this.#pool.keepSole(connection);
    Replay.start({
      journal: this.#journal,
      connection,
      node: this.#options,
      onDone: () => this.#revive(connection),
      onSettled: () => this.#pool.releaseSole(connection),
      onFailed: (error) => this.#replayFailed(connection, error as MemfleetError),
    });
  }

  connectionTimedOut(connection: Connection): void {
    const cause = new TimeoutError('request', this.#options.requestTimeoutMs, { node: this.id });
    // Nobody is sent there any more, and its silence says nothing of those that are used.
    if (this.#draining.has(connection)) connection.destroy(cause);
    else this.#become({ kind: 'soft', failures: this.counters.timeoutsInARow, cause });
  }

  commandUnanswered(connection: Connection, command: Command): void {
    if (!this.#draining.has(connection)) this.#recordIfRemoval(command);
  }

  connectionClosed(connection: Connection, error: MemfleetError | undefined, unsent: Slot[]): void {
    const openedAt = this.#openedAt.get(connection);
    this.#openedAt.delete(connection);
    this.#pool.remove(connection);
    if (this.#draining.delete(connection)) {
      for (const slot of unsent) this.execute(slot);
      if (this.#draining.size === 0) this.#drained();
      return;
    }
    if (this.#closed !== undefined) {
      for (const slot of unsent) slot.fail(this.#closed.concerning(slot.details(this.id)));
      return;
    }
    const cause = error ?? new ConnectionError('Connection was closed', { node: this.id });
    if (isDown(this.#health)) this.#closedWhileDown(connection, cause, unsent);
    else if (openedAt === undefined) this.#dialFailed(cause, unsent);
    else this.#connectionLost(cause, unsent, performance.now() - openedAt);
  }

  // ---- failures

  #refuse(slot: Slot, cause: MemfleetError): void {
    this.#recordIfRemoval(slot.command);
    if (this.#observer.suspectsItself) this.probeSoon();
    slot.refuse(new NodeDownError(`Node is marked down: ${cause.message}`, slot.details(this.id, cause)));
  }

  #dialFailed(cause: MemfleetError, unsent: Slot[]): void {
    this.#observer.dialFailed(this);
    for (const settle of this.#waiters.splice(0)) settle(cause);
    // Connections that live keep serving: only new dials fail.
    if (this.#pool.hasReady) {
      this.#pool.refused();
      this.#observer.report(cause);
      for (const slot of unsent) this.execute(slot);
      return;
    }
    this.#forgiveIfServed();
    // It lives, and may have a place for us with the next dial.
    if (cause instanceof ConnectionLimitError)
      this.#become({ kind: 'soft', failures: ++this.#lostInARow, cause });
    else this.#become({ kind: 'hard', cause });
    for (const slot of unsent) {
      this.#recordIfRemoval(slot.command);
      slot.refuse(cause.concerning(slot.details(this.id, cause)));
    }
  }

  #connectionLost(cause: MemfleetError, unsent: Slot[], lifeMs: number): void {
    this.#observer.connectionLost(this, cause);
    const shortLived = lifeMs < SHORT_LIFE_MS;
    if (!this.#forgiveIfServed() && !shortLived) this.#lostInARow = 0;
    this.#lostInARow++;
    if (!shortLived) this.#pool.held();
    else if (this.#pool.hasReady) this.#pool.refused();
    const failures = Math.max(this.#lostInARow, this.counters.timeoutsInARow);
    this.#become({ kind: 'soft', failures, cause });
    for (const slot of unsent) this.execute(slot);
    // At once, and not with the next command: a node that died is then known to have, and its
    // clients told, before anybody has to wait for it.
    if (!isDown(this.#health) && this.#pool.connections.length === 0) this.#pool.open();
  }

  /** The connection of a probe; or one of those that were closed because the node is down. */
  #closedWhileDown(connection: Connection, cause: MemfleetError, unsent: Slot[]): void {
    for (const settle of this.#waiters.splice(0)) settle(cause);
    if (connection === this.#prober) {
      this.#prober = undefined;
      this.#become({ kind: 'hard', cause, asked: this.#asked });
    }
    for (const slot of unsent) this.execute(slot);
  }

  /** Whether it replied since this was last asked: what went wrong before that does not count any more. */
  #forgiveIfServed(): boolean {
    if (this.counters.replies === this.#repliesWhenUp) return false;
    this.#repliesWhenUp = this.counters.replies;
    this.#flaps = 0;
    this.#lostInARow = 0;
    return true;
  }

  #become(event: HealthEvent): void {
    const before = this.#health;
    this.#health = nextHealth(before, event, this.#flaps);
    if (this.#health.kind === 'suspect') this.#repliesWhenSuspected = this.counters.replies;
    if (this.#health.kind !== 'down' || this.#closed !== undefined) return;
    const { attempt, cause } = this.#health;
    this.#probes.schedule(attempt, cause);
    if (isDown(before)) return;
    this.#flaps++;
    this.#journal.forgetIfAnswered(this.counters.replies);
    this.#observer.nodeDown(this, cause);
    // What waits in the others would find out one by one.
    for (const connection of this.#pool.connections) connection.destroy(cause);
  }

  // ---- coming back

  /** All that the node had missed is made up for. */
  #revive(connection: Connection): void {
    if (!this.#pool.connections.includes(connection)) return;
    this.#probes.revived();
    this.#repliesWhenUp = this.counters.replies;
    this.#prober = undefined;
    this.#pool.held();
    this.#become({ kind: 'probeSucceeded' });
    this.#observer.nodeUp(this);
  }

  /** The node would serve what was deleted. */
  #replayFailed(connection: Connection, error: MemfleetError): void {
    if (!this.#pool.connections.includes(connection)) return;
    if (isDown(this.#health)) connection.destroy(error);
    else this.#become({ kind: 'hard', cause: error });
  }

  #recordIfRemoval(command: Command): void {
    if (this.#closed !== undefined || !removes(command)) return;
    const { replies } = this.counters;
    if (!isDown(this.#health)) this.#journal.forgetIfAnswered(replies);
    this.#journal.record(command, replies);
  }

  #newJournal(): Journal {
    return new Journal((count) => {
      const message = `More keys were written than are kept for a node that is down: it may serve ${count} old values when it is back`;
      this.#observer.report(new NodeDownError(message, { node: this.id }));
    });
  }

  /** The handshake of a new connection is the probe; see connectionReady and #closedWhileDown. */
  #probe(asked: boolean): void {
    this.#probes.started();
    this.#asked = asked;
    this.#become({ kind: 'probe' });
    this.#prober = this.#pool.open();
  }

  // ---- connections

  #retire(connection: Connection): void {
    this.#pool.remove(connection);
    this.#draining.add(connection);
    connection.drain();
  }

  #drained(): void {
    const told = this.#onDrained;
    this.#onDrained = undefined;
    told?.();
  }

  #destroyAll(connections: readonly Connection[], error: MemfleetError): void {
    for (const connection of connections) connection.destroy(error);
    for (const settle of this.#waiters.splice(0)) settle(error);
  }

  /** What a connection to this node needs; also for one that asks it about its cluster. */
  connectionOptions(): ConnectionOptions {
    return dialOptions(this.endpoint, this.#address, this.#options, this.#lookup.orElse(this.#address));
  }
}
