import { expect } from 'vitest';

/** `toStrictEqual`, which takes seconds for a large Buffer. */
export function expectSame(actual: unknown, expected: unknown): void {
  if (!Buffer.isBuffer(expected)) expect(actual).toStrictEqual(expected);
  else expect(Buffer.isBuffer(actual) && actual.equals(expected)).toBe(true);
}
