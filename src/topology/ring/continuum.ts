/**
 * libmemcached's continuum: points on the circle of 32 bit hashes, each owned by a node. A key belongs
 * to the first point at or above its hash, and past the last point to the first one.
 */
import type { KeyLocator } from './ring.ts';

/** Hashes a byte string to 32 bits unsigned. */
export type KeyHash = (bytes: string) => number;

export interface Continuum {
  /** Ascending; where two are equal, the owner with the lower index comes first. */
  readonly points: Uint32Array;
  /** The index of the node that owns the point of the same position. */
  readonly owners: Uint16Array;
}

/** A double holds a 32 bit point and 20 bits of owner exactly, so that one numeric sort orders both. */
const OWNER_SPAN = 2 ** 20;
const MAX_OWNERS = 2 ** 16;

/**
 * Sorts the points of each node into one continuum.
 *
 * @throws RangeError where there are more than 65,536 nodes.
 */
export function continuumOf(pointsOfNodes: readonly (readonly number[])[]): Continuum {
  if (pointsOfNodes.length > MAX_OWNERS) throw new RangeError(`A continuum has at most ${MAX_OWNERS} nodes`);
  const packed = Float64Array.from(
    pointsOfNodes.flatMap((points, owner) => points.map((point) => point * OWNER_SPAN + owner)),
  ).sort();
  return {
    points: Uint32Array.from(packed, (value) => Math.floor(value / OWNER_SPAN)),
    owners: Uint16Array.from(packed, (value) => value % OWNER_SPAN),
  };
}

/** Looks keys up by binary search. */
export function continuumLocator({ points, owners }: Continuum, hashOf: KeyHash): KeyLocator {
  const count = points.length;
  return (key) => {
    const hash = hashOf(key);
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((points[middle] as number) < hash) low = middle + 1;
      else high = middle;
    }
    return owners[low === count ? 0 : low] as number;
  };
}
