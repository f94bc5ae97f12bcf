/** The points that continuums give each node. */
import { toByteString } from '../../protocol/key.ts';
import type { KeyHash } from './continuum.ts';
import type { RingNode } from './ring.ts';

/** Writes four 32 bit points, made of a byte string, to `out`. */
export type PointDigest = (bytes: string, out: Uint32Array) => void;

const POINTS_PER_NODE = 160;
/** One digest gives four points. */
const POINTS_PER_DIGEST = 4;
export const DIGESTS_PER_NODE: number = POINTS_PER_NODE / POINTS_PER_DIGEST;

/** So many points for each name, each the hash of `name-i`. */
export function hashedPoints(names: readonly string[], count: number, hashOf: KeyHash): number[][] {
  return names.map((name) => {
    const prefix = toByteString(name);
    return Array.from({ length: count }, (_, i) => hashOf(`${prefix}-${i}`));
  });
}

/** Four points of each digest of `name-i`; `counts` has the number of digests for each name. */
export function digestPoints(
  names: readonly string[],
  counts: readonly number[],
  digest: PointDigest,
): number[][] {
  const words = new Uint32Array(POINTS_PER_DIGEST);
  return names.map((name, node) => {
    const prefix = toByteString(name);
    const points: number[] = [];
    for (let i = 0; i < (counts[node] as number); i++) {
      digest(`${prefix}-${i}`, words);
      points.push(...words);
    }
    return points;
  });
}

/**
 * The digests of each node by its share of the weight, as C and Java compute them: in `float`, and rounding
 * at each step shows. 25, 47 or 50 equal nodes get 156 points each, not 160.
 */
export function floatDigestCounts(nodes: readonly RingNode[]): number[] {
  const { fround } = Math;
  const totalWeight = sumOfWeights(nodes);
  return nodes.map(({ weight }) => {
    const share = fround(fround(weight) / fround(totalWeight));
    const digestsOfShare = fround(fround(share * POINTS_PER_NODE) / POINTS_PER_DIGEST);
    return Math.floor(fround(fround(digestsOfShare * nodes.length) + fround(1e-10)));
  });
}

export function sumOfWeights(nodes: readonly RingNode[]): number {
  return nodes.reduce((sum, node) => sum + node.weight, 0);
}
