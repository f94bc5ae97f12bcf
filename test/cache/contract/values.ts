import { deflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { InvalidValueError } from '../../../src/index.ts';
import type { Ground } from '../subject.ts';

/** Values by what they come back as. */
const roundTrips: readonly (readonly [name: string, value: unknown, back: unknown])[] = [
  ['text', 'this is a string', 'this is a string'],
  ['empty text', '', ''],
  ['text with CRLF and END', 'a\r\nEND\r\n', 'a\r\nEND\r\n'],
  ['text beyond ASCII', 'Iñtërnâtiônàlizætiøn 😀', 'Iñtërnâtiônàlizætiøn 😀'],
  ['a whole number', 42, 42],
  ['a negative number', -7, -7],
  ['a fraction', 1.5, 1.5],
  ['a bigint', 2n ** 63n, 2n ** 63n],
  ['true', true, true],
  ['false', false, false],
  ['null', null, null],
  ['an array', [1, 'two', null], [1, 'two', null]],
  ['an object', { a: 1, b: { c: ['ü'] } }, { a: 1, b: { c: ['ü'] } }],
  ['a date, as text', { at: new Date(0) }, { at: '1970-01-01T00:00:00.000Z' }],
  ['bytes', Uint8Array.of(0, 255, 13, 10), Buffer.of(0, 255, 13, 10)],
  ['no bytes', new Uint8Array(0), Buffer.alloc(0)],
  ['compressed bytes', deflateSync('value_to_be_compressed'), deflateSync('value_to_be_compressed')],
];

const unstorable: readonly (readonly [name: string, value: unknown])[] = [
  ['undefined', undefined],
  ['a function', () => 1],
  ['a symbol', Symbol('s')],
  ['NaN', Number.NaN],
  ['a Map', new Map([[1, 2]])],
  ['a Set', new Set([1])],
];

export function valuesContract(ground: Ground): void {
  test.each(roundTrips)('%s round-trips through set, add and setMany', async (_name, value, back) => {
    const { cache } = ground;
    const [set, added, many] = [ground.key('set'), ground.key('add'), ground.key('many')];
    expect(await cache.set(set, value)).toBe(true);
    expect(await cache.add(added, value)).toBe(true);
    expect(await cache.setMany([[many, value]])).toEqual([]);
    expect(await Promise.all([set, added, many].map((key) => cache.get(key)))).toEqual([back, back, back]);
  });

  test.each(unstorable)('%s is refused and leaves what is stored', async (_name, value) => {
    const { cache } = ground;
    const [key, other] = [ground.key(), ground.key()];
    await cache.set(key, 'old');
    await expect(cache.set(key, value)).rejects.toBeInstanceOf(InvalidValueError);
    await expect(cache.add(other, value)).rejects.toBeInstanceOf(InvalidValueError);
    await expect(
      cache.setMany([
        [other, 1],
        [key, value],
      ]),
    ).rejects.toBeInstanceOf(InvalidValueError);
    expect(await cache.get(key)).toBe('old');
    expect(await cache.has(other)).toBe(false);
  });

  test('what is missing is undefined, or the default', async () => {
    const key = ground.key();
    expect(await ground.cache.get(key)).toBeUndefined();
    expect(await ground.cache.get(key, 'bang!')).toBe('bang!');
    expect(await ground.cache.get(key, null)).toBeNull();
  });

  test('a stored null is returned instead of the default', async () => {
    const key = ground.key();
    await ground.cache.set(key, null);
    expect(await ground.cache.get(key, 'bang!')).toBeNull();
    expect(await ground.cache.has(key)).toBe(true);
  });

  test('add stores once', async () => {
    const key = ground.key();
    expect(await ground.cache.add(key, 'value')).toBe(true);
    expect(await ground.cache.add(key, 'newvalue')).toBe(false);
    expect(await ground.cache.get(key)).toBe('value');
  });

  test('delete tells whether there was something, and leaves other keys', async () => {
    const { cache } = ground;
    const [key, other] = [ground.key(), ground.key()];
    await cache.setMany({ [key]: 'spam', [other]: 'eggs' });
    expect(await cache.delete(key)).toBe(true);
    expect(await cache.delete(key)).toBe(false);
    expect(await cache.get(key)).toBeUndefined();
    expect(await cache.get(other)).toBe('eggs');
  });

  test('has tells of a value that never expires too', async () => {
    const [key, forever] = [ground.key(), ground.key()];
    await ground.cache.set(forever, 'quick', { ttl: null });
    expect(await ground.cache.has(forever)).toBe(true);
    expect(await ground.cache.has(key)).toBe(false);
  });

  test('what is read, given or kept is a copy', async () => {
    const { cache } = ground;
    const [object, bytes] = [ground.key(), ground.key()];
    const given = { list: [1] };
    const givenBytes = Buffer.from('abc');
    await cache.set(object, given);
    await cache.set(bytes, givenBytes);
    given.list.push(2);
    givenBytes[0] = 0;
    const read = await cache.get<{ list: number[] }>(object);
    read?.list.push(3);
    const readBytes = await cache.get<Buffer>(bytes);
    readBytes?.fill(0);
    expect(await cache.get(object)).toEqual({ list: [1] });
    expect(await cache.get(bytes)).toEqual(Buffer.from('abc'));
  });

  test('clear removes everything', async () => {
    const [first, second] = [ground.key(), ground.key()];
    const other = ground.open({ keyPrefix: 'tenant', version: 2 });
    await ground.cache.set(first, 'spam');
    await other.set(second, 'eggs');
    await ground.cache.clear();
    expect(await ground.cache.get(first)).toBeUndefined();
    expect(await other.get(second)).toBeUndefined();
  });
}
