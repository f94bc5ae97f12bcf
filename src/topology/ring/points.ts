/** The points that libmemcached (`update_continuum` in hosts.cc) gives each node of a continuum. */
import { md5Words } from '../../common/hash/md5.ts';
import { toByteString } from '../../protocol/key.ts';
import type { KeyHash } from './continuum.ts';
import type { RingNode } from './ring.ts';

const DEFAULT_PORT = 11_211;
const UNWEIGHTED_POINTS = 100;
const WEIGHTED_POINTS = 160;
/** One MD5 gives four points. */
const POINTS_PER_DIGEST = 4;

/** 100 points a node, each the hash of a name. Weights do not count. */
export function unweightedPoints(nodes: readonly RingNode[], hashOf: KeyHash): number[][] {
  return nodes.map((node) => {
    const prefix = namePrefix(node);
    return Array.from({ length: UNWEIGHTED_POINTS }, (_, i) => hashOf(`${prefix}${i}`));
  });
}

/** About 160 points for a node of average weight, four of each MD5 of a name. */
export function weightedPoints(nodes: readonly RingNode[]): number[][] {
  const totalWeight = nodes.reduce((sum, node) => sum + node.weight, 0);
  const words = new Uint32Array(POINTS_PER_DIGEST);
  return nodes.map((node) => {
    const prefix = namePrefix(node);
    const points: number[] = [];
    for (let i = 0; i < digestCount(node.weight, totalWeight, nodes.length); i++) {
      md5Words(`${prefix}${i}`, words);
      points.push(...words);
    }
    return points;
  });
}

/**
 * The share of a node in all points, a quarter of it. libmemcached computes in `float`, and rounding
 * at each step shows: 25, 47 or 50 equal nodes get 156 points each, not 160.
 */
function digestCount(weight: number, totalWeight: number, nodeCount: number): number {
  const { fround } = Math;
  const share = fround(fround(weight) / fround(totalWeight));
  const digestsOfShare = fround(fround(share * WEIGHTED_POINTS) / POINTS_PER_DIGEST);
  return Math.floor(fround(fround(digestsOfShare * nodeCount) + fround(1e-10)));
}

/** `host-` on the default port, else `host:port-`; IPv6 addresses stand without brackets. */
function namePrefix({ host, port }: RingNode): string {
  const name = toByteString(host);
  return port === DEFAULT_PORT ? `${name}-` : `${name}:${port}-`;
}
