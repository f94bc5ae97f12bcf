/** Says what was found where something else was due, in the error that every test runner knows. */
import { AssertionError } from 'node:assert';
import { inspect, isDeepStrictEqual } from 'node:util';

/** @param what the call and its circumstances, which begin the message. */
export function expectEqual(actual: unknown, expected: unknown, what: string): void {
  if (isDeepStrictEqual(plain(actual), plain(expected))) return;
  fail(`${what}: expected ${shown(expected)}, got ${shown(actual)}`, actual, expected);
}

/** As `expectEqual`, of what `getMany` resolves to. */
export function expectFound(
  actual: unknown,
  expected: Iterable<readonly [string, unknown]>,
  what: string,
): void {
  if (!(actual instanceof Map)) fail(`${what}: expected a Map, got ${shown(actual)}`);
  expectEqual(sorted(actual), sorted(expected), what);
}

export function expectTrue(condition: boolean, message: string): void {
  if (!condition) fail(message);
}

/** The call rejects with an error of that kind. */
export async function expectRejection(
  call: () => unknown,
  kind: abstract new (...args: never[]) => Error,
  what: string,
): Promise<void> {
  let resolved: unknown;
  try {
    resolved = await call();
  } catch (error) {
    if (error instanceof kind) return;
    return fail(`${what}: expected to reject with ${kind.name}, rejected with ${shown(error)}`, error);
  }
  fail(`${what}: expected to reject with ${kind.name}, resolved to ${shown(resolved)}`, resolved);
}

export function fail(message: string, actual?: unknown, expected?: unknown): never {
  throw new AssertionError({ message, actual, expected, operator: 'cacheBackendTestSuite' });
}

/** One kind of bytes, wherever they are: a backend may give a `Buffer` for a `Uint8Array`. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value);
  return Array.isArray(value) ? value.map(plain) : value;
}

function sorted(entries: Iterable<readonly [string, unknown]>): unknown[] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
}

function shown(value: unknown): string {
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  const text = inspect(value, { breakLength: Number.POSITIVE_INFINITY, depth: 3, maxStringLength: 100 });
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}
