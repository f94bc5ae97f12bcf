/** Dicts: plain objects where all keys are strings, else Maps. */

export type PlainObject = Record<string, unknown>;

/** An object that stands for a dict. Nothing else that is read has this prototype. */
export function isPlainObject(value: unknown): value is PlainObject {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Assigned, the property `__proto__` would be the prototype. */
export function setProperty(object: PlainObject, key: string, value: unknown): void {
  if (key !== '__proto__') object[key] = value;
  else Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}
