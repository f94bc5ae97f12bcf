/** Values as they are stored and read. */
import { InvalidValueError } from '../../index.ts';
import { expectEqual, expectFound, expectRejection } from './expectation.ts';
import type { Scenario } from './scenario.ts';

const VALUES: readonly (readonly [name: string, value: unknown])[] = [
  ['text', 'this is a string'],
  ['empty text', ''],
  ['text with line ends', 'a\r\nEND\r\n'],
  ['text beyond ASCII', 'Iñtërnâtiônàlizætiøn 😀'],
  ['0', 0],
  ['a whole number', 42],
  ['a negative number', -7],
  ['a fraction', 1.5],
  ['true', true],
  ['false', false],
  ['null', null],
  ['an array', [1, 'two', null, [3]]],
  ['an object', { a: 1, b: { c: ['ü'] }, none: null }],
  ['bytes', Uint8Array.of(0, 255, 13, 10, 128)],
  ['no bytes', new Uint8Array(0)],
];

const UNSTORABLE: readonly (readonly [name: string, value: unknown])[] = [
  ['a function', () => 1],
  ['a symbol', Symbol('unstorable')],
];

export const valueScenarios: readonly Scenario[] = [
  {
    name: 'values come back as they were, by whatever they were stored and read',
    readsBack: true,
    async check({ backend, key }) {
      for (const [name, value] of VALUES) {
        const [set, added, many] = [key('set'), key('add'), key('many')];
        expectEqual(await backend.set(set, value, null), true, `set of ${name}`);
        expectEqual(await backend.add(added, value, null), true, `add of ${name} where there is nothing`);
        expectEqual(await backend.setMany(new Map([[many, value]]), null), [], `setMany of ${name}`);
        expectEqual(await backend.get(set), value, `get of ${name} that was set`);
        expectEqual((await backend.getEntry(added))?.value, value, `getEntry of ${name} that was added`);
        expectFound(await backend.getMany([many]), [[many, value]], `getMany of ${name} from setMany`);
      }
    },
  },
  {
    name: 'set replaces what is there',
    readsBack: true,
    async check({ backend, key }) {
      const name = key();
      for (const value of ['a longer text', { an: 'object' }, 5, null, 'x']) {
        expectEqual(await backend.set(name, value, 100), true, 'set over another value');
        expectEqual(await backend.get(name), value, 'get after a set over another value');
      }
    },
  },
  {
    name: 'a stored null is a value, and no miss',
    readsBack: true,
    async check({ backend, key }) {
      const name = key();
      await backend.set(name, null, null);
      expectEqual(await backend.get(name), null, 'get of a stored null');
      expectFound(await backend.getMany([name]), [[name, null]], 'getMany of a stored null');
      const entry = await backend.getEntry(name);
      expectEqual(entry?.value, null, 'value of getEntry of a stored null');
      expectEqual(await backend.add(name, 1, null), false, 'add over a stored null');
      expectEqual(await backend.touch(name, 100), true, 'touch of a stored null');
      expectEqual(await backend.delete(name), true, 'delete of a stored null');
    },
  },
  {
    name: 'what was given may be changed after, and what is stored stays',
    readsBack: true,
    async check({ backend, key }) {
      for (const store of ['set', 'add', 'setMany'] as const) {
        const [object, bytes] = [key('object'), key('bytes')];
        const given = { list: [1] };
        const givenBytes = Uint8Array.of(1, 2, 3);
        if (store === 'setMany') {
          await backend.setMany(
            new Map<string, unknown>([
              [object, given],
              [bytes, givenBytes],
            ]),
            null,
          );
        } else {
          await backend[store](object, given, null);
          await backend[store](bytes, givenBytes, null);
        }
        given.list.push(2);
        givenBytes.fill(0);
        expectEqual(
          await backend.get(object),
          { list: [1] },
          `get after the object given to ${store} changed`,
        );
        expectEqual(
          await backend.get(bytes),
          Uint8Array.of(1, 2, 3),
          `get after the bytes given to ${store} changed`,
        );
      }
    },
  },
  {
    name: 'what was read may be changed, and what is stored stays',
    readsBack: true,
    async check({ backend, key }) {
      const [object, bytes] = [key('object'), key('bytes')];
      await backend.set(object, { list: [1] }, null);
      await backend.set(bytes, Uint8Array.of(1, 2, 3), null);
      for (const [read, readBytes, by] of [
        [await backend.get(object), await backend.get(bytes), 'get'],
        [
          (await backend.getMany([object])).get(object),
          (await backend.getMany([bytes])).get(bytes),
          'getMany',
        ],
        [(await backend.getEntry(object))?.value, (await backend.getEntry(bytes))?.value, 'getEntry'],
      ] as const) {
        (read as { list: number[] }).list.push(2);
        (readBytes as Uint8Array).fill(0);
        expectEqual(
          await backend.get(object),
          { list: [1] },
          `get after the object read by ${by} was changed`,
        );
        expectEqual(
          await backend.get(bytes),
          Uint8Array.of(1, 2, 3),
          `get after the bytes read by ${by} were changed`,
        );
      }
    },
  },
  {
    name: 'a value that cannot be stored is refused, and nothing is changed',
    readsBack: false,
    async check({ backend, key }) {
      for (const [name, value] of UNSTORABLE) {
        const [there, missing] = [key('there'), key('missing')];
        await backend.set(there, 'old', null);
        const before = await backend.get(there);
        await expectRejection(() => backend.set(there, value, null), InvalidValueError, `set of ${name}`);
        await expectRejection(() => backend.add(missing, value, null), InvalidValueError, `add of ${name}`);
        await expectRejection(
          () =>
            backend.setMany(
              new Map<string, unknown>([
                [missing, 1],
                [there, value],
              ]),
              null,
            ),
          InvalidValueError,
          `setMany with ${name}`,
        );
        expectEqual(await backend.get(there), before, `get after set and setMany refused ${name}`);
        expectEqual(await backend.get(missing), undefined, `get after add and setMany refused ${name}`);
      }
    },
  },
];
