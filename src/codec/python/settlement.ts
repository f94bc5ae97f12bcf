/** The last look at what a pickle has made. */
import { DecodeError } from '../../errors.ts';
import { MAX_DEPTH } from './limits.ts';
import type { PartsBudget } from './parts-budget.ts';
import { PythonClass } from './python-class.ts';
import type { PythonClasses } from './python-classes.ts';
import { setProperty } from './python-dict.ts';
import { PythonObject } from './python-object.ts';

/**
 * The value, with dicts that have become Maps and objects that are revived in their places. Most values
 * are as they should be, and not looked at.
 *
 * @param replaced the Maps, by the objects that they were before.
 * @throws DecodeError for one that is nested too deep, or holds a class.
 */
export function settle(
  value: unknown,
  classes: PythonClasses,
  replaced: ReadonlyMap<object, object>,
  budget: PartsBudget,
): unknown {
  if (replaced.size === 0 && !budget.namesClasses && !budget.mayBeDeep) return value;
  return new Settlement(classes, replaced).settle(value, 1);
}

/** The height of what is being looked at: met again, it holds itself. */
const OPEN = 0;

class Settlement {
  readonly #classes: PythonClasses;
  readonly #replaced: ReadonlyMap<object, object>;
  readonly #revived = new Map<object, unknown>();
  /** How many levels there are in what was looked at. Met again, it is not looked at again. */
  readonly #heights = new Map<object, number>();
  /** Of the part that was looked at last. */
  #height = 0;

  constructor(classes: PythonClasses, replaced: ReadonlyMap<object, object>) {
    this.#classes = classes;
    this.#replaced = replaced;
  }

  /** What stands in the place of a part. One call a level: there may be many levels. */
  settle(part: unknown, depth: number): unknown {
    this.#height = 0;
    if (typeof part !== 'object' || part === null || Buffer.isBuffer(part) || part instanceof Date)
      return part;
    if (part instanceof PythonClass) throw part.refused('it is the class itself');
    const value = this.#replaced.get(part) ?? part;
    let height = this.#heights.get(value);
    if (depth + (height ?? 1) - 1 > MAX_DEPTH)
      throw new DecodeError(`Pickle is nested more than ${MAX_DEPTH} levels`);
    const reviver = value instanceof PythonObject ? this.#classes.reviverOf(value) : undefined;
    if (height === OPEN && reviver !== undefined)
      throw new DecodeError('Pickle has an object to revive that holds itself');
    if (height === undefined) {
      this.#heights.set(value, OPEN);
      height = 1;
      const parts = partsOf(value);
      let changed = false;
      for (let index = 0; index < parts.length; index++) {
        const settled = this.settle(parts[index], depth + 1);
        height = Math.max(height, this.#height + 1);
        if (settled === parts[index]) continue;
        parts[index] = settled;
        changed = true;
      }
      if (changed) putParts(value, parts);
      this.#heights.set(value, height);
      if (reviver !== undefined)
        this.#revived.set(value, this.#classes.revive(value as PythonObject, reviver));
    }
    this.#height = height;
    const revived = this.#revived.get(value);
    return revived === undefined ? value : revived;
  }
}

/** Of an array, the array. */
function partsOf(value: object): unknown[] {
  if (Array.isArray(value)) return value;
  if (value instanceof Map) {
    const parts: unknown[] = [];
    for (const [key, item] of value) parts.push(key, item);
    return parts;
  }
  if (value instanceof Set) return [...value];
  if (value instanceof PythonObject) return [value.args, value.state];
  return Object.values(value);
}

function putParts(value: object, parts: readonly unknown[]): void {
  if (value instanceof Map) {
    value.clear();
    for (let index = 0; index < parts.length; index += 2) value.set(parts[index], parts[index + 1]);
  } else if (value instanceof Set) {
    value.clear();
    for (const part of parts) value.add(part);
  } else if (value instanceof PythonObject) {
    Object.assign(value, { state: parts[1] });
  } else if (!Array.isArray(value)) {
    for (const [index, key] of Object.keys(value).entries())
      setProperty(value as Record<string, unknown>, key, parts[index]);
  }
}
