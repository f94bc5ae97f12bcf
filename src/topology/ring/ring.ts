/**
 * A hash ring decides which node owns a key. It is a pure function of the nodes: two processes with
 * the same nodes agree on every key.
 */
import { NoNodesError } from '../../errors.ts';

/** A node as the ring sees it. */
export interface RingNode {
  /**
   * What names the node on the ring, exactly as given: a host name, an IP address without brackets, or the
   * path of a unix socket.
   */
  readonly host: string;
  /** 0 for a unix socket. */
  readonly port: number;
  /** Its share of the keys in relation to the others: a whole number from 1. */
  readonly weight: number;
  /** The IP that discovery gave, if any. */
  readonly address?: string;
}

/** Gives the index, in the list the ring was built of, of the node that owns a key. The key is a byte string. */
export type KeyLocator = (key: string) => number;

/**
 * Builds the locator of a list of nodes.
 *
 * @throws NoNodesError where the list is empty.
 *
 * @example
 * ```ts
 * const locate = ketama(nodes);
 * nodes[locate('user:1')];
 * ```
 */
export type HashRing = (nodes: readonly RingNode[]) => KeyLocator;

/** A ring of what places keys on two nodes or more: none is an error, and one owns all without hashing. */
export function hashRing(locatorOf: HashRing): HashRing {
  return (nodes) => {
    if (nodes.length === 0) throw new NoNodesError('A ring needs a node');
    return nodes.length === 1 ? ownedByFirst : locatorOf(nodes);
  };
}

function ownedByFirst(): number {
  return 0;
}
