/**
 * A first-in first-out queue on a ring of a power of two: no shifting of arrays, no object an entry.
 *
 * ```
 *        head            tail
 *          v               v
 *  [ . . . a b c d e f g h . . ]   slot i is at (head + i) & mask
 * ```
 */
import type { Slot } from './slot.ts';

const INITIAL_CAPACITY = 64;

export class SlotQueue {
  #ring: (Slot | undefined)[] = new Array<Slot | undefined>(INITIAL_CAPACITY).fill(undefined);
  #mask = INITIAL_CAPACITY - 1;
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(slot: Slot): void {
    if (this.#length > this.#mask) this.#resize((this.#mask + 1) * 2);
    this.#ring[(this.#head + this.#length) & this.#mask] = slot;
    this.#length++;
  }

  /** The oldest, or undefined. */
  peek(): Slot | undefined {
    return this.#ring[this.#head];
  }

  /** Takes the oldest out. */
  shift(): Slot | undefined {
    const slot = this.#ring[this.#head];
    if (slot === undefined) return undefined;
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & this.#mask;
    this.#length--;
    return slot;
  }

  /** Takes all out, oldest first, and gives the ring's memory back. */
  takeAll(): Slot[] {
    const all = [...this];
    this.#ring = new Array<Slot | undefined>(INITIAL_CAPACITY).fill(undefined);
    this.#mask = INITIAL_CAPACITY - 1;
    this.#head = 0;
    this.#length = 0;
    return all;
  }

  *[Symbol.iterator](): Generator<Slot> {
    for (let i = 0; i < this.#length; i++) yield this.#ring[(this.#head + i) & this.#mask] as Slot;
  }

  #resize(capacity: number): void {
    const ring = new Array<Slot | undefined>(capacity).fill(undefined);
    // Not by the generator: its object for each step is seen in `bench` burst.
    for (let i = 0; i < this.#length; i++) ring[i] = this.#ring[(this.#head + i) & this.#mask];
    this.#ring = ring;
    this.#mask = capacity - 1;
    this.#head = 0;
  }
}
