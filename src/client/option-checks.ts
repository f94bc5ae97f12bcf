/** What options have in common: each is checked, and has its default, once. */
import { InvalidCacheConfigError } from '../errors.ts';

export function oneOf<T extends string>(
  name: string,
  value: T | undefined,
  allowed: readonly T[],
  fallback: T,
): T {
  if (value === undefined) return fallback;
  if (allowed.includes(value)) return value;
  throw new InvalidCacheConfigError(`${name} must be ${allowed.map((each) => `'${each}'`).join(' or ')}`);
}

export function integer(
  name: string,
  value: number | undefined,
  min: number,
  max: number,
  fallback: number,
): number {
  if (value === undefined) return fallback;
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new InvalidCacheConfigError(`${name} must be a whole number from ${min} to ${max}`);
}

export function rejectUnknown(options: object, names: ReadonlySet<string>, prefix: string): void {
  if (typeof options !== 'object' || options === null) {
    throw new InvalidCacheConfigError(`${prefix === '' ? 'options' : prefix.slice(0, -1)} must be an object`);
  }
  for (const name of Object.keys(options)) {
    if (!names.has(name)) throw new InvalidCacheConfigError(`There is no option ${prefix}${name}`);
  }
}
