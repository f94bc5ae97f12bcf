/** How long things live. */
import type { CacheBackend } from '../../index.ts';
import { expectEqual, expectFound, fail } from './expectation.ts';
import type { BackendGround, Scenario } from './scenario.ts';

const DAY = 86_400;
const LASTING: readonly (readonly [name: string, ttl: number | null])[] = [
  ['never', null],
  ['a minute and a fraction', 60.2],
  ['30 days', 30 * DAY],
  ['30 days and a second, which memcached takes for a date', 30 * DAY + 1],
  ['a century', 36_525 * DAY],
];

/** What counts whole seconds may take two for one. */
const PATIENCE_MS = 4_000;
const POLL_MS = 50;
const TRIES = 20;

export const ttlScenarios: readonly Scenario[] = [
  {
    name: 'a ttl of 0 or less is expired at once',
    readsBack: true,
    async check({ backend, key }) {
      for (const ttl of [0, -1, -0.5, -100]) {
        const [set, added, many, touched, kept] = [key(), key(), key(), key(), key()];
        for (const name of [set, many, touched, kept]) await backend.set(name, 'old', null);
        const by = `with ttl ${ttl}`;
        expectEqual(await backend.set(set, 'new', ttl), true, `set ${by}`);
        expectEqual(await backend.add(added, 'new', ttl), true, `add of a missing key ${by}`);
        expectEqual(await backend.setMany(new Map([[many, 'new']]), ttl), [], `setMany ${by}`);
        expectEqual(await backend.touch(touched, ttl), true, `touch ${by}`);
        expectFound(
          await backend.getMany([set, added, many, touched]),
          [],
          `getMany after set, add, setMany and touch ${by}`,
        );
        expectEqual(await backend.touch(touched, 10), false, `touch of what was touched ${by}`);
        expectEqual(await backend.add(kept, 'new', ttl), false, `add over a value ${by}`);
        expectEqual(await backend.get(kept), 'old', `get after an add over it ${by}`);
      }
    },
  },
  {
    name: 'null and ttls of any length last',
    readsBack: true,
    async check({ backend, key }) {
      for (const [name, ttl] of LASTING) {
        const [set, added, many, touched] = [key(), key(), key(), key()];
        await backend.set(set, 1, ttl);
        await backend.add(added, 1, ttl);
        await backend.setMany(new Map([[many, 1]]), ttl);
        await backend.set(touched, 1, null);
        expectEqual(await backend.touch(touched, ttl), true, `touch with the ttl ${name}`);
        const found = [set, added, many, touched].map((each) => [each, 1] as const);
        expectFound(
          await backend.getMany([set, added, many, touched]),
          found,
          `getMany after set, add, setMany and touch with the ttl ${name}`,
        );
      }
    },
  },
  {
    name: 'a fraction of a second is not expired at once',
    readsBack: true,
    async check({ backend, key }) {
      // A server's second may be over at once, and a slow machine miss it: not every time.
      for (let tries = 0; tries < TRIES; tries++) {
        const name = key();
        await backend.set(name, 1, 0.9);
        if ((await backend.get(name)) === 1) return;
      }
      fail(`get right after a set with ttl 0.9: a miss, ${TRIES} times in a row`);
    },
  },
  {
    name: 'what has a ttl is a miss when it is over, and what was given another lives by that',
    readsBack: true,
    async check(ground) {
      const { backend, key } = ground;
      const going = await storeGoing(ground);
      const unread = Array.from({ length: 9 }, () => key('unread'));
      await backend.setMany(new Map(unread.map((name) => [name, 1])), 1);
      const [touched, replaced] = [await storeTouched(ground, null), key('replaced')];
      const lengthened = await storeTouched(ground, 100);
      await backend.set(replaced, 1, 1);
      await backend.set(replaced, 2, null);
      const last = key('last');
      await backend.set(last, 1, 2);

      const deadline = performance.now() + PATIENCE_MS;
      for (const [how, name] of Object.entries(going)) await untilGone(backend, name, how, deadline);
      await untilGone(backend, last, 'set with ttl 2', deadline);
      expectEqual(
        await backend.get(replaced),
        2,
        'get of a value set anew to last for ever, after its old ttl',
      );
      expectEqual(
        await backend.get(touched),
        1,
        'get of a value touched to last for ever, after its old ttl',
      );
      expectEqual(
        await backend.get(lengthened),
        1,
        'get of a value touched to last longer, after its old ttl',
      );
      await expectMisses(backend, unread);
    },
  },
  {
    name: 'touch sets the ttl and leaves the value',
    readsBack: true,
    async check({ backend, key }) {
      const name = key();
      await backend.set(name, { kept: true }, 100);
      expectEqual(await backend.touch(name, 200), true, 'touch');
      expectEqual(await backend.get(name), { kept: true }, 'get after a touch');
    },
  },
];

/** Keys that go within a second or two, by how they came by their ttl. */
async function storeGoing({ backend, key }: BackendGround): Promise<Record<string, string>> {
  const keys = {
    'set with ttl 1': key(),
    'set with ttl 0.5': key(),
    'added with ttl 1': key(),
    'stored by setMany with ttl 1': key(),
    'set for ever and touched with ttl 1': key(),
    'set for ever and set anew with ttl 1': key(),
    'made by incr with ttl 1': key(),
    'set with ttl 1 and stepped by incr': key(),
  };
  await backend.set(keys['set with ttl 1'], 1, 1);
  await backend.set(keys['set with ttl 0.5'], 1, 0.5);
  await backend.add(keys['added with ttl 1'], 1, 1);
  await backend.setMany(new Map([[keys['stored by setMany with ttl 1'], 1]]), 1);
  await backend.set(keys['set for ever and touched with ttl 1'], 1, null);
  await backend.touch(keys['set for ever and touched with ttl 1'], 1);
  await backend.set(keys['set for ever and set anew with ttl 1'], 1, null);
  await backend.set(keys['set for ever and set anew with ttl 1'], 1, 1);
  await backend.incr(keys['made by incr with ttl 1'], { delta: 1n, initial: 1n, ttl: 1 });
  await backend.set(keys['set with ttl 1 and stepped by incr'], 1, 1);
  await backend.incr(keys['set with ttl 1 and stepped by incr'], {
    delta: 1n,
    initial: undefined,
    ttl: null,
  });
  return keys;
}

/** A key of a short life that was touched in time. */
async function storeTouched({ backend, key }: BackendGround, ttl: number | null): Promise<string> {
  for (let tries = 0; tries < TRIES; tries++) {
    const name = key();
    await backend.set(name, 1, 2);
    if (await backend.touch(name, ttl)) return name;
  }
  return fail(`touch right after a set with ttl 2: false, ${TRIES} times in a row`);
}

async function untilGone(backend: CacheBackend, key: string, how: string, deadline: number): Promise<void> {
  while ((await backend.get(key)) !== undefined) {
    if (performance.now() > deadline) fail(`get of what was ${how}: still a value after ${PATIENCE_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** What has expired is missing to every method, also to the first that looks: one key for each. */
async function expectMisses(backend: CacheBackend, keys: readonly string[]): Promise<void> {
  const [one = '', two = '', three = '', four = '', five = '', six = '', seven = '', ...others] = keys;
  expectFound(await backend.getMany(others), [], 'getMany of what has expired');
  expectEqual(await backend.getEntry(one), undefined, 'getEntry of what has expired');
  const entries = await backend.getEntries?.([seven]);
  expectFound(entries ?? new Map(), [], 'getEntries of what has expired');
  expectEqual(await backend.touch(two, 10), false, 'touch of what has expired');
  expectEqual(await backend.delete(three), false, 'delete of what has expired');
  expectEqual(await backend.deleteMany([four]), 0, 'deleteMany of what has expired');
  const step = { delta: 1n, initial: undefined, ttl: null };
  expectEqual(await backend.incr(five, step), undefined, 'incr of what has expired');
  expectEqual(await backend.add(six, 'next', null), true, 'add where something has expired');
  expectEqual(await backend.get(six), 'next', 'get after an add where something had expired');
}
