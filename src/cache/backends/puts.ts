/** A value on its way into the store. */
export interface Put {
  /** Whether its key was deleted since: then it may be old. */
  overtaken: boolean;
}

/**
 * What this process is storing on no more than that nothing is there, or on a lease: no CAS unique keeps it from
 * being stored after a deletion that it did not see.
 */
export class Puts {
  readonly #puts = new Map<string, Map<Put, Promise<unknown>>>();

  /** @param store does it, and looks between its steps whether it was overtaken. */
  async run<T>(key: string, store: (put: Put) => Promise<T>): Promise<T> {
    const put: Put = { overtaken: false };
    const ofKey = this.#puts.get(key) ?? new Map<Put, Promise<unknown>>();
    this.#puts.set(key, ofKey);
    const stored = store(put);
    ofKey.set(put, stored);
    try {
      return await stored;
    } finally {
      ofKey.delete(put);
      if (ofKey.size === 0) this.#puts.delete(key);
    }
  }

  /** These keys, or all, are to be deleted; gives what is under way to them. */
  overtake(keys: Iterable<string> = this.#puts.keys()): Promise<unknown>[] {
    const underWay: Promise<unknown>[] = [];
    for (const key of keys) {
      for (const [put, stored] of this.#puts.get(key) ?? []) {
        put.overtaken = true;
        underWay.push(stored);
      }
    }
    return underWay;
  }
}
