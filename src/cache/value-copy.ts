/**
 * Copies of values that came out of a codec or are to go into one. By hand, because nothing else is both
 * exact and fast: `JSON.parse` takes five to ten times as long, and `structuredClone` twenty times, which
 * besides makes plain objects of a class's.
 */

/** Copying recurses, and a stack ends. */
const MOST_DEPTH = 200;
/** About what V8 takes for an object or array, and for each of its slots. */
const OBJECT_BYTES = 48;
const SLOT_BYTES = 16;

const sliceBytes = Uint8Array.prototype.slice;

/**
 * About how many bytes of memory a value takes; `undefined` for one that {@link copyPlain} would not copy
 * exactly (objects of a class, functions, what holds itself), that is nested deeper than 200 levels, or
 * that takes more than `most`.
 */
export function plainBytes(value: unknown, most: number): number | undefined {
  const measure = new Measure(most);
  return measure.add(value) ? measure.bytes : undefined;
}

/** A copy of a value that {@link plainBytes} has a number for. */
export function copyPlain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyPlain);
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return copyRecord(value, prototype);
  // In memory of its own: a slice of Node's pool would keep all of the pool.
  if (value instanceof Uint8Array) return sliceBytes.call(value);
  if (value instanceof Map)
    return new Map([...value].map(([key, item]) => [copyPlain(key), copyPlain(item)]));
  if (value instanceof Set) return new Set([...value].map(copyPlain));
  return new Date(value as Date);
}

/** Spread keeps the shape that V8 knows, and leaves an own `__proto__` a property like others. */
function copyRecord(value: object, prototype: object | null): object {
  const copy: Record<string, unknown> =
    prototype === null ? Object.assign(Object.create(null), value) : { ...value };
  for (const key of Object.keys(copy)) {
    const item = copy[key];
    if (typeof item === 'object' && item !== null) copy[key] = copyPlain(item);
  }
  return copy;
}

/** Adds up what the parts of a value take, until one is found that ends it. */
class Measure {
  bytes = 0;
  readonly #most: number;
  /** What the part is in: to be met again there is to be endless. */
  readonly #around = new Set<object>();

  constructor(most: number) {
    this.#most = most;
  }

  /** False for what cannot be copied, or is too much. */
  add(value: unknown): boolean {
    this.bytes += SLOT_BYTES;
    switch (typeof value) {
      case 'string':
        this.bytes += 2 * value.length;
        break;
      case 'object':
        if (value !== null && !this.#addObject(value)) return false;
        break;
      case 'function':
      case 'symbol':
        return false;
    }
    return this.bytes <= this.#most;
  }

  #addObject(value: object): boolean {
    if (this.#around.has(value) || this.#around.size === MOST_DEPTH) return false;
    this.bytes += OBJECT_BYTES;
    this.#around.add(value);
    const added = this.#addParts(value);
    this.#around.delete(value);
    return added;
  }

  #addParts(value: object): boolean {
    switch (Object.getPrototypeOf(value)) {
      case Object.prototype:
      case null:
        return this.#addAll(Object.values(value));
      case Array.prototype:
        // Neither holes nor properties besides.
        return Object.keys(value).length === (value as unknown[]).length && this.#addAll(value as unknown[]);
      case Map.prototype:
        return this.#addAll([...(value as Map<unknown, unknown>)].flat());
      case Set.prototype:
        return this.#addAll([...(value as Set<unknown>)]);
      case Buffer.prototype:
      case Uint8Array.prototype:
        this.bytes += (value as Uint8Array).byteLength;
        return true;
      default:
        return Object.getPrototypeOf(value) === Date.prototype;
    }
  }

  #addAll(values: readonly unknown[]): boolean {
    return values.every((value) => this.add(value));
  }
}
