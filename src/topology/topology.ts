/**
 * Which nodes exist: an immutable value. A change is a difference between two of them.
 */
import type { Endpoint } from '../node/endpoint.ts';
import { endpointId } from '../node/endpoint.ts';
import type { ClusterConfig } from '../protocol/cluster-config.ts';

/** A node as the topology names it: an endpoint, and the address that discovery gave for its name. */
export interface TopologyNode extends Endpoint {
  readonly address: string | undefined;
}

/** Where a topology came from. `from` is the endpoint or node that was asked, `host:port`. */
export type TopologySource =
  /** Fixed servers. */
  | { readonly kind: 'static' }
  /** `config get cluster`. */
  | { readonly kind: 'discovery'; readonly from: string }
  /** The endpoint does not know `config get cluster`, and `ignoreClusterErrors` takes it as the one server. */
  | { readonly kind: 'fallback'; readonly from: string }
  /** The caller's own function. */
  | { readonly kind: 'function' };

export interface Topology {
  /** ElastiCache's config version, or what the caller's function gave; undefined where there is none. */
  readonly version: bigint | undefined;
  readonly source: TopologySource;
  /**
   * Sorted by id, so that equal sets are equal lists; fixed servers in the order they were given, by which some
   * rings count them off.
   */
  readonly nodes: readonly TopologyNode[];
}

/** What changes from one topology to the next, by node id. */
export interface TopologyDiff {
  readonly added: readonly TopologyNode[];
  readonly removed: readonly TopologyNode[];
  readonly kept: readonly TopologyNode[];
  /** Kept nodes whose address is another. */
  readonly moved: readonly TopologyNode[];
}

/** @throws nothing; of two nodes with one id the first counts. */
export function makeTopology(
  version: bigint | undefined,
  source: TopologySource,
  nodes: readonly TopologyNode[],
): Topology {
  const byId = new Map<string, TopologyNode>();
  for (const node of nodes) if (!byId.has(node.id)) byId.set(node.id, Object.freeze({ ...node }));
  const listed = [...byId.values()];
  if (source.kind !== 'static') listed.sort((a, b) => (a.id < b.id ? -1 : 1));
  return Object.freeze({ version, source: Object.freeze(source), nodes: Object.freeze(listed) });
}

export function topologyOfConfig(config: ClusterConfig, from: string): Topology {
  const nodes = config.nodes.map(({ hostname, address, port }) => ({
    id: endpointId(hostname, port),
    host: hostname,
    port,
    path: undefined,
    weight: 1,
    address,
  }));
  return makeTopology(config.version, { kind: 'discovery', from }, nodes);
}

export function diffTopologies(before: Topology | undefined, after: Topology): TopologyDiff {
  const old = new Map(before?.nodes.map((node) => [node.id, node]));
  const now = new Set(after.nodes.map((node) => node.id));
  const kept = after.nodes.filter((node) => old.has(node.id));
  return {
    added: after.nodes.filter((node) => !old.has(node.id)),
    removed: before?.nodes.filter((node) => !now.has(node.id)) ?? [],
    kept,
    moved: kept.filter((node) => old.get(node.id)?.address !== node.address),
  };
}

/** Whether two topologies name the same nodes, whatever their addresses. */
export function sameMembers(a: Topology, b: Topology): boolean {
  return a.nodes.length === b.nodes.length && a.nodes.every((node, i) => node.id === b.nodes[i]?.id);
}

/** Whether two topologies have a node in common. */
export function shareMembers(a: Topology, b: Topology): boolean {
  const ids = new Set(a.nodes.map((node) => node.id));
  return b.nodes.some((node) => ids.has(node.id));
}

/** Whether two topologies name the same nodes at the same addresses. */
export function sameBody(a: Topology, b: Topology): boolean {
  return sameMembers(a, b) && a.nodes.every((node, i) => node.address === b.nodes[i]?.address);
}
