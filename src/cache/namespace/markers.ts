import { Marker, type MarkerStore } from './marker.ts';

/** What is forgotten costs one reading. */
const MOST_MARKERS = 10_000;

/** What this process knows of the markers of a store, for all who ask. */
export class Markers {
  readonly #store: MarkerStore;
  readonly #markers = new Map<string, Marker>();

  constructor(store: MarkerStore) {
    this.#store = store;
  }

  of(key: string): Marker {
    const known = this.#markers.get(key);
    if (known !== undefined) return known;
    if (this.#markers.size >= MOST_MARKERS) this.#forgetOne();
    const marker = new Marker(key, this.#store);
    this.#markers.set(key, marker);
    return marker;
  }

  /** The store was emptied: what is written under a marker that is gone would be lost. */
  expireAll(): void {
    for (const marker of this.#markers.values()) marker.expire();
  }

  #forgetOne(): void {
    for (const [key, marker] of this.#markers) {
      if (marker.busy) continue;
      this.#markers.delete(key);
      return;
    }
  }
}
