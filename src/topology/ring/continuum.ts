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
/** A start for each point of 400 nodes; beyond, steps grow rather than memory. */
const MAX_START_BITS = 16;

/**
 * Sorts the points of each node into one continuum.
 *
 * @throws RangeError where there are more than 65,536 nodes.
 */
export function continuumOf(pointsOfNodes: readonly (readonly number[])[]): Continuum {
  if (pointsOfNodes.length > MAX_OWNERS) throw new RangeError(`A continuum has at most ${MAX_OWNERS} nodes`);
  const packed = new Float64Array(pointsOfNodes.reduce((sum, points) => sum + points.length, 0));
  let count = 0;
  pointsOfNodes.forEach((points, owner) => {
    for (const point of points) packed[count++] = point * OWNER_SPAN + owner;
  });
  packed.sort();
  const points = new Uint32Array(count);
  const owners = new Uint16Array(count);
  // Storing the quotient cuts its fraction off, which is the owner.
  packed.forEach((value, i) => {
    points[i] = value / OWNER_SPAN;
    owners[i] = value % OWNER_SPAN;
  });
  return { points, owners };
}

/** As {@link continuumOf}, but where points are equal the last node owns them: as Java's TreeMap has it. */
export function lastWins(pointsOfNodes: readonly (readonly number[])[]): Continuum {
  const { points, owners } = continuumOf(pointsOfNodes.toReversed());
  return { points, owners: owners.map((owner) => pointsOfNodes.length - 1 - owner) };
}

/**
 * Looks keys up: the top bits of the hash tell where to start, and the point is there or a step or two
 * further. Beside the hash (some 230 ns for MD5) that costs some 15 ns a key over 3 to 20 nodes, where
 * a binary search, whose branches no processor can predict, costs 60 to 90.
 */
export function continuumLocator(continuum: Continuum, hashOf: KeyHash): KeyLocator {
  const { points, owners } = continuum;
  const bits = Math.min(MAX_START_BITS, 32 - Math.clz32(points.length));
  const shift = 32 - bits;
  const starts = startsOf(points, bits);
  return (key) => {
    const hash = hashOf(key);
    let position = starts[hash >>> shift] as number;
    while (position < points.length && (points[position] as number) < hash) position++;
    return owners[position === points.length ? 0 : position] as number;
  };
}

/** For each value of the top `bits` of a hash, the position of the first point that is not below it. */
function startsOf(points: Uint32Array, bits: number): Uint32Array {
  const starts = new Uint32Array(2 ** bits);
  const width = 2 ** (32 - bits);
  let position = 0;
  for (let i = 0; i < starts.length; i++) {
    while (position < points.length && (points[position] as number) < i * width) position++;
    starts[i] = position;
  }
  return starts;
}
