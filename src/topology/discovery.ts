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
import { AuthError, DiscoveryError, TlsError } from '../errors.ts';
import type { Endpoint } from '../node/endpoint.ts';
import type { Node } from '../node/node.ts';
import type { ConfigAnswer } from './config-request.ts';
import { type ConfigSource, ConfigSources } from './config-source.ts';
import { Doubts } from './doubts.ts';
import { Poller } from './poller.ts';
import { makeTopology, sameMembers, type Topology, topologyOfConfig } from './topology.ts';
import {
  DiscoveryRecord,
  type DiscoverySnapshot,
  notInForce,
  type TopologyFeed,
  type TopologySink,
} from './topology-source.ts';
import { CONFIRM_AFTER_MS, judge, type Report } from './version-rule.ts';

/** When an endpoint without configuration is taken as the one server. */
export type Fallback =
  | 'never'
  /** Where it does not know the question at all, as a plain memcached does not. */
  | 'unknownCommand'
  /** Whatever it said. */
  | 'always';

export interface DiscoveryOptions {
  readonly endpoint: Endpoint;
  readonly endpointConnection: ConnectionOptions;
  /** Whether the nodes know the configuration too. */
  readonly askNodes: boolean;
  readonly intervalMs: number;
  /** Milliseconds for one question to one server. */
  readonly timeoutMs: number;
  readonly fallback: Fallback;
  /** The nodes in force. */
  readonly nodes: () => readonly Node[];
}

/** While no topology is known: questions of one look to the endpoint, and what they may take together. */
const START_ATTEMPTS = 3;
const START_BACKOFF_MS = 200;
const START_LIMIT_MS = 5_000;
/** Every so many looks ask the endpoint first. */
const ENDPOINT_EVERY = 5;
/** Memorystore's endpoint may answer with what was true before for a while; here nobody else can be asked. */
const LAGGING_ENDPOINT_MS = 60_000;

/** A source that gave no configuration. */
type Failure =
  | Extract<ConfigAnswer, { kind: 'unsupported' }>
  | { readonly kind: 'failed'; readonly error: Error };

export class Discovery implements TopologyFeed {
  readonly #options: DiscoveryOptions;
  readonly #sink: TopologySink;
  readonly #poller: Poller;
  readonly #sources = new ConfigSources();
  readonly #doubts = new Doubts();
  readonly #record = new DiscoveryRecord();
  #current: Topology | undefined;
  /** What the current one took the place of by other addresses alone. */
  #before: Topology | undefined;
  #looks = 0;
  #endpointFirst = true;
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
    return this.#record.snapshot(this.#current, this.#poller.failures);
  }

  async #poll(signal: AbortSignal): Promise<void> {
    const isAsked = this.#endpointFirst;
    this.#endpointFirst = false;
    try {
      const failure = await this.#look(isAsked, signal);
      if (failure !== undefined) await this.#failed(failure);
    } catch (error) {
      this.#endpointFirst = true;
      signal.throwIfAborted();
      throw error;
    }
    if (this.#doubts.any) {
      this.#endpointFirst = true;
      this.#poller.again(CONFIRM_AFTER_MS);
    }
  }

  /** Asks one source after another, until one has told what counts; gives why none did. */
  async #look(endpointFirst: boolean, signal: AbortSignal): Promise<Failure | undefined> {
    this.#looks++;
    const until = performance.now() + Math.max(START_LIMIT_MS, this.#options.timeoutMs);
    let answered = false;
    let failure: Failure | undefined;
    for (const [i, source] of this.#whomToAsk(endpointFirst).entries()) {
      if (this.#current === undefined && i > 0) {
        await sleep(fullJitter(i - 1, START_BACKOFF_MS, 2_000), undefined, { signal });
        if (performance.now() >= until) break;
      }
      const answer = await this.#ask(source, until, signal);
      if (answer.kind === 'config') {
        answered = true;
        if (answer.lengthMismatch) this.#record.lengthMismatches++;
        const topology = topologyOfConfig(answer.config, source.id);
        const { id: from, isEndpoint } = source;
        const { address } = answer;
        const report = { topology, from, isEndpoint, address, at: performance.now() };
        if (await this.#report(report)) return undefined;
        continue;
      }
      // What the endpoint says of itself tells more than what became of a node.
      if (source.isEndpoint || failure === undefined) failure = answer;
      if (this.#current !== undefined) continue;
      if (isFinal(answer)) break;
      this.#sink.attemptFailed(this.#errorOf(answer));
    }
    return answered ? undefined : failure;
  }

  async #ask(source: ConfigSource, until: number, signal: AbortSignal): Promise<ConfigAnswer | Failure> {
    const { timeoutMs } = this.#options;
    // The first topology has callers waiting for it, and for why there is none.
    const limitMs =
      this.#current === undefined
        ? Math.max(1, Math.min(timeoutMs, Math.ceil(until - performance.now())))
        : timeoutMs;
    try {
      return await this.#sources.ask(source, limitMs, signal);
    } catch (error) {
      signal.throwIfAborted();
      return { kind: 'failed', error: error as Error };
    }
  }

  /** Whether the look is done. */
  async #report(report: Report): Promise<boolean> {
    const verdict = judge(report, {
      current: this.#current,
      before: this.#before,
      doubts: this.#doubts.reports,
      lastConfirmedAt: this.#lastConfirmedAt,
      olderAfterMs: this.#options.askNodes ? CONFIRM_AFTER_MS : LAGGING_ENDPOINT_MS,
    });
    switch (verdict.kind) {
      case 'same':
        this.#doubts.confirmed(report, report.topology);
        this.#succeeded(report);
        return true;
      case 'apply':
        await this.#apply(report.topology);
        this.#doubts.clear();
        this.#succeeded(report);
        return true;
      case 'stale':
        this.#record.staleReplies++;
        return false;
      case 'unconfirmed':
        this.#record.staleReplies++;
        this.#doubts.add(report);
        return false;
    }
  }

  async #apply(topology: Topology): Promise<void> {
    try {
      await this.#sink.apply(topology);
    } catch (cause) {
      const error = notInForce(cause);
      this.#sink.discoveryFailed(error, false);
      throw error;
    }
    // Only now: a topology that could not be put in force must be tried again.
    const current = this.#current;
    const isSameVersion = current !== undefined && current.version === topology.version;
    this.#before = isSameVersion && sameMembers(current, topology) ? current : undefined;
    this.#current = topology;
    this.#sources.keep([this.#options.endpoint.id, ...topology.nodes.map((node) => node.id)]);
  }

  #succeeded(report: Report): void {
    this.#record.lastSuccessAt = report.at;
    if (!report.isEndpoint) this.#lastConfirmedAt = report.at;
  }

  /** @throws DiscoveryError, unless the endpoint is to be used as it is. */
  async #failed(failure: Failure): Promise<void> {
    const isFallback = this.#current === undefined || this.#current.source.kind === 'fallback';
    if (isFallback && failure.kind === 'unsupported' && this.#mayFallBack(failure.said)) {
      await this.#fallBack(failure);
      return;
    }
    const error = this.#errorOf(failure);
    this.#sink.discoveryFailed(error, isFinal(failure));
    throw error;
  }

  #mayFallBack(said: string): boolean {
    const { fallback } = this.#options;
    return fallback === 'always' || (fallback === 'unknownCommand' && said === 'ERROR');
  }

  async #fallBack(failure: Failure): Promise<void> {
    const { endpoint, fallback } = this.#options;
    const isNew = this.#current === undefined;
    if (isNew) {
      const node = { ...endpoint, address: undefined };
      await this.#apply(makeTopology(undefined, { kind: 'fallback', from: endpoint.id }, [node]));
    }
    this.#record.lastSuccessAt = performance.now();
    // Not what was asked for, though nothing fails: it is told, once.
    if (isNew && fallback === 'unknownCommand') this.#sink.discoveryFailed(this.#errorOf(failure), false);
  }

  #errorOf(failure: Failure): DiscoveryError {
    const { id } = this.#options.endpoint;
    if (failure.kind === 'failed') {
      const { error: cause } = failure;
      return new DiscoveryError(`No configuration from ${id}: ${cause.message}`, { node: id, cause });
    }
    if (isFinal(failure)) return notAnEndpoint(id, failure.said);
    return new DiscoveryError(`No configuration from ${id}: it said ${failure.said}`, { node: id });
  }

  #whomToAsk(endpointFirst: boolean): ConfigSource[] {
    const { askNodes, endpoint, endpointConnection } = this.#options;
    const source: ConfigSource = { id: endpoint.id, isEndpoint: true, connection: endpointConnection };
    if (this.#current === undefined) return new Array<ConfigSource>(START_ATTEMPTS).fill(source);
    if (!askNodes || this.#current.source.kind !== 'discovery') return [source];
    // Before a cluster is taken for one made anew, each of its nodes may say that it is not.
    if (this.#doubts.areOlder(this.#current)) return [...this.#upNodes(), source];
    const nodes = this.#upNodes().slice(0, 2);
    return endpointFirst || this.#looks % ENDPOINT_EVERY === 0 ? [source, ...nodes] : [...nodes, source];
  }

  /** In random order. */
  #upNodes(): ConfigSource[] {
    const up = this.#options.nodes().filter((node) => node.health.kind === 'up');
    const picked: ConfigSource[] = [];
    while (up.length > 0) {
      const [node] = up.splice(Math.floor(Math.random() * up.length), 1);
      if (node !== undefined)
        picked.push({ id: node.id, isEndpoint: false, connection: node.connectionOptions() });
    }
    return picked;
  }
}

/** Whether a source will not fare better when asked again at once. */
function isFinal(failure: Failure): boolean {
  if (failure.kind === 'failed')
    return failure.error instanceof AuthError || failure.error instanceof TlsError;
  // A node that was just started may not have its configuration yet, and one that is overloaded says so.
  return failure.said !== 'END' && !failure.said.startsWith('SERVER_ERROR');
}

/** The error for an endpoint that cannot be a configuration endpoint. */
function notAnEndpoint(endpoint: string, said: string): DiscoveryError {
  return new DiscoveryError(
    `${endpoint} does not answer config get cluster (it said ${said}): it is no configuration endpoint. ` +
      'Give its servers as fixed servers, or set ignoreClusterErrors to use it as the one server',
    { node: endpoint },
  );
}
