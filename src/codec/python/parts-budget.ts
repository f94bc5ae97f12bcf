import { DecodeError } from '../../errors.ts';
import { KeySpread, WATCHED_KEYS } from './key-spread.ts';
import { MAX_DEPTH, MAX_PARTS } from './limits.ts';

/** What a pickle has taken. A short one may copy the same long list many times. */
export class PartsBudget {
  /** Whether it named any class. */
  namesClasses = false;
  #taken = 0;
  #keys = 0;
  readonly #spreads = new Map<object, KeySpread>();

  /** @throws DecodeError where the value is too much. */
  take(parts: number): void {
    this.#taken += parts;
    if (this.#taken > MAX_PARTS) throw tooMany();
  }

  /** Puts a member into a set. */
  addMember(set: Set<unknown>, member: unknown): void {
    const { size } = set;
    set.add(member);
    if (set.size > size) this.#keyAdded(set, member);
  }

  /** Puts an item into a dict with keys that are no strings. */
  setItem(dict: Map<unknown, unknown>, key: unknown, value: unknown): void {
    const { size } = dict;
    dict.set(key, value);
    if (dict.size > size) this.#keyAdded(dict, key);
  }

  /** @throws DecodeError where they are too many, or such as are not found fast. */
  #keyAdded(to: { readonly size: number }, key: unknown): void {
    this.#keys++;
    if (this.#keys > MAX_PARTS) throw tooMany();
    if (to.size <= WATCHED_KEYS || (typeof key !== 'number' && typeof key !== 'bigint')) return;
    let spread = this.#spreads.get(to);
    if (spread === undefined) {
      spread = new KeySpread();
      this.#spreads.set(to, spread);
    }
    spread.add(key);
  }

  /** Whether there are enough parts to be nested too deep. */
  get mayBeDeep(): boolean {
    return this.#taken > MAX_DEPTH;
  }
}

function tooMany(): DecodeError {
  return new DecodeError(`Pickle holds more than ${MAX_PARTS} parts`);
}
