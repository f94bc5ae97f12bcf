import { DecodeError } from '../../errors.ts';

/** What a pickle has made and not yet put somewhere, in groups that marks part. */
export class PickleStack {
  readonly #values: unknown[] = [];
  /** Where the groups begin. */
  readonly #marks: number[] = [];

  push(value: unknown): void {
    this.#values.push(value);
  }

  mark(): void {
    this.#marks.push(this.#values.length);
  }

  /** What was pushed last, in this group. */
  pop(): unknown {
    this.#check(1);
    return this.#values.pop();
  }

  /** The last ones, in the order they were pushed. */
  popMany(count: number): unknown[] {
    this.#check(count);
    return this.#values.splice(-count);
  }

  get top(): unknown {
    this.#check(1);
    return this.#values.at(-1);
  }

  /** Puts another in the place of the last one. */
  set top(value: unknown) {
    this.#values[this.#values.length - 1] = value;
  }

  /** The whole group; the one before it goes on. */
  popGroup(): unknown[] {
    const start = this.#marks.pop();
    if (start === undefined) throw new DecodeError('Pickle ends a group that was not begun');
    return this.#values.splice(start);
  }

  /** `POP` takes a mark too, where nothing is behind it. */
  drop(): void {
    if (this.#marks.at(-1) === this.#values.length) this.#marks.pop();
    else this.pop();
  }

  #check(count: number): void {
    if (this.#values.length - (this.#marks.at(-1) ?? 0) < count) {
      throw new DecodeError('Pickle takes what it has not made');
    }
  }
}
