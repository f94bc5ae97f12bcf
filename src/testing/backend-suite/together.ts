/** Calls made at once: what is one step is not two. */
import { expectEqual } from './expectation.ts';
import type { Scenario } from './scenario.ts';

const CALLERS = 50;

export const togetherScenarios: readonly Scenario[] = [
  {
    name: 'of many adds at once one stores',
    readsBack: true,
    async check({ backend, key }) {
      const name = key();
      const stored = await atOnce((index) => backend.add(name, index, null));
      expectEqual(stored.filter(Boolean).length, 1, `adds that stored, of ${CALLERS} at once`);
      expectEqual(await backend.get(name), stored.indexOf(true), 'get after many adds at once');
    },
  },
  {
    name: 'of many steps at once all count',
    readsBack: true,
    async check({ backend, key }) {
      const [name, made] = [key(), key()];
      await backend.set(name, 0, null);
      const expected = Array.from({ length: CALLERS }, (_, index) => BigInt(index + 1));
      const step = { delta: 1n, initial: undefined, ttl: null };
      const counts = await atOnce(() => backend.incr(name, step));
      expectEqual(counts.sort(byValue), expected, `counts of ${CALLERS} steps at once`);
      const making = await atOnce(() => backend.incr(made, { ...step, initial: 1n }));
      expectEqual(making.sort(byValue), expected, `counts of ${CALLERS} steps at once that make the counter`);
    },
  },
  {
    name: 'calls at once get each their own answer',
    readsBack: true,
    async check({ backend, key }) {
      const keys = Array.from({ length: CALLERS }, (_, index) => key(`${index}`));
      const at = (index: number): string => keys[index % CALLERS] as string;
      await atOnce((index) => backend.set(at(index), { index }, null));
      const read = await atOnce(async (index) => [
        await backend.get(at(index)),
        (await backend.getMany([at(index), at(index + 1)])).get(at(index + 1)),
      ]);
      const expected = keys.map((_, index) => [{ index }, { index: (index + 1) % CALLERS }]);
      expectEqual(read, expected, `values of ${CALLERS} gets and getManys at once`);
    },
  },
];

function atOnce<T>(call: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: CALLERS }, (_, index) => call(index)));
}

function byValue(a: bigint | undefined, b: bigint | undefined): number {
  return Number((a ?? 0n) - (b ?? 0n));
}
