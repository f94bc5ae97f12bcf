import { DecodeError } from '../../errors.ts';
import { MAX_DEPTH, MAX_PARTS } from './limits.ts';

/** What a pickle has taken. A short one may copy the same long list many times. */
export class PartsBudget {
  /** Whether it named any class. */
  namesClasses = false;
  #taken = 0;

  /** @throws DecodeError where the value is too much. */
  take(parts: number): void {
    this.#taken += parts;
    if (this.#taken > MAX_PARTS) throw new DecodeError(`Pickle holds more than ${MAX_PARTS} parts`);
  }

  /** Whether there are enough parts to be nested too deep. */
  get mayBeDeep(): boolean {
    return this.#taken > MAX_DEPTH;
  }
}
