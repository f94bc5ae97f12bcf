import type { CacheBackend } from '../../index.ts';
import { counterScenarios } from './counters.ts';
import { entryScenarios } from './entries.ts';
import { keyScenarios } from './keys.ts';
import { type Scenario, standOn } from './scenario.ts';
import { storeScenarios, tooLargeScenario } from './store.ts';
import { togetherScenarios } from './together.ts';
import { ttlScenarios } from './ttls.ts';
import { valueScenarios } from './values.ts';

export interface CacheBackendTestOptions {
  /** A value that the store refuses for its size. Without one, that such a refusal is told is not tested. */
  readonly tooLarge?: unknown;
}

/** One case of a {@link cacheBackendTestSuite}. */
export interface CacheBackendTestCase {
  /** What holds of a right backend, as a sentence. No two cases have the same. */
  readonly name: string;
  /** `false`: it holds of a backend that keeps nothing too, as of `'dummy'`. */
  readonly readsBack: boolean;
  /** Opens a backend, tries it and closes it. Rejects where the sentence does not hold. */
  readonly run: () => Promise<void>;
}

/**
 * Everything that a {@link CacheBackend} owes to a cache, as cases for the test runner of your choice. A
 * case that fails throws an `AssertionError` that says which call gave what, and what was expected.
 *
 * Run the cases one after another, on a store that nobody else needs: some of them clear it. One waits
 * about three seconds for things to expire.
 *
 * @param open makes a backend; called once for each case, which closes it. They may share a store.
 *
 * @example
 * ```ts
 * import { test } from 'node:test';
 *
 * for (const { name, run } of cacheBackendTestSuite(() => openBackend(':memory:'))) test(name, run);
 * ```
 */
export function cacheBackendTestSuite(
  open: () => CacheBackend | Promise<CacheBackend>,
  options: CacheBackendTestOptions = {},
): readonly CacheBackendTestCase[] {
  const { tooLarge } = options;
  const scenarios: readonly Scenario[] = [
    ...keyScenarios,
    ...valueScenarios,
    ...ttlScenarios,
    ...entryScenarios,
    ...counterScenarios,
    ...togetherScenarios,
    ...storeScenarios,
    ...(tooLarge === undefined ? [] : [tooLargeScenario]),
  ];
  return scenarios.map(({ name, readsBack, check }) => ({
    name,
    readsBack,
    async run() {
      const backend = await open();
      try {
        await check(standOn(backend, tooLarge));
      } catch (error) {
        // What close has to say comes second to what went wrong before it.
        await backend.close?.().catch(() => {});
        throw error;
      }
      await backend.close?.();
    },
  }));
}
