/** Values with what is left of their lives. */
import type { CacheEntry } from '../../index.ts';
import { expectEqual, expectFound, expectTrue, fail } from './expectation.ts';
import type { Scenario } from './scenario.ts';

export const entryScenarios: readonly Scenario[] = [
  {
    name: 'getEntry tells what is left of a life, if it tells it at all',
    readsBack: true,
    async check({ backend, key }) {
      const [name, forever, counter] = [key(), key(), key()];
      await backend.set(name, { a: 1 }, 100);
      expectLeft(await backend.getEntry(name), 100, 'getEntry after set with ttl 100');
      await backend.touch(name, 1000);
      expectLeft(await backend.getEntry(name), 1000, 'getEntry after touch with ttl 1000');
      await backend.touch(name, null);
      expectLeft(await backend.getEntry(name), null, 'getEntry after touch with ttl null');
      await backend.set(forever, 1, null);
      expectLeft(await backend.getEntry(forever), null, 'getEntry after set with ttl null');
      await backend.incr(counter, { delta: 1n, initial: 1n, ttl: 100 });
      await backend.incr(counter, { delta: 1n, initial: undefined, ttl: null });
      const what = 'getEntry after incr that made a counter with ttl 100, and another';
      expectLeft(await backend.getEntry(counter), 100, what);
    },
  },
  {
    name: 'getEntries, where there is one, gives what is there, with what is left of each',
    readsBack: true,
    async check({ backend, key }) {
      const [object, none, forever, missing] = [key(), key(), key(), key()];
      await backend.set(object, { list: [1] }, 100);
      await backend.set(none, null, 1000);
      await backend.set(forever, 1, null);
      const asked = [forever, missing, object, none];
      const stored = [
        [object, { list: [1] }],
        [none, null],
        [forever, 1],
      ] as const;
      expectFound(await backend.getMany(asked), stored, 'getMany of three keys and a missing one');
      if (backend.getEntries === undefined) return;
      const entries = await backend.getEntries(asked);
      const values = entries instanceof Map ? valuesOf(entries) : entries;
      expectFound(values, stored, 'values of getEntries of three keys and a missing one');
      expectLeft(entries.get(object), 100, 'getEntries after set with ttl 100');
      expectLeft(entries.get(none), 1000, 'getEntries after set with ttl 1000');
      expectLeft(entries.get(forever), null, 'getEntries after set with ttl null');
      (values.get(object) as { list: number[] }).list.push(2);
      const after = 'get after the object read by getEntries was changed';
      expectEqual(await backend.get(object), { list: [1] }, after);
    },
  },
];

function valuesOf(entries: ReadonlyMap<string, CacheEntry>): Map<string, unknown> {
  return new Map([...entries].map(([key, entry]) => [key, entry?.value]));
}

/** @param by the call, and what was done before it. */
function expectLeft(entry: CacheEntry | undefined, ttl: number | null, by: string): void {
  const what = `ttl of ${by}`;
  if (entry === undefined) fail(`${what}: expected an entry, got a miss`);
  if (entry.ttl === undefined) return;
  if (ttl === null || entry.ttl === null) {
    expectEqual(entry.ttl, ttl, what);
    return;
  }
  // Half of it may be over on a machine that slept, and whole seconds are rounded up; a wrong unit is further off.
  const isLeft = entry.ttl > ttl / 2 && entry.ttl <= ttl + 1;
  expectTrue(isLeft, `${what}: expected about ${ttl}, got ${entry.ttl}`);
}
