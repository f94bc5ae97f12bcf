import { deflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { InvalidValueError } from '../../../src/index.ts';
import type { Ground } from '../subject.ts';

/** Values that come back as something else, or that only the codec of our own takes. */
const roundTrips: readonly (readonly [name: string, value: unknown, back: unknown])[] = [
  ['a bigint', 2n ** 63n, 2n ** 63n],
  ['a small bigint, as a number', 5n, 5],
  ['a date, as text', { at: new Date(0) }, { at: '1970-01-01T00:00:00.000Z' }],
  ['bytes, as a Buffer', Uint8Array.of(0, 255, 13, 10), Buffer.of(0, 255, 13, 10)],
  ['compressed bytes', deflateSync('value_to_be_compressed'), deflateSync('value_to_be_compressed')],
];

const unstorable: readonly (readonly [name: string, value: unknown])[] = [
  ['undefined', undefined],
  ['a function', () => 1],
  ['a class', class {}],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['a Map', new Map([[1, 2]])],
  ['a Set', new Set([1])],
  ['an unpaired surrogate', 'a\ud800'],
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

  test('has tells of a value that never expires too', async () => {
    const [key, forever] = [ground.key(), ground.key()];
    await ground.cache.set(forever, 'quick', { ttl: null });
    expect(await ground.cache.has(forever)).toBe(true);
    expect(await ground.cache.has(key)).toBe(false);
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
