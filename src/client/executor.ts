/**
 * From a command to its reply: finds the owner of the key, makes the slot, and decides what becomes
 * of failures. Every command of a client passes through here.
 */
import { MAX_TIMER_MS } from '../common/max-timer.ts';
import { type Operation, Slot, type SlotOwner } from '../connection/slot.ts';
import { ClientInputError, ClosedError, DiscoveryError, NodeRemovedError, NoNodesError } from '../errors.ts';
import type { Node } from '../node/node.ts';
import type { Command } from '../protocol/command.ts';
import type { WireProtocol } from '../protocol/wire-protocol.ts';
import type { Fleet, Routing } from '../topology/fleet.ts';
import type { Placement } from '../topology/stand-ins.ts';
import { onAbort } from './abort.ts';
import type { CallOptions } from './client-options.ts';
import { type Failover, mayBeRepeated, routedKey } from './failover.ts';
import type { Key } from './key-encoder.ts';
import { type Call, type CallRules, type Rest, Sequencer } from './sequencer.ts';

export interface ExecutorOptions {
  readonly requestTimeoutMs: number;
  readonly onError: 'throw' | 'miss';
  /** Undefined where commands of a node that is down fail. */
  readonly failover: Failover | undefined;
  /** Told of failures that were turned into misses. */
  readonly onSilencedError: (error: Error) => void;
}

let capturedResolve: (value: unknown) => void;
// One executor for all promises: a closure a call is measurable at 64 callers.
const capture = (resolve: (value: unknown) => void): void => {
  capturedResolve = resolve;
};

export class Executor implements SlotOwner, CallRules {
  readonly #fleet: Fleet;
  readonly #options: ExecutorOptions;
  /** Callers waiting for the first topology. */
  readonly #waiting = new Set<(error: Error | undefined) => void>();
  #lastDiscoveryError: Error | undefined;
  #final: Error | undefined;
  /** Whether calls may not be sent at once: the client is closed, or a key has a call of several steps. */
  #guarded = false;
  readonly sequencer: Sequencer = new Sequencer(this, () => {
    this.#guarded = this.#final !== undefined;
  });

  constructor(fleet: Fleet, options: ExecutorOptions) {
    this.#fleet = fleet;
    this.#options = options;
  }

  /** @throws ClientInputError: NaN would never pass, and a negative one already has. */
  timeoutOf(options: CallOptions | undefined): number {
    const timeoutMs = options?.timeoutMs;
    if (timeoutMs === undefined) return this.#options.requestTimeoutMs;
    if (typeof timeoutMs === 'number' && timeoutMs > 0) return timeoutMs;
    throw new ClientInputError('timeoutMs must be a number of milliseconds above 0');
  }

  /** Undefined before the first topology. */
  get routing(): Routing | undefined {
    return this.#fleet.routing;
  }

  /** What the owner of a key speaks; undefined where it is not known yet. */
  dialectOf(routed: string): WireProtocol['name'] | undefined {
    const routing = this.#fleet.routing;
    return routing?.nodes[routing.locate(routed)]?.dialect;
  }

  /** Whether the owner of a key is down, and others have its keys meanwhile. */
  isStoodIn(routed: string): boolean {
    const routing = this.#fleet.routing;
    if (routing === undefined || this.#options.failover === undefined) return false;
    return this.standInsFor(routing.nodes[routing.locate(routed)] as Node) !== undefined;
  }

  /** Sends a command to the owner of its key; `routed` is the key's own bytes. */
  send(
    command: Command,
    operation: Operation,
    key: Key,
    routed: string,
    options: CallOptions | undefined,
  ): Promise<unknown> {
    const routing = this.#fleet.routing;
    if (routing === undefined || this.#guarded) {
      const call = { name: operation.name, miss: operation.miss, key };
      return this.whenFree([routed], call, options, (rest) =>
        this.sendInTurn(command, operation, key, routed, rest),
      );
    }
    return this.#dispatch(routing.nodes[routing.locate(routed)] as Node, command, operation, key, options);
  }

  /** A step of a call that has its turn, or on a key that nobody else knows; also while the client closes. */
  sendInTurn(
    command: Command,
    operation: Operation,
    key: Key,
    routed: string,
    options: CallOptions | undefined,
  ): Promise<unknown> {
    const { locate, nodes } = requireRouting(this.#fleet.routing);
    return this.#dispatch(nodes[locate(routed)] as Node, command, operation, key, options);
  }

  /**
   * Makes a call that is prepared before it is sent; none on its key that is made later is sent before. What it
   * sends goes by {@link sendInTurn}. See {@link Sequencer.take}.
   */
  inTurn<P, T>(
    routed: string,
    call: Call,
    options: CallOptions | undefined,
    prepare: (rest: Rest, before: Promise<unknown>) => Promise<P>,
    send: (prepared: P, rest: Rest) => Promise<T>,
  ): Promise<T> {
    if (this.#final !== undefined) return Promise.reject(this.#final);
    const whenRouted = async (rest: Rest, before: Promise<unknown>): Promise<P> => {
      const { signal, timeoutMs } = rest();
      if (this.#fleet.routing === undefined) await this.ready(timeoutMs as number, signal);
      return prepare(rest, before);
    };
    const taken = this.sequencer.take(routed, call, options, whenRouted, send);
    this.#guarded = true;
    return taken;
  }

  /**
   * Makes a call once there is a topology, and what was called before on its keys is sent.
   *
   * @param routed `'all'`: it is about all keys.
   */
  whenFree<T>(
    routed: readonly string[] | 'all',
    call: Call,
    options: CallOptions | undefined,
    send: (options: CallOptions) => Promise<T>,
  ): Promise<T> {
    const waits = this.#guarded && this.#final === undefined;
    // What was called before may have had less time, and have given up on a topology.
    const whenRouted = (rest: CallOptions): Promise<T> =>
      this.#fleet.routing === undefined ? this.whenReady(call.miss, rest, send) : send(rest);
    const waiting = waits ? this.sequencer.after(routed, call, options, whenRouted) : undefined;
    return waiting ?? this.whenReady(call.miss, options, send);
  }

  /** Sends a command to each node. */
  broadcast(
    command: Command,
    operation: Operation,
    options: CallOptions | undefined,
  ): Promise<Map<string, unknown>> {
    if (this.#fleet.routing === undefined || this.#guarded) {
      // What is not stored yet has to be dropped as well.
      const routed = command.kind === 'flushAll' ? 'all' : [];
      const call = { name: operation.name, miss: new Map() };
      return this.whenFree(routed, call, options, (rest) => this.#sendToEach(command, operation, rest));
    }
    return this.#sendToEach(command, operation, options);
  }

  #sendToEach(
    command: Command,
    operation: Operation,
    options: CallOptions | undefined,
  ): Promise<Map<string, unknown>> {
    const { nodes } = requireRouting(this.#fleet.routing);
    const replies = nodes.map(async (node) => {
      return [node.id, await this.#dispatch(node, command, operation, undefined, options)] as const;
    });
    return Promise.all(replies).then((pairs) => new Map(pairs));
  }

  /** Sends a slot to a node, unless its caller gives up first. */
  execute(node: Node, slot: Slot, signal: AbortSignal | undefined): void {
    if (signal !== undefined) watch(signal, slot);
    if (!slot.settled) node.execute(slot);
  }

  /** Sends a slot to whoever owns its key now. */
  slotUnsent(slot: Slot): void {
    const routing = this.#fleet.routing;
    const command = slot.command;
    if (routing === undefined || this.#final !== undefined || !('key' in command)) {
      slot.abandon(this.#final ?? new NodeRemovedError('Node left the cluster', slot.details('')));
      return;
    }
    // A stand-in that left was none: there may be another.
    if (slot.route === 'standIn') slot.route = 'again';
    slot.startAnew(performance.now());
    orAbandon(slot, () => (routing.nodes[routing.locate(routedKey(command))] as Node).execute(slot));
  }

  slotRefused(slot: Slot, error: Error): void {
    const routing = this.#fleet.routing;
    orAbandon(slot, () => {
      const diverted = routing !== undefined && this.#options.failover?.divert(slot, routing) === true;
      if (!diverted) this.settleFailed(slot, error);
    });
  }

  slotFailed(slot: Slot, error: Error): void {
    if (slot.route === 'first') {
      if (error instanceof NodeRemovedError && isIdempotent(slot.command)) {
        slot.route = 'again';
        this.slotUnsent(slot);
        return;
      }
      if (this.repeats(slot.command, error)) {
        slot.route = 'again';
        // What was read of a reply that broke off.
        slot.partial = undefined;
        // After the node has heard of it too: it may be down now.
        process.nextTick(this.#sendAgain, slot);
        return;
      }
    }
    this.settleFailed(slot, error);
  }

  readonly #sendAgain = (slot: Slot): void => {
    if (!slot.settled) this.slotUnsent(slot);
  };

  /** Whether a command that failed may be sent once more: to its owner, or to who stands in by then. */
  repeats(command: Command, error: Error): boolean {
    return this.#options.failover !== undefined && mayBeRepeated(command, error);
  }

  /** The nodes that stand in for one that is down. */
  standInsFor(home: Node): Placement | undefined {
    const routing = this.#fleet.routing;
    return routing && this.#options.failover?.standIns(home, routing);
  }

  /** Rejects, or makes it a miss where the caller chose that. */
  settleFailed(slot: Slot, error: Error): void {
    if (this.#isMiss(error)) {
      slot.succeed(slot.operation.miss);
      this.#options.onSilencedError(error);
    } else slot.abandon(error);
  }

  /** Whether an error is to be a miss; then it is told. */
  silences(error: Error): boolean {
    if (!this.#isMiss(error)) return false;
    this.#options.onSilencedError(error);
    return true;
  }

  /** Whether an error is one that the caller chose to have as a miss. */
  #isMiss(error: Error): boolean {
    return (
      this.#options.onError === 'miss' &&
      !(error instanceof ClientInputError) &&
      !(error instanceof ClosedError)
    );
  }

  // ---- the first topology

  /** Resolves once a topology is known. */
  ready(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    if (this.#final !== undefined) return Promise.reject(this.#final);
    if (this.#fleet.routing !== undefined) return Promise.resolve();
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const settle = (error: Error | undefined): void => {
        clearTimeout(timer);
        forget?.();
        this.#waiting.delete(settle);
        if (error === undefined) resolve();
        else reject(error);
      };
      const aborted = (): void => settle(signal?.reason);
      // Keeps the process alive: a promise that is waited for must settle.
      const timer = setTimeout(() => settle(this.#noTopology(timeoutMs)), Math.min(MAX_TIMER_MS, timeoutMs));
      const forget = signal === undefined ? undefined : onAbort(signal, aborted);
      this.#waiting.add(settle);
    });
  }

  /**
   * Runs a call once there is a topology, within its own time-out; at once where there is one.
   *
   * @param miss what a failure to find one is, where the caller chose failures to be misses.
   */
  async whenReady<T>(
    miss: unknown,
    options: CallOptions | undefined,
    call: (options: CallOptions) => Promise<T>,
  ): Promise<T> {
    if (this.#fleet.routing !== undefined && this.#final === undefined) return call(options ?? {});
    const startedAt = performance.now();
    try {
      await this.ready(this.timeoutOf(options), options?.signal);
    } catch (error) {
      if (options?.signal?.aborted || !this.silences(error as Error)) throw error;
      return miss as T;
    }
    return call(this.rest(options, startedAt));
  }

  /** The options of a call for what is left of its time. */
  rest<T extends CallOptions>(options: T | undefined, startedAt: number): T & CallOptions {
    const restMs = Math.round(this.timeoutOf(options) - (performance.now() - startedAt));
    return { ...(options as T), timeoutMs: Math.max(1, restMs) };
  }

  topologyKnown(): void {
    for (const settle of [...this.#waiting]) settle(undefined);
  }

  /** @param final nothing more is to be expected: waiting callers are told at once. */
  discoveryFailed(error: Error, final: boolean): void {
    this.#lastDiscoveryError = error;
    if (final && this.#fleet.routing === undefined) for (const settle of [...this.#waiting]) settle(error);
  }

  /** Every later call, and every one that waits, fails with this. */
  close(error: Error): void {
    this.#final ??= error;
    this.#guarded = true;
    for (const settle of [...this.#waiting]) settle(this.#final);
  }

  #noTopology(timeoutMs: number): Error {
    const cause = this.#lastDiscoveryError;
    return cause === undefined
      ? new DiscoveryError(`No topology is known yet, after ${timeoutMs} ms`)
      : new DiscoveryError(`No topology is known yet: ${cause.message}`, { cause });
  }

  #dispatch(
    node: Node,
    command: Command,
    operation: Operation,
    key: Key | undefined,
    options: CallOptions | undefined,
  ): Promise<unknown> {
    const timeoutMs = this.timeoutOf(options);
    const promise = new Promise(capture);
    const slot = new Slot(command, operation, this, key, timeoutMs, capturedResolve);
    if (options?.signal === undefined) node.execute(slot);
    else this.execute(node, slot, options.signal);
    return promise;
  }
}

/** @throws NoNodesError */
export function requireRouting(routing: Routing | undefined): Routing {
  if (routing === undefined) throw new NoNodesError('No topology is known yet: await client.ready() first');
  return routing;
}

/**
 * Passes a slot on by the ring, which may be the caller's own and throw: whoever gave the slot back has others to give
 * back too, and cannot answer for it.
 */
export function orAbandon(slot: Slot, pass: () => void): void {
  try {
    pass();
  } catch (error) {
    slot.abandon(error as Error);
  }
}

function watch(signal: AbortSignal, slot: Slot): void {
  if (signal.aborted) {
    slot.abandon(signal.reason);
    return;
  }
  slot.onSettled = onAbort(signal, () => slot.abandon(signal.reason));
}

/** Whether doing it twice is the same as doing it once. */
function isIdempotent(command: Command): boolean {
  switch (command.kind) {
    case 'get':
    case 'gets':
    case 'fetch':
    case 'inspect':
    case 'gat':
    case 'gats':
    case 'touch':
    case 'delete':
      return true;
    case 'store':
      return command.mode === 'set' && command.casToken === undefined;
    default:
      return false;
  }
}
