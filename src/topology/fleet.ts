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

import { type MemfleetError, NodeRemovedError } from '../errors.ts';
import { Node, type NodeObserver } from '../node/node.ts';
import type { NodeOptions } from '../node/node-options.ts';
import type { HashRing, KeyLocator } from './ring/ring.ts';
import { diffTopologies, type Topology, type TopologyDiff } from './topology.ts';

/** Everything a command needs to find its node: immutable, replaced as a whole. */
export interface Routing {
  readonly topology: Topology;
  /** In the order of the topology, which is the order the locator's indexes mean. */
  readonly nodes: readonly Node[];
  readonly locate: KeyLocator;
}

export interface FleetOptions {
  readonly node: NodeOptions;
  readonly ring: HashRing;
  readonly ringKey: 'hostname' | 'ip';
  /** Milliseconds a removed node may take to answer what it was sent. */
  readonly drainMs: number;
}

export interface FleetObserver extends NodeObserver {
  topologyChanged(topology: Topology, diff: TopologyDiff): void;
}

/** How long a change waits for new nodes to be connected, so that their first commands need not. */
const WARM_UP_MS = 1_000;

export class Fleet {
  readonly #options: FleetOptions;
  readonly #observer: FleetObserver;
  readonly #draining = new Map<string, Node>();
  #routing: Routing | undefined;
  #changes: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: FleetOptions, observer: FleetObserver) {
    this.#options = options;
    this.#observer = observer;
  }

  /** Undefined before the first topology. */
  get routing(): Routing | undefined {
    return this.#routing;
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
    this.#swap(topology, diffTopologies(undefined, topology), new Map());
  }

  /** Takes nothing more; resolves once all that is in flight is answered, or `graceMs` passed. */
  async drain(error: MemfleetError, graceMs: number): Promise<void> {
    this.#closed = true;
    const nodes = [...(this.#routing?.nodes ?? []), ...this.#draining.values()];
    await Promise.all(nodes.map((node) => node.finish(error, graceMs)));
    this.destroy(error);
  }

  /** Closes all nodes at once. */
  destroy(error: MemfleetError): void {
    this.#closed = true;
    for (const node of [...(this.#routing?.nodes ?? []), ...this.#draining.values()]) node.destroy(error);
    this.#draining.clear();
  }

  async #apply(topology: Topology): Promise<void> {
    if (this.#closed) return;
    const diff = diffTopologies(this.#routing?.topology, topology);
    const fresh = new Map<string, Node>();
    for (const { id, address, ...endpoint } of diff.added) {
      if (this.#draining.has(id)) continue;
      fresh.set(id, new Node({ id, ...endpoint }, address, this.#options.node, this.#observer));
    }
    // The first topology has callers waiting already: they need not wait for the slowest node.
    if (this.#routing !== undefined) await warmUp([...fresh.values()]);
    if (this.#closed) {
      for (const node of fresh.values()) node.destroy(new NodeRemovedError('Client was closed'));
      return;
    }
    try {
      this.#swap(topology, diff, fresh);
    } catch (cause) {
      // A ring of the caller's own may throw. Nothing is changed then, and nothing may be left.
      for (const node of fresh.values()) node.destroy(new NodeRemovedError('Change was not made', { cause }));
      throw cause;
    }
  }

  #swap(topology: Topology, diff: TopologyDiff, fresh: ReadonlyMap<string, Node>): void {
    const old = new Map(this.#routing?.nodes.map((node) => [node.id, node]));
    const { ring, ringKey, node: nodeOptions } = this.#options;
    const locate = ring(
      topology.nodes.map(({ host, address, port, weight }) => ({
        host: ringKey === 'ip' ? (address ?? host) : host,
        port,
        weight,
      })),
    );
    const nodes = topology.nodes.map(
      ({ id, address, ...endpoint }) =>
        old.get(id) ??
        fresh.get(id) ??
        this.#readmit(id) ??
        new Node({ id, ...endpoint }, address, nodeOptions, this.#observer),
    );
    this.#routing = { topology, nodes, locate };
    for (const [i, node] of nodes.entries()) node.moveTo(topology.nodes[i]?.address);
    for (const { id } of diff.removed) this.#remove(old.get(id));
    this.#observer.topologyChanged(topology, diff);
  }

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
