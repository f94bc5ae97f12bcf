/** How an object is made of its class: by a call, or as `object.__new__` makes it. */
export type Construction = 'call' | 'new';

/**
 * What Python has and JavaScript has not, as its pickle says it: a `Decimal`, a `timedelta`, a datetime
 * without a zone. It does nothing. Stored again, it is to Python what it was.
 *
 * @example
 * ```ts
 * await client.set('price', new PythonObject('decimal', 'Decimal', ['12.50'])); // Decimal('12.50')
 * ```
 */
export class PythonObject {
  /** Such as `'decimal'`. */
  readonly module: string;
  /** Such as `'Decimal'`. */
  readonly name: string;
  /** What the class is called with. */
  readonly args: readonly unknown[];
  /** What it is given after that, as by `__setstate__`; `undefined` for nothing. */
  readonly state: unknown;
  readonly #construction: Construction;

  /**
   * @param construction default: `'new'` for what has a state and no arguments, as a `UUID`; else `'call'`.
   */
  constructor(
    module: string,
    name: string,
    args: readonly unknown[] = [],
    state?: unknown,
    construction: Construction = state !== undefined && args.length === 0 ? 'new' : 'call',
  ) {
    this.module = module;
    this.name = name;
    this.args = args;
    this.state = state;
    this.#construction = construction;
  }

  /** @internal */
  get construction(): Construction {
    return this.#construction;
  }
}
