/** One key, many keys, and what a key may be. */
import { type CacheBackend, InvalidKeyError } from '../../index.ts';
import { expectEqual, expectFound, expectTrue, fail } from './expectation.ts';
import type { Scenario } from './scenario.ts';

const MAX_KEY_BYTES = 250;

export const keyScenarios: readonly Scenario[] = [
  {
    name: 'a missing key is a miss to every method',
    readsBack: false,
    async check({ backend, key }) {
      const name = key();
      expectEqual(await backend.get(name), undefined, 'get of a missing key');
      expectFound(await backend.getMany([name]), [], 'getMany of a missing key');
      expectEqual(await backend.getEntry(name), undefined, 'getEntry of a missing key');
      for (const ttl of [10, null, 0]) {
        expectEqual(await backend.touch(name, ttl), false, `touch of a missing key with ttl ${ttl}`);
      }
      expectEqual(await backend.delete(name), false, 'delete of a missing key');
      expectEqual(await backend.deleteMany([name]), 0, 'deleteMany of a missing key');
      const step = { delta: 1n, initial: undefined, ttl: null };
      expectEqual(await backend.incr(name, step), undefined, 'incr of a missing key without initial');
      expectEqual(await backend.get(name), undefined, 'get after incr of a missing key');
    },
  },
  {
    name: 'what is stored is told as stored',
    readsBack: false,
    async check({ backend, key }) {
      const [set, added, one, two] = [key(), key(), key(), key()];
      expectEqual(await backend.set(set, 1, 100), true, 'set');
      expectEqual(await backend.add(added, 1, 100), true, 'add of a missing key');
      const entries = new Map([
        [one, 1],
        [two, 2],
      ]);
      expectEqual(await backend.setMany(entries, 100), [], 'keys that failed, of setMany');
    },
  },
  {
    name: 'add stores where there is nothing, and nowhere else',
    readsBack: true,
    async check({ backend, key }) {
      const name = key();
      expectEqual(await backend.add(name, 'first', null), true, 'add where there is nothing');
      expectEqual(await backend.add(name, 'second', null), false, 'add where there is something');
      expectEqual(await backend.get(name), 'first', 'get after an add over it');
      await backend.delete(name);
      expectEqual(await backend.add(name, 'third', null), true, 'add after a delete');
    },
  },
  {
    name: 'delete tells whether there was something, and leaves other keys',
    readsBack: true,
    async check({ backend, key }) {
      const [name, other] = [key(), key()];
      await backend.set(name, 1, null);
      await backend.set(other, 2, null);
      expectEqual(await backend.delete(name), true, 'delete');
      expectEqual(await backend.get(name), undefined, 'get after a delete');
      expectEqual(await backend.delete(name), false, 'a second delete');
      expectEqual(await backend.get(other), 2, 'get of another key after a delete');
    },
  },
  {
    name: 'deleteMany deletes those named, and counts those that were there',
    readsBack: true,
    async check({ backend, key }) {
      const [one, two, other, missing] = [key(), key(), key(), key()];
      for (const name of [one, two, other]) await backend.set(name, 1, null);
      expectEqual(
        await backend.deleteMany([one, missing, two]),
        2,
        'deleteMany of two keys and a missing one',
      );
      expectFound(await backend.getMany([one, two, other]), [[other, 1]], 'getMany after deleteMany');
    },
  },
  {
    name: 'getMany gives what is there and nothing else',
    readsBack: true,
    async check({ backend, key }) {
      const [one, two, missing, other] = [key(), key(), key(), key()];
      await backend.setMany(
        new Map<string, unknown>([
          [one, 1],
          [two, { two: 2 }],
          [other, 'other'],
        ]),
        null,
      );
      const found = [
        [one, 1],
        [two, { two: 2 }],
      ] as const;
      expectFound(await backend.getMany([two, missing, one]), found, 'getMany of two keys and a missing one');
    },
  },
  {
    name: 'a thousand keys can be stored, read and deleted at once',
    readsBack: true,
    async check({ backend, key }) {
      const entries = new Map(Array.from({ length: 1000 }, (_, index) => [key(), index] as const));
      expectEqual(await backend.setMany(entries, null), [], 'keys that failed, of setMany');
      expectFound(await backend.getMany([...entries.keys()]), entries, 'getMany');
      expectEqual(await backend.deleteMany([...entries.keys()]), 1000, 'deleteMany');
      expectFound(await backend.getMany([...entries.keys()]), [], 'getMany after deleteMany');
    },
  },
  {
    name: 'keys of up to 250 bytes, of any characters but spaces and controls, are apart',
    readsBack: true,
    async check({ backend, key }) {
      const keys = distinctKeys(key()).filter((name) => carries(backend, name));
      expectTrue(keys.length > 0, 'checkKey refuses every key that was tried');
      for (const name of keys) await backend.set(name, name, null);
      for (const name of keys) expectEqual(await backend.get(name), name, 'get of the key itself as value');
      const found = keys.map((name) => [name, name] as const);
      expectFound(await backend.getMany(keys), found, 'getMany of each key as value');
      for (const name of keys) expectEqual(await backend.delete(name), true, `delete of key ${name}`);
    },
  },
];

function distinctKeys(start: string): string[] {
  const full = (filler: string, end: string): string => {
    const room = MAX_KEY_BYTES - Buffer.byteLength(start + end);
    const count = Math.floor(room / Buffer.byteLength(filler));
    return `${start}${filler.repeat(count)}${'.'.repeat(room - count * Buffer.byteLength(filler))}${end}`;
  };
  return [
    full('a', '1'),
    full('a', '2'),
    full('é', '1'),
    full('é', '2'),
    full('😀', '1'),
    `${start}key`,
    `${start}KEY`,
    `${start}\u00e9`,
    `${start}e\u0301`,
    `${start}\u01e9`,
    `${start}\u00a0`,
    `${start}\u2028`,
    `${start}a/b`,
    `${start}a%2Fb`,
    `${start}b`,
    `${start}a/../b`,
    `${start}%s'"*?[]{}\\`,
    '__proto__',
    'constructor',
  ];
}

function carries(backend: CacheBackend, key: string): boolean {
  try {
    backend.checkKey?.(key);
    return true;
  } catch (error) {
    if (error instanceof InvalidKeyError) return false;
    return fail(`checkKey must throw InvalidKeyError where it refuses a key, and threw ${error}`);
  }
}
