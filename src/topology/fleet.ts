/**
 * The nodes in force, and the one place where a change of topology is carried out:
 *
 * 1. nodes that are new are made, and given a moment to connect;
 * 2. routing is swapped, at once and as a whole;
 * 3. nodes that stay keep their connections, health and counters; one whose name has a new address
 *    dials that from now on;
 * 4. nodes that are gone take nothing more: what they were not sent yet goes to the new owners, what
 *    is in flight may finish.
 */

import { ConnectionError, type MemfleetError, NodeRemovedError } from '../errors.ts';
import { endpointId } from '../node/endpoint.ts';
import { Node, type NodeObserver } from '../node/node.ts';
import type { NodeOptions } from '../node/node-options.ts';
import { parseClusterConfig } from '../protocol/cluster-config.ts';
import { LostConnections } from './lost-connections.ts';
import { ringFingerprint } from './ring/fingerprint.ts';
import type { HashRing, KeyLocator, RingNode } from './ring/ring.ts';
import { type Placement, StandIns } from './stand-ins.ts';
import { diffTopologies, type Topology, type TopologyDiff } from './topology.ts';

/** Everything a command needs to find its node: immutable, replaced as a whole. */
export interface Routing extends Placement {
  readonly topology: Topology;
  /** Who has the keys of those that are down. */
  readonly standIns: StandIns;
}

export interface FleetOptions {
  readonly node: NodeOptions;
  /** Whether nodes can tell of which cluster they are. */
  readonly nodesKnowCluster: boolean;
  readonly ring: HashRing;
  readonly ringKey: 'hostname' | 'ip';
  /** Milliseconds a removed node may take to answer what it was sent. */
  readonly drainMs: number;
}

export interface FleetObserver {
  nodeDown(node: Node, cause: MemfleetError): void;
  nodeUp(node: Node): void;
  /** A failure that no call reports. */
  report(error: Error): void;
  topologyChanged(topology: Topology, diff: TopologyDiff): void;
  /** Something suggests that the nodes are others by now. */
  nodesDoubtful(): void;
}

/** How long a change waits for new nodes to be connected, so that their first commands need not. */
const WARM_UP_MS = 1_000;

export class Fleet implements NodeObserver {
  readonly #options: FleetOptions;
  readonly #nodeOptions: NodeOptions;
  readonly #observer: FleetObserver;
  readonly #draining = new Map<string, Node>();
  readonly #lost = new LostConnections();
  /** Nodes of the topology to come, which are being connected. */
  #coming: readonly Node[] = [];
  #routing: Routing | undefined;
  /** Of the routing in force, once it was asked for. */
  #fingerprint: string | undefined;
  #changes: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: FleetOptions, observer: FleetObserver) {
    this.#options = options;
    this.#nodeOptions = options.nodesKnowCluster
      ? { ...options.node, isKin: (configuration) => this.#isKin(configuration) }
      : options.node;
    this.#observer = observer;
  }

  /** Undefined before the first topology. */
  get routing(): Routing | undefined {
    return this.#routing;
  }

  /** Says where keys go; undefined before the first topology. */
  get ringFingerprint(): string | undefined {
    if (this.#routing === undefined) return undefined;
    const { locate, topology } = this.#routing;
    this.#fingerprint ??= ringFingerprint(this.#ringNodesOf(topology), locate);
    return this.#fingerprint;
  }

  /** Nodes still answering what they were sent before they left. */
  get draining(): readonly Node[] {
    return [...this.#draining.values()];
  }

  /** Puts a topology in force, after those before it. Resolves once routing is swapped. */
  apply(topology: Topology): Promise<void> {
    const applied = this.#changes.then(() => this.#apply(topology));
    this.#changes = applied.catch(() => undefined);
    return applied;
  }

  /** Puts the first topology in force without waiting for anything. */
  begin(topology: Topology): void {
    this.#swap(topology, diffTopologies(undefined, topology), this.#locatorOf(topology), new Map());
  }

  /** Takes nothing more; resolves once all that is in flight is answered, or `graceMs` passed. */
  async drain(error: MemfleetError, graceMs: number): Promise<void> {
    this.#closed = true;
    for (const node of this.#coming) node.destroy(error);
    const nodes = [...(this.#routing?.nodes ?? []), ...this.#draining.values()];
    await Promise.all(nodes.map((node) => node.finish(error, graceMs)));
    this.destroy(error);
  }

  /** Closes all nodes at once. */
  destroy(error: MemfleetError): void {
    this.#closed = true;
    const nodes = [...(this.#routing?.nodes ?? []), ...this.#draining.values(), ...this.#coming];
    for (const node of nodes) node.destroy(error);
    this.#draining.clear();
  }

  /**
   * Whether a node with this cluster configuration can be one of ours: it shares a node with those of now
   * or of the topology to come. One that cannot be read proves nothing.
   */
  #isKin(configuration: string): boolean {
    const ours = [...(this.#routing?.nodes ?? []), ...this.#coming];
    const listed = listedIds(configuration);
    return listed === undefined || ours.some((node) => listed.has(node.id));
  }

  async #apply(topology: Topology): Promise<void> {
    if (this.#closed) return;
    const diff = diffTopologies(this.#routing?.topology, topology);
    const locate = this.#locatorOf(topology);
    const fresh = new Map<string, Node>();
    for (const { id, address, ...endpoint } of diff.added) {
      if (this.#draining.has(id)) continue;
      fresh.set(id, new Node({ id, ...endpoint }, address, this.#nodeOptions, this));
    }
    this.#coming = [...fresh.values()];
    // The first topology has callers waiting already: they need not wait for the slowest node.
    if (this.#routing !== undefined) await warmUp(this.#coming);
    if (!this.#closed) this.#swap(topology, diff, locate, fresh);
    this.#coming = [];
  }

  #ringNodesOf(topology: Topology): RingNode[] {
    const { ringKey } = this.#options;
    return topology.nodes.map(({ host, address, port, weight }) => ({
      host: ringKey === 'ip' ? (address ?? host) : host,
      port,
      weight,
      ...(address === undefined ? {} : { address }),
    }));
  }

  /** @throws what a ring of the caller's own throws. */
  #locatorOf(topology: Topology): KeyLocator {
    return this.#options.ring(this.#ringNodesOf(topology));
  }

  #swap(topology: Topology, diff: TopologyDiff, locate: KeyLocator, fresh: ReadonlyMap<string, Node>): void {
    const old = new Map(this.#routing?.nodes.map((node) => [node.id, node]));
    const nodes = topology.nodes.map(
      ({ id, address, ...endpoint }) =>
        old.get(id) ??
        fresh.get(id) ??
        this.#readmit(id) ??
        new Node({ id, ...endpoint }, address, this.#nodeOptions, this),
    );
    const { ring } = this.#options;
    const standIns = new StandIns(nodes, this.#ringNodesOf(topology), ring, (error) => this.report(error));
    this.#routing = { topology, nodes, locate, standIns };
    this.#fingerprint = undefined;
    for (const [i, node] of nodes.entries()) node.moveTo(topology.nodes[i]?.address);
    for (const { id } of diff.removed) this.#remove(old.get(id));
    this.#observer.topologyChanged(topology, diff);
  }

  // ---- NodeObserver

  get suspectsItself(): boolean {
    return this.#routing?.standIns.mostAreDown ?? false;
  }

  nodeDown(node: Node, cause: MemfleetError): void {
    this.#routing?.standIns.healthChanged();
    this.#observer.nodeDown(node, cause);
  }

  nodeUp(node: Node): void {
    const wasCutOff = this.suspectsItself;
    this.#routing?.standIns.healthChanged();
    this.#observer.nodeUp(node);
    // It was us, and the others need not wait until it is their turn to be probed.
    if (wasCutOff) for (const other of this.#routing?.nodes ?? []) other.probeSoon();
  }

  report(error: Error): void {
    this.#observer.report(error);
  }

  dialFailed(): void {
    this.#observer.nodesDoubtful();
  }

  connectionLost(node: Node, cause: MemfleetError): void {
    const byServer = cause instanceof ConnectionError;
    if (byServer && this.#lost.add(node.id, performance.now())) this.#observer.nodesDoubtful();
  }

  // ---- changes

  /** A node that is back before it had gone. */
  #readmit(id: string): Node | undefined {
    const node = this.#draining.get(id);
    if (node === undefined) return undefined;
    this.#draining.delete(id);
    node.readmit();
    return node;
  }

  #remove(node: Node | undefined): void {
    if (node === undefined) return;
    const error = new NodeRemovedError('Node left the cluster', { node: node.id });
    const { unsent, closed } = node.drain(error, this.#options.drainMs);
    this.#draining.set(node.id, node);
    for (const slot of unsent) slot.owner.slotUnsent(slot);
    void closed.then(() => {
      // Unless it was readmitted in the meantime.
      if (this.#draining.get(node.id) === node) {
        this.#draining.delete(node.id);
        node.destroy(error);
      }
    });
  }
}

async function warmUp(nodes: readonly Node[]): Promise<void> {
  if (nodes.length === 0) return;
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, WARM_UP_MS);
  });
  // A node that cannot be connected is marked down by itself; the change goes on without it.
  await Promise.race([Promise.allSettled(nodes.map((node) => node.connect())), enough]);
  clearTimeout(timer);
}

/** Undefined for a configuration that cannot be read. */
function listedIds(configuration: string): ReadonlySet<string> | undefined {
  try {
    const { nodes } = parseClusterConfig(configuration);
    return new Set(nodes.map(({ hostname, port }) => endpointId(hostname, port)));
  } catch {
    return undefined;
  }
}
