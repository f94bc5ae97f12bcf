/** Follows a topology that the caller's own function gives: a service registry, a file, a CRD. */
import { DiscoveryError } from '../errors.ts';
import { parseEndpoint, type ServerSpec } from '../node/endpoint.ts';
import { Poller } from './poller.ts';
import { makeTopology, sameMembers, type Topology } from './topology.ts';
import {
  DiscoveryRecord,
  type DiscoverySnapshot,
  notInForce,
  type TopologyFeed,
  type TopologySink,
} from './topology-source.ts';

/** What a topology function gives. */
export interface TopologyReport {
  /** Where given, one lower than the last is taken for a stale answer. */
  readonly version?: number | bigint;
  readonly nodes: readonly (string | ServerSpec)[];
}

export type TopologyFunction = (signal: AbortSignal) => Promise<TopologyReport> | TopologyReport;

export class FunctionFeed implements TopologyFeed {
  readonly #find: TopologyFunction;
  readonly #sink: TopologySink;
  readonly #timeoutMs: number;
  readonly #poller: Poller;
  readonly #record = new DiscoveryRecord();
  #current: Topology | undefined;

  constructor(find: TopologyFunction, intervalMs: number, timeoutMs: number, sink: TopologySink) {
    this.#find = find;
    this.#sink = sink;
    this.#timeoutMs = timeoutMs;
    this.#poller = new Poller({ intervalMs, poll: (signal) => this.#poll(signal) });
  }

  start(): void {
    this.#poller.start();
  }

  refresh(): Promise<void> {
    return this.#poller.runAnew();
  }

  trouble(): void {
    this.#poller.trouble();
  }

  close(): void {
    this.#poller.close();
  }

  snapshot(): DiscoverySnapshot {
    return this.#record.snapshot(this.#current, this.#poller.failures);
  }

  async #poll(signal: AbortSignal): Promise<void> {
    try {
      const topology = await this.#ask(signal);
      await this.#take(topology);
      this.#record.lastSuccessAt = performance.now();
    } catch (cause) {
      signal.throwIfAborted();
      const error =
        cause instanceof DiscoveryError
          ? cause
          : new DiscoveryError(`The topology function failed: ${(cause as Error)?.message}`, { cause });
      this.#sink.discoveryFailed(error, false);
      throw error;
    }
  }

  async #ask(signal: AbortSignal): Promise<Topology> {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(this.#timeoutMs)]);
    // A function that ignores the signal must not hold up discovery for ever.
    const aborted = new Promise<never>((_, reject) => {
      limited.addEventListener('abort', () => reject(limited.reason), { once: true });
    });
    // Called in a function of its own: what it throws at once must not leave `aborted` to nobody.
    const found = (async () => this.#find(limited))();
    const report = await Promise.race([found, aborted]);
    if (!Array.isArray(report?.nodes) || report.nodes.length === 0) {
      throw new DiscoveryError('The topology function gave no nodes');
    }
    const nodes = report.nodes.map((node) => ({ ...parseEndpoint(node, 'topology'), address: undefined }));
    return makeTopology(
      report.version === undefined ? undefined : BigInt(report.version),
      { kind: 'function' },
      nodes,
    );
  }

  async #take(topology: Topology): Promise<void> {
    const current = this.#current;
    if (
      current?.version !== undefined &&
      topology.version !== undefined &&
      topology.version < current.version
    ) {
      this.#record.staleReplies++;
      return;
    }
    if (current === undefined || !isSame(current, topology)) {
      await this.#sink.apply(topology).catch((cause: unknown) => {
        throw notInForce(cause);
      });
    }
    this.#current = topology;
  }
}

function isSame(a: Topology, b: Topology): boolean {
  return (
    a.version === b.version &&
    sameMembers(a, b) &&
    a.nodes.every((node, i) => node.weight === b.nodes[i]?.weight)
  );
}
