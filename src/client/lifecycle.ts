/** Builds what a client consists of, starts it, and ends it: close() drains, destroy() aborts. */
import { ClosedError, type MemfleetError } from '../errors.ts';
import { dialOptions } from '../node/dial.ts';
import type { Endpoint } from '../node/endpoint.ts';
import type { Node } from '../node/node.ts';
import { Discovery } from '../topology/discovery.ts';
import { Fleet, type FleetObserver } from '../topology/fleet.ts';
import { FunctionFeed } from '../topology/function-feed.ts';
import { makeTopology, type Topology, type TopologyDiff } from '../topology/topology.ts';
import type { TopologyFeed, TopologySink } from '../topology/topology-source.ts';
import { Executor } from './executor.ts';
import { Failover } from './failover.ts';
import type { ClientEvents, ClientSnapshot } from './memcached-client.ts';
import type { ResolvedOptions } from './resolve-options.ts';

/** The public face of a client, as far as its parts need it. */
export interface Face {
  announce<E extends keyof ClientEvents>(event: E, ...args: ClientEvents[E]): void;
  report(error: Error): void;
}

/** Milliseconds a removed or closing node may take to answer what it was sent. */
const MIN_DRAIN_MS = 5_000;
const MAX_DRAIN_MS = 10_000;

export class Lifecycle implements FleetObserver, TopologySink {
  readonly executor: Executor;
  readonly #options: ResolvedOptions;
  readonly #face: Face;
  readonly #fleet: Fleet;
  /** Its nodes are connected when first used. */
  readonly #gutter: Fleet | undefined;
  readonly #feed: TopologyFeed | undefined;
  readonly #drainMs: number;
  #closing: Promise<void> | undefined;
  #closed = false;

  constructor(options: ResolvedOptions, face: Face) {
    this.#options = options;
    this.#face = face;
    const { node, ring, ringKey, onError, target } = options;
    this.#drainMs = Math.min(MAX_DRAIN_MS, Math.max(MIN_DRAIN_MS, node.requestTimeoutMs));
    const nodesKnowCluster = target.kind === 'endpoint' && knowCluster(options);
    this.#fleet = new Fleet({ node, nodesKnowCluster, ring, ringKey, drainMs: this.#drainMs }, this);
    this.#gutter = this.#makeGutter();
    this.executor = new Executor(this.#fleet, {
      requestTimeoutMs: node.requestTimeoutMs,
      onError,
      failover: this.#makeFailover(),
      onSilencedError: (error) => face.report(error),
    });
    this.#feed = this.#makeFeed();
  }

  start(): void {
    const { target } = this.#options;
    if (target.kind === 'servers') this.#fleet.begin(fixedTopology(target.endpoints));
    this.#feed?.start();
  }

  refresh(): Promise<void> {
    if (this.#closed) return Promise.reject(closedError());
    return this.#feed === undefined ? Promise.resolve() : this.#feed.refresh();
  }

  get ringFingerprint(): string | undefined {
    return this.#fleet.ringFingerprint;
  }

  snapshot(): ClientSnapshot {
    const routing = this.#fleet.routing;
    return {
      topology: routing?.topology,
      nodes: routing?.nodes.map((node) => node.snapshot()) ?? [],
      draining: this.#fleet.draining.map((node) => node.snapshot()),
      ...(this.#gutter === undefined
        ? {}
        : { gutter: this.#gutter.routing?.nodes.map((node) => node.snapshot()) ?? [] }),
      ...(this.#feed === undefined ? {} : { discovery: this.#feed.snapshot() }),
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const error = closedError();
    this.#feed?.close();
    this.executor.close(error);
    // What takes several steps still has some to send.
    await this.executor.sequencer.settled(this.#drainMs);
    await Promise.all([this.#fleet, this.#gutter].map((fleet) => fleet?.drain(error, this.#drainMs)));
    // What came last may be decompressed still.
    await this.executor.sequencer.settled(this.#drainMs);
    this.#ended();
  }

  destroy(cause: Error | undefined): void {
    const error = closedError(cause);
    this.#feed?.close();
    this.executor.close(error);
    this.#fleet.destroy(error);
    this.#gutter?.destroy(error);
    this.#ended();
  }

  /** What finds the nodes, where they are not given. */
  #makeFeed(): TopologyFeed | undefined {
    const { discovery, node, target } = this.#options;
    const { intervalMs, timeoutMs } = discovery;
    switch (target.kind) {
      case 'servers':
        return undefined;
      case 'function':
        return new FunctionFeed(target.find, intervalMs, timeoutMs, this);
      case 'endpoint':
        return new Discovery(
          {
            endpoint: target.endpoint,
            endpointConnection: dialOptions(target.endpoint, undefined, node),
            askNodes: knowCluster(this.#options),
            intervalMs,
            timeoutMs,
            fallback: target.fallback,
            nodes: () => this.#fleet.routing?.nodes ?? [],
          },
          this,
        );
    }
  }

  /** A fleet of its own, whose members nobody looks for. */
  #makeGutter(): Fleet | undefined {
    const { failover, node, ring } = this.#options;
    if (failover.kind !== 'gutter') return undefined;
    const gutter = new Fleet(
      { node, nodesKnowCluster: false, ring, ringKey: 'hostname', drainMs: this.#drainMs },
      {
        nodeDown: (down, cause) => this.#announceDown(down, cause),
        nodeUp: (up) => this.nodeUp(up),
        report: (error) => this.report(error),
        topologyChanged: () => undefined,
        nodesDoubtful: () => undefined,
      },
    );
    gutter.begin(fixedTopology(failover.endpoints));
    return gutter;
  }

  #makeFailover(): Failover | undefined {
    const { failover } = this.#options;
    switch (failover.kind) {
      case 'fail-fast':
        return undefined;
      case 'next':
        return new Failover({
          placement: (routing) => routing.standIns.placement,
          maxTtl: failover.maxTtl,
        });
      case 'gutter':
        return new Failover({ placement: () => this.#gutter?.routing, maxTtl: failover.maxTtl });
    }
  }

  #ended(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#face.announce('close');
  }

  // ---- TopologySink

  async apply(topology: Topology): Promise<void> {
    await this.#fleet.apply(topology);
  }

  attemptFailed(error: Error): void {
    this.executor.discoveryFailed(error, false);
  }

  discoveryFailed(error: Error, final: boolean): void {
    const failStart = this.#options.discovery.startup === 'fail' && this.#fleet.routing === undefined;
    this.executor.discoveryFailed(error, final || failStart);
    this.#face.announce('discoveryError', error);
    if (failStart) this.destroy(error);
  }

  // ---- FleetObserver

  topologyChanged(topology: Topology, diff: TopologyDiff): void {
    this.executor.topologyKnown();
    this.#face.announce('topology', topology, diff);
  }

  nodeDown(node: Node, cause: MemfleetError): void {
    this.#feed?.trouble();
    this.#announceDown(node, cause);
  }

  nodeUp(node: Node): void {
    this.#face.announce('nodeUp', { node: node.id });
  }

  report(error: Error): void {
    this.#face.report(error);
  }

  nodesDoubtful(): void {
    this.#feed?.trouble();
  }

  #announceDown(node: Node, cause: MemfleetError): void {
    this.#face.announce('nodeDown', { node: node.id, error: cause });
  }
}

/** Memorystore's nodes do not know the configuration, only its endpoint does. */
function knowCluster({ discovery }: ResolvedOptions): boolean {
  return discovery.mode !== 'memorystore';
}

function fixedTopology(endpoints: readonly Endpoint[]): Topology {
  const nodes = endpoints.map((endpoint) => ({ ...endpoint, address: undefined }));
  return makeTopology(undefined, { kind: 'static' }, nodes);
}

function closedError(cause?: Error): ClosedError {
  return new ClosedError('Client is closed', { cause });
}
