/**
 * Follows the cluster behind a configuration endpoint.
 *
 * Every ElastiCache node knows the configuration, so that most looks ask two nodes at random and the
 * endpoint last. Every fifth look, and any look after trouble, asks the endpoint first, with its name
 * freshly resolved: that is how a cluster replaced behind its name is noticed. Memorystore's nodes do
 * not know it: there the endpoint alone is asked.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { fullJitter } from '../common/backoff.ts';
import type { ConnectionOptions } from '../connection/connection-options.ts';
import { DiscoveryError, type MemfleetError } from '../errors.ts';
import type { Endpoint } from '../node/endpoint.ts';
import type { Node } from '../node/node.ts';
import { notAnEndpoint, requestConfig } from './config-request.ts';
import { Poller } from './poller.ts';
import { makeTopology, type Topology, topologyOfConfig } from './topology.ts';
import {
  type DiscoverySnapshot,
  discoverySnapshot,
  type TopologyFeed,
  type TopologySink,
} from './topology-source.ts';
import { CONFIRM_AFTER_MS, judge, type Report } from './version-rule.ts';

export interface DiscoveryOptions {
  readonly endpoint: Endpoint;
  readonly endpointConnection: ConnectionOptions;
  /** Whether the nodes know the configuration too. */
  readonly askNodes: boolean;
  readonly intervalMs: number;
  /** Milliseconds for one question to one server. */
  readonly timeoutMs: number;
  /** Take an endpoint without `config get cluster` as the one server. */
  readonly ignoreClusterErrors: boolean;
  /** The nodes in force. */
  readonly nodes: () => readonly Node[];
}

/** Questions to the endpoint in one look while no topology is known. */
const START_ATTEMPTS = 3;
const START_BACKOFF_MS = 200;
/** Every so many looks ask the endpoint first. */
const ENDPOINT_EVERY = 5;

interface Source {
  readonly id: string;
  readonly isEndpoint: boolean;
  readonly connection: ConnectionOptions;
}

export class Discovery implements TopologyFeed {
  readonly #options: DiscoveryOptions;
  readonly #sink: TopologySink;
  readonly #poller: Poller;
  #current: Topology | undefined;
  #pending: Report | undefined;
  #looks = 0;
  #endpointFirst = true;
  #staleReplies = 0;
  #lastSuccessAt: number | undefined;
  /** When a member of the current topology last confirmed it. */
  #lastConfirmedAt = Number.NEGATIVE_INFINITY;

  constructor(options: DiscoveryOptions, sink: TopologySink) {
    this.#options = options;
    this.#sink = sink;
    this.#poller = new Poller({
      intervalMs: options.intervalMs,
      poll: (signal) => this.#poll(signal),
    });
  }

  start(): void {
    this.#poller.start();
  }

  refresh(): Promise<void> {
    this.#endpointFirst = true;
    return this.#poller.runAnew();
  }

  trouble(): void {
    this.#endpointFirst = true;
    this.#poller.trouble();
  }

  close(): void {
    this.#poller.close();
  }

  snapshot(): DiscoverySnapshot {
    return discoverySnapshot(this.#lastSuccessAt, this.#poller.failures, this.#staleReplies);
  }

  async #poll(signal: AbortSignal): Promise<void> {
    try {
      await this.#look(signal);
      this.#endpointFirst = this.#pending !== undefined;
      if (this.#pending !== undefined) this.#poller.again(CONFIRM_AFTER_MS);
    } catch (error) {
      this.#endpointFirst = true;
      if (!signal.aborted) this.#sink.discoveryFailed(error as Error, error instanceof UnsupportedError);
      throw error;
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    this.#looks++;
    let failure: MemfleetError | undefined;
    let unsupported: string | undefined;
    let answered = false;
    for (const [i, source] of this.#sources().entries()) {
      if (this.#current === undefined && i > 0)
        await sleep(fullJitter(i - 1, START_BACKOFF_MS, 2_000), undefined, { signal });
      try {
        const answer = await requestConfig(source.connection, this.#options.timeoutMs, signal);
        if (answer.kind === 'unsupported') {
          if (source.isEndpoint) unsupported = answer.said;
          if (this.#current === undefined) break;
          continue;
        }
        const topology = topologyOfConfig(answer.config, source.id);
        const { id: from, isEndpoint } = source;
        if (await this.#report({ topology, from, isEndpoint, at: performance.now() })) return;
        answered = true;
      } catch (error) {
        signal.throwIfAborted();
        failure = error as MemfleetError;
      }
    }
    if (answered) return;
    const isFallback = this.#current === undefined || this.#current.source.kind === 'fallback';
    if (unsupported !== undefined && isFallback) return this.#fallBack(unsupported);
    const { id } = this.#options.endpoint;
    throw new DiscoveryError(
      `No configuration from ${id}: ${failure?.message ?? unsupported ?? 'no source'}`,
      {
        node: id,
        cause: failure,
      },
    );
  }

  /** Whether the look is done. */
  async #report(report: Report): Promise<boolean> {
    const verdict = judge(this.#current, report, this.#pending, this.#lastConfirmedAt);
    switch (verdict.kind) {
      case 'same':
        this.#succeeded(report);
        return true;
      case 'apply':
        await this.#sink.apply(report.topology);
        // Only now: a topology that could not be put in force must be tried again.
        this.#current = report.topology;
        this.#succeeded(report);
        return true;
      case 'stale':
        this.#staleReplies++;
        return false;
      case 'unconfirmed':
        this.#staleReplies++;
        this.#pending = this.#earliest(report);
        return false;
    }
  }

  #succeeded(report: Report): void {
    this.#lastSuccessAt = report.at;
    if (!report.isEndpoint) this.#lastConfirmedAt = report.at;
    this.#pending = undefined;
  }

  /** The first report of what is still waiting to be confirmed: time counts from there. */
  #earliest(report: Report): Report {
    const pending = this.#pending;
    if (pending === undefined || pending.from !== report.from) return report;
    return judge(pending.topology, report, undefined, 0).kind === 'same' ? pending : report;
  }

  async #fallBack(said: string): Promise<void> {
    const { endpoint, ignoreClusterErrors } = this.#options;
    if (!ignoreClusterErrors) throw new UnsupportedError(notAnEndpoint(endpoint.id, said));
    if (this.#current === undefined) {
      const topology = makeTopology(undefined, { kind: 'fallback', from: endpoint.id }, [
        { ...endpoint, address: undefined },
      ]);
      await this.#sink.apply(topology);
      this.#current = topology;
    }
    this.#lastSuccessAt = performance.now();
  }

  #sources(): Source[] {
    const { askNodes, endpoint, endpointConnection } = this.#options;
    const source: Source = { id: endpoint.id, isEndpoint: true, connection: endpointConnection };
    if (this.#current === undefined) return new Array<Source>(START_ATTEMPTS).fill(source);
    const nodes = askNodes && this.#current.source.kind === 'discovery' ? this.#randomNodes(2) : [];
    return this.#endpointFirst || this.#looks % ENDPOINT_EVERY === 0
      ? [source, ...nodes]
      : [...nodes, source];
  }

  #randomNodes(count: number): Source[] {
    const up = this.#options.nodes().filter((node) => node.health.kind === 'up');
    const picked: Source[] = [];
    while (picked.length < count && up.length > 0) {
      const [node] = up.splice(Math.floor(Math.random() * up.length), 1);
      if (node !== undefined)
        picked.push({ id: node.id, isEndpoint: false, connection: node.connectionOptions() });
    }
    return picked;
  }
}

/** The endpoint will not answer differently next time. */
class UnsupportedError extends DiscoveryError {
  constructor(error: DiscoveryError) {
    super(error.message, { node: error.node });
  }

  override get name(): string {
    return 'DiscoveryError';
  }
}
