import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { CacheBackend } from '../../src/index.ts';
import { type CacheBackendTestCase, cacheBackendTestSuite } from '../../src/testing/index.ts';
import { counterDefects } from './backend-suite/counters.ts';
import { LimitedBackend, rightBut, TOO_LARGE } from './backend-suite/defect.ts';
import { entryDefects } from './backend-suite/entries.ts';
import { keyDefects } from './backend-suite/keys.ts';
import { storeDefects } from './backend-suite/store.ts';
import { ttlDefects } from './backend-suite/ttls.ts';
import { valueDefects } from './backend-suite/values.ts';

const table = {
  ...keyDefects,
  ...valueDefects,
  ...ttlDefects,
  ...entryDefects,
  ...counterDefects,
  ...storeDefects,
};
const defects = Object.entries(table).flatMap(([foundBy, wrongs]) =>
  Object.entries(wrongs).map(([name, wrong]) => ({ name, foundBy, open: () => rightBut(wrong) })),
);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function casesOf(open: () => CacheBackend | Promise<CacheBackend>): readonly CacheBackendTestCase[] {
  return cacheBackendTestSuite(open, { tooLarge: TOO_LARGE });
}

function caseOf(name: string, open: () => CacheBackend): CacheBackendTestCase {
  const found = casesOf(open).find((each) => each.name === name);
  if (found === undefined) throw new Error(`There is no case "${name}"`);
  return found;
}

/** What a case rejects with, `undefined` where it resolves; its waiting takes no time. */
async function failureOf({ run }: CacheBackendTestCase): Promise<unknown> {
  const outcome = run().then(
    () => undefined,
    (error: unknown) => error,
  );
  await vi.advanceTimersByTimeAsync(10_000);
  return outcome;
}

describe('a backend that keeps the contract', () => {
  const cases = casesOf(async () => new LimitedBackend());

  test.each(cases.map((each) => [each.name, each] as const))('passes: %s', async (_name, each) => {
    expect(await failureOf(each)).toBeUndefined();
  });

  test('is opened and closed once for each case, also for one that fails', async () => {
    const close = vi.fn(async () => {});
    const [right, wrong] = [
      Object.assign(new LimitedBackend(), { close }),
      { ...rightBut(() => ({ get: async () => 1 })), close },
    ];
    const name = 'what is stored is told as stored';
    expect(await failureOf(caseOf(name, () => right))).toBeUndefined();
    expect(close).toHaveBeenCalledTimes(1);
    expect(await failureOf(caseOf('set replaces what is there', () => wrong))).toBeInstanceOf(Error);
    expect(close).toHaveBeenCalledTimes(2);
  });

  test('needs no case of what is too large where none was given', () => {
    const names = cacheBackendTestSuite(() => new LimitedBackend()).map(({ name }) => name);
    expect(cases.map(({ name }) => name).filter((name) => !names.includes(name))).toEqual([
      'a value that is too large is told, and named alone by setMany',
    ]);
  });
});

describe('a defect is found', () => {
  test.each(defects)('$name', async ({ foundBy, open }) => {
    expect(await failureOf(caseOf(foundBy, open))).toBeInstanceOf(Error);
  });

  test('by each case, one at least', () => {
    const names = casesOf(() => new LimitedBackend()).map(({ name }) => name);
    expect(new Set(defects.map(({ foundBy }) => foundBy))).toEqual(new Set(names));
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('a failure', () => {
  test('says which call gave what, and what was expected', async () => {
    const backend = rightBut(() => ({ get: async () => null }));
    const failure = await failureOf(caseOf('a missing key is a miss to every method', () => backend));
    expect(failure).toMatchObject({
      name: 'AssertionError',
      message: 'get of a missing key: expected undefined, got null',
      actual: null,
    });
  });

  test('that was due and did not come is told too', async () => {
    const backend = rightBut(() => ({ incr: async () => 7n }));
    const name = 'what is no whole number from 0 does not count, and is left';
    const failure = await failureOf(caseOf(name, () => backend));
    expect(failure).toMatchObject({
      message: 'incr of "text": expected to reject with InvalidValueError, resolved to 7n',
    });
  });

  test('names the error that came in place of the one that was due', async () => {
    const incr = () => Promise.reject(new TypeError('no number'));
    const name = 'what is no whole number from 0 does not count, and is left';
    const failure = await failureOf(caseOf(name, () => rightBut(() => ({ incr }))));
    expect((failure as Error).message).toBe(
      'incr of "text": expected to reject with InvalidValueError, rejected with TypeError: no number',
    );
  });

  test('of the backend itself comes through, and before that of its close', async () => {
    const error = new Error('the store is down');
    const close = async (): Promise<void> => {
      throw new Error('not this one');
    };
    const backend = rightBut(() => ({ get: () => Promise.reject(error), close }));
    expect(await failureOf(caseOf('set replaces what is there', () => backend))).toBe(error);
  });

  test('shows long values in short', async () => {
    const backend = rightBut(() => ({ get: async () => Array.from({ length: 1000 }, () => 'long') }));
    const failure = await failureOf(caseOf('a missing key is a miss to every method', () => backend));
    expect((failure as Error).message.length).toBeLessThan(500);
  });
});
