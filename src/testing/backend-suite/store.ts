/** The store as a whole. */
import { expectEqual, expectFound } from './expectation.ts';
import type { Scenario } from './scenario.ts';

export const storeScenarios: readonly Scenario[] = [
  {
    name: 'clear empties the store, and it can be filled again',
    readsBack: true,
    async check({ backend, key }) {
      const [one, two] = [key(), key()];
      await backend.set(one, 1, null);
      await backend.set(two, 2, 100);
      await backend.clear();
      expectFound(await backend.getMany([one, two]), [], 'getMany after clear');
      expectEqual(await backend.add(one, 'next', null), true, 'add after clear');
      expectEqual(await backend.get(one), 'next', 'get after clear and add');
    },
  },
  {
    name: 'close may be called again, also by one who did not wait for the first call',
    readsBack: false,
    async check({ backend }) {
      await backend.get('any');
      await Promise.all([backend.close?.(), backend.close?.()]);
      await backend.close?.();
    },
  },
];

/** Only where the test suite was given a value that is too large. */
export const tooLargeScenario: Scenario = {
  name: 'a value that is too large is told, and named alone by setMany',
  readsBack: true,
  async check({ backend, key, tooLarge }) {
    const [one, two, three] = [key(), key(), key()];
    const stored = await backend.set(one, tooLarge, null).catch(() => false);
    expectEqual(stored, false, 'whether set stored a value that is too large');
    expectEqual(await backend.get(one), undefined, 'get after a set of a value that is too large');
    const entries = new Map<string, unknown>([
      [one, 1],
      [two, tooLarge],
      [three, 3],
    ]);
    expectEqual(await backend.setMany(entries, null), [two], 'keys that failed, of setMany');
    expectFound(
      await backend.getMany([one, two, three]),
      [
        [one, 1],
        [three, 3],
      ],
      'getMany after setMany with one value that is too large',
    );
  },
};
