import { InvalidCacheConfigError } from '../../errors.ts';
import type { HashRing } from './ring.ts';

/**
 * A ring of the caller's own, of which nothing is known: what it gives is looked at before a node is looked up by
 * it. What it throws when it is built is thrown on.
 */
export function ownRing(ring: HashRing): HashRing {
  return (nodes) => {
    const locate = ring(nodes);
    if (typeof locate !== 'function') {
      throw new InvalidCacheConfigError(
        'hashing: a ring must give a function that gives the index of the node of a key',
      );
    }
    return (key) => {
      const index = located(locate, key);
      if (Number.isInteger(index) && index >= 0 && index < nodes.length) return index;
      throw new InvalidCacheConfigError(
        `hashing: the ring gave ${typeof index === 'number' ? index : typeof index} for a key, not the index of one of ${nodes.length} nodes`,
      );
    };
  };
}

function located(locate: ReturnType<HashRing>, key: string): number {
  try {
    return locate(key);
  } catch (cause) {
    throw new InvalidCacheConfigError('hashing: the ring threw an error for a key', { cause });
  }
}
