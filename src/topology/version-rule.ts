/**
 * Whether a topology that some source reports replaces the current one: pure, so that each case is a
 * test without sockets or clocks.
 *
 * | reported version | and | then |
 * | --- | --- | --- |
 * | none current | | apply |
 * | higher | most nodes stay | apply |
 * | higher | over half (and two or more) gone, or only the answering node left | apply once confirmed |
 * | equal | same nodes and addresses | same |
 * | equal | same nodes, other addresses | apply |
 * | equal | other nodes | apply once a second source says so |
 * | lower | from a node | stale |
 * | lower | from the endpoint | apply once it says so again, and no old node contradicts |
 */
import { sameBody, sameMembers, type Topology } from './topology.ts';

/** A report, and who made it. */
export interface Report {
  readonly topology: Topology;
  /** `host:port` of the node or endpoint asked. */
  readonly from: string;
  /** Whether it is the configuration endpoint, its name freshly resolved. */
  readonly isEndpoint: boolean;
  /** Monotonic milliseconds. */
  readonly at: number;
}

export type Verdict =
  | { readonly kind: 'apply' }
  | { readonly kind: 'same' }
  | { readonly kind: 'stale' }
  /** To be applied if another source, or the same one later, says the same. */
  | { readonly kind: 'unconfirmed'; readonly why: string };

/** How much later the same source must say it again to count as a second one. */
export const CONFIRM_AFTER_MS = 5_000;

/**
 * @param pending the last report that was unconfirmed or stale from the endpoint, if any.
 * @param lastConfirmedAt when a member of the current topology last reported it; monotonic ms.
 */
export function judge(
  current: Topology | undefined,
  report: Report,
  pending: Report | undefined,
  lastConfirmedAt: number,
): Verdict {
  const { topology } = report;
  if (current === undefined) return { kind: 'apply' };
  const order = compareVersions(topology.version, current.version);
  if (order > 0) return judgeNewer(current, report, pending);
  if (order < 0) return judgeOlder(current, report, pending, lastConfirmedAt);
  if (sameBody(current, topology)) return { kind: 'same' };
  if (sameMembers(current, topology)) return { kind: 'apply' };
  if (bySecondSource(report, pending)) return { kind: 'apply' };
  return { kind: 'unconfirmed', why: 'other nodes at an equal version' };
}

function judgeNewer(current: Topology, report: Report, pending: Report | undefined): Verdict {
  const why = suspicious(current, report);
  if (why === undefined || bySecondSource(report, pending) || saidAgain(report, pending))
    return { kind: 'apply' };
  return { kind: 'unconfirmed', why };
}

/** A cluster that was deleted and made anew starts at version 1 under the same name. */
function judgeOlder(
  current: Topology,
  report: Report,
  pending: Report | undefined,
  lastConfirmedAt: number,
): Verdict {
  if (!report.isEndpoint) return { kind: 'stale' };
  const overlap = report.topology.nodes.some((node) => current.nodes.some((old) => old.id === node.id));
  const contradicted = overlap && pending !== undefined && lastConfirmedAt >= pending.at;
  if (pending?.isEndpoint && saidAgain(report, pending) && !contradicted) return { kind: 'apply' };
  return { kind: 'unconfirmed', why: 'a version before the current one' };
}

/** A node that fails may report only itself, or what is left of the cluster as it sees it. */
function suspicious(current: Topology, report: Report): string | undefined {
  const { nodes } = report.topology;
  const kept = current.nodes.filter((old) => nodes.some((node) => node.id === old.id)).length;
  const lost = current.nodes.length - kept;
  if (nodes.length === 1 && current.nodes.length > 1 && nodes[0]?.id === report.from)
    return 'only the node that was asked';
  if (lost >= 2 && lost * 2 > current.nodes.length) return 'over half of the nodes gone';
  return undefined;
}

function bySecondSource(report: Report, pending: Report | undefined): boolean {
  return saysSame(report, pending) && pending?.from !== report.from;
}

function saidAgain(report: Report, pending: Report | undefined): boolean {
  return saysSame(report, pending) && report.at - (pending?.at ?? report.at) >= CONFIRM_AFTER_MS;
}

function saysSame(report: Report, pending: Report | undefined): boolean {
  return (
    pending !== undefined &&
    compareVersions(report.topology.version, pending.topology.version) === 0 &&
    sameBody(report.topology, pending.topology)
  );
}

/** No version counts as the lowest: a fallback to one server gives way to any discovered cluster. */
function compareVersions(a: bigint | undefined, b: bigint | undefined): number {
  const left = a ?? -1n;
  const right = b ?? -1n;
  return left === right ? 0 : left > right ? 1 : -1;
}
