/**
 * Whether a topology that some source reports replaces the current one: pure, so that each case is a
 * test without sockets or clocks.
 *
 * | reported version | and | then |
 * | --- | --- | --- |
 * | none current | | apply |
 * | any | from a node, and none of ours is in it | stale: it is another cluster's node |
 * | higher | most nodes stay | apply |
 * | higher | over half (and two or more) gone, or only the answering node left | apply once confirmed |
 * | equal | same nodes and addresses | same |
 * | equal | same nodes, other addresses | apply; back to those from before, once said again |
 * | equal | other nodes | apply once a second source says so |
 * | lower | from a node | stale |
 * | lower | from the endpoint | apply once it says so again, and no old node contradicts |
 */
import { endpointId } from '../node/endpoint.ts';
import { sameBody, sameMembers, shareMembers, type Topology } from './topology.ts';

/** A report, and who made it. */
export interface Report {
  readonly topology: Topology;
  /** `host:port` of the node or endpoint asked. */
  readonly from: string;
  /** Whether it is the configuration endpoint, its name freshly resolved. */
  readonly isEndpoint: boolean;
  /** `ip:port` where it was asked; undefined where it was dialled by name. */
  readonly address: string | undefined;
  /** Monotonic milliseconds. */
  readonly at: number;
}

/** What a report is judged by. */
export interface Standing {
  /** The topology in force. */
  readonly current: Topology | undefined;
  /** What it took the place of by other addresses at an equal version. */
  readonly before: Topology | undefined;
  /** Reports that are not believed yet, one a source. */
  readonly doubts: readonly Report[];
  /** When a member of the current topology last reported it; monotonic ms. */
  readonly lastConfirmedAt: number;
  /** How much later the endpoint must say an older version again to be believed. */
  readonly olderAfterMs: number;
}

export type Verdict =
  | { readonly kind: 'apply' }
  | { readonly kind: 'same' }
  | { readonly kind: 'stale' }
  /** To be applied if another source, or the same one later, says the same. */
  | { readonly kind: 'unconfirmed'; readonly why: string };

/** How much later the same source must say it again to count as a second one. */
export const CONFIRM_AFTER_MS = 5_000;

const APPLY: Verdict = Object.freeze({ kind: 'apply' });
const STALE: Verdict = Object.freeze({ kind: 'stale' });

export function judge(report: Report, standing: Standing): Verdict {
  const { current } = standing;
  const { topology } = report;
  if (current === undefined) return APPLY;
  const order = compareVersions(topology.version, current.version);
  if (order === 0 && sameBody(current, topology)) return { kind: 'same' };
  // Its address was a node of ours once. That a cluster is another now is for the endpoint to say.
  if (!report.isEndpoint && !shareMembers(current, topology)) return STALE;
  if (order > 0) return judgeNewer(current, report, standing);
  return order < 0 ? judgeOlder(current, report, standing) : judgeEqual(current, report, standing);
}

/**
 * Whether a doubt is of nodes that are all others than the current ones, told by the endpoint: what its name
 * stands for now. Members of the current cluster have no say in that, alive as they may be.
 */
export function isElsewhere(doubt: Report, current: Topology | undefined): boolean {
  return doubt.isEndpoint && current !== undefined && !shareMembers(current, doubt.topology);
}

export function saysSame(a: Report, b: Report): boolean {
  return compareVersions(a.topology.version, b.topology.version) === 0 && sameBody(a.topology, b.topology);
}

/** Whether a report is of an older version than the one in force. */
export function isOlder(report: Report, current: Topology | undefined): boolean {
  return current !== undefined && compareVersions(report.topology.version, current.version) < 0;
}

function judgeNewer(current: Topology, report: Report, standing: Standing): Verdict {
  const why = suspicious(current, report);
  if (why === undefined || bySecondSource(report, standing) || saidBefore(report, standing) !== undefined)
    return APPLY;
  return { kind: 'unconfirmed', why };
}

function judgeEqual(current: Topology, report: Report, standing: Standing): Verdict {
  const { before } = standing;
  if (sameMembers(current, report.topology)) {
    // While a change of addresses spreads through a cluster its nodes differ, and must not be followed in turn.
    const isReturn = before !== undefined && sameBody(before, report.topology);
    if (!isReturn || saidBefore(report, standing) !== undefined) return APPLY;
    return { kind: 'unconfirmed', why: 'addresses from before' };
  }
  if (bySecondSource(report, standing)) return APPLY;
  return { kind: 'unconfirmed', why: 'other nodes at an equal version' };
}

/** A cluster that was deleted and made anew starts at version 1 under the same name. */
function judgeOlder(current: Topology, report: Report, standing: Standing): Verdict {
  if (!report.isEndpoint) return STALE;
  const first = saidBefore(report, standing, standing.olderAfterMs);
  const contradicted =
    first !== undefined && standing.lastConfirmedAt >= first.at && shareMembers(current, report.topology);
  if (first !== undefined && !contradicted) return APPLY;
  return { kind: 'unconfirmed', why: 'a version before the current one' };
}

/** A node that fails may report only itself, or what is left of the cluster as it sees it. */
function suspicious(current: Topology, report: Report): string | undefined {
  const { nodes } = report.topology;
  const kept = current.nodes.filter((old) => nodes.some((node) => node.id === old.id)).length;
  const lost = current.nodes.length - kept;
  if (nodes.length === 1 && current.nodes.length > 1 && mayBeOfItself(report))
    return 'only the node that was asked';
  if (lost >= 2 && lost * 2 > current.nodes.length) return 'over half of the nodes gone';
  return undefined;
}

/** Whether the one node that is listed may be the one that was asked: behind the endpoint's name is some node. */
function mayBeOfItself({ address, from, isEndpoint, topology: { nodes } }: Report): boolean {
  const [node] = nodes;
  if (node === undefined || nodes.length > 1) return false;
  if (!isEndpoint) return node.id === from;
  return (
    address === undefined || node.address === undefined || endpointId(node.address, node.port) === address
  );
}

function bySecondSource(report: Report, { doubts }: Standing): boolean {
  return doubts.some((doubt) => saysSame(report, doubt) && areTwo(report, doubt));
}

/** The endpoint's name may stand for the very node that reports only itself. */
function areTwo(a: Report, b: Report): boolean {
  return a.from !== b.from && !(a.isEndpoint !== b.isEndpoint && mayBeOfItself(a) && mayBeOfItself(b));
}

/** The same from the same source, so long ago that it counts. */
function saidBefore(
  report: Report,
  { doubts }: Standing,
  afterMs: number = CONFIRM_AFTER_MS,
): Report | undefined {
  return doubts.find(
    (doubt) => doubt.from === report.from && saysSame(report, doubt) && report.at - doubt.at >= afterMs,
  );
}

/** No version counts as the lowest: a fallback to one server gives way to any discovered cluster. */
function compareVersions(a: bigint | undefined, b: bigint | undefined): number {
  const left = a ?? -1n;
  const right = b ?? -1n;
  return left === right ? 0 : left > right ? 1 : -1;
}
