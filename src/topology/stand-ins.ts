/**
 * Who has the keys of nodes that are down: the ring of the fleet, over the nodes that are up. Only keys
 * whose own node is down are looked up in it, so that no other key moves, whatever the ring.
 */
import type { Node } from '../node/node.ts';
import type { HashRing, KeyLocator, RingNode } from './ring/ring.ts';

/** Nodes, and which of them has a key. */
export interface Placement {
  /** In the order that the locator's indexes mean. */
  readonly nodes: readonly Node[];
  readonly locate: KeyLocator;
}

/** The nodes as they are now. */
interface View {
  readonly mostAreDown: boolean;
  /** Indexes of those that are up, and the same as text. */
  readonly up: readonly number[];
  readonly name: string;
}

/** Rings that are kept, one for each set of nodes that were up: nodes that flap make few of them. */
const KEPT_RINGS = 16;

export class StandIns {
  readonly #nodes: readonly Node[];
  readonly #ringNodes: readonly RingNode[];
  readonly #ring: HashRing;
  readonly #report: (error: Error) => void;
  readonly #placements = new Map<string, Placement | undefined>();
  #view: View;

  /**
   * @param ringNodes as the ring of all of them was given, in the order of `nodes`.
   * @param report told where the caller's own ring takes fewer nodes for an error.
   */
  constructor(
    nodes: readonly Node[],
    ringNodes: readonly RingNode[],
    ring: HashRing,
    report: (error: Error) => void,
  ) {
    this.#nodes = nodes;
    this.#ringNodes = ringNodes;
    this.#ring = ring;
    this.#report = report;
    this.#view = this.#look();
  }

  /** A node went down or is back. */
  healthChanged(): void {
    this.#view = this.#look();
  }

  /** More than half look down, or the only one: it is rather us than them. */
  get mostAreDown(): boolean {
    return this.#view.mostAreDown;
  }

  /** The nodes that are up; undefined where most look down. */
  get placement(): Placement | undefined {
    return this.#view.mostAreDown ? undefined : this.#placementOf(this.#view);
  }

  #look(): View {
    const up = [...this.#nodes.keys()].filter((index) => this.#nodes[index]?.isDown === false);
    return { mostAreDown: up.length * 2 < this.#nodes.length, up, name: up.join() };
  }

  #placementOf({ name, up }: View): Placement | undefined {
    if (this.#placements.has(name)) return this.#placements.get(name);
    if (this.#placements.size === KEPT_RINGS) this.#placements.clear();
    const placement = this.#build(up);
    this.#placements.set(name, placement);
    return placement;
  }

  #build(up: readonly number[]): Placement | undefined {
    try {
      const locate = this.#ring(up.map((index) => this.#ringNodes[index] as RingNode));
      return { nodes: up.map((index) => this.#nodes[index] as Node), locate };
    } catch (error) {
      // This is in the middle of a call whose node is down: it fails with that.
      this.#report(error as Error);
      return undefined;
    }
  }
}
