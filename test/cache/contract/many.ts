import { expect, test } from 'vitest';
import { InvalidKeyError } from '../../../src/index.ts';
import type { Ground } from '../subject.ts';

export function manyContract(ground: Ground): void {
  test('getMany gives what is found, in the order asked', async () => {
    const { cache } = ground;
    const [a, b, c, missing] = [ground.key(), ground.key(), ground.key(), ground.key()];
    await cache.setMany({ [a]: 1, [b]: null, [c]: { deep: true } });
    const found = await cache.getMany([c, missing, a, b, a]);
    expect([...found]).toEqual([
      [c, { deep: true }],
      [a, 1],
      [b, null],
    ]);
  });

  test('keys may come from an iterator that runs once', async () => {
    const { cache } = ground;
    const keys = [ground.key(), ground.key()] as const;
    expect(await cache.setMany(keys.map((key) => [key, key] as const).values())).toEqual([]);
    expect((await cache.getMany(keys.values())).size).toBe(2);
    expect(await cache.deleteMany(new Set(keys).values())).toBe(2);
  });

  test('setMany takes a Map and a plain object', async () => {
    const [a, b] = [ground.key(), ground.key()];
    expect(await ground.cache.setMany(new Map([[a, 1]]))).toEqual([]);
    expect(await ground.cache.setMany({ [b]: 2 })).toEqual([]);
    expect(await ground.cache.getMany([a, b])).toEqual(
      new Map([
        [a, 1],
        [b, 2],
      ]),
    );
  });

  test('of two values for one key the last is stored', async () => {
    const key = ground.key();
    await ground.cache.setMany([
      [key, 'first'],
      [key, 'last'],
    ]);
    expect(await ground.cache.get(key)).toBe('last');
  });

  test('deleteMany deletes those named and counts those that were there', async () => {
    const { cache } = ground;
    const [a, b, c, missing] = [ground.key(), ground.key(), ground.key(), ground.key()];
    await cache.setMany({ [a]: 1, [b]: 2, [c]: 3 });
    expect(await cache.deleteMany([a, b, a, missing])).toBe(2);
    expect([...(await cache.getMany([a, b, c])).keys()]).toEqual([c]);
  });

  test('nothing asked is nothing done', async () => {
    expect(await ground.cache.getMany([])).toEqual(new Map());
    expect(await ground.cache.setMany({})).toEqual([]);
    expect(await ground.cache.deleteMany([])).toBe(0);
  });

  test('one wrong key, and nothing is done for any', async () => {
    const { cache } = ground;
    const [kept, fresh] = [ground.key(), ground.key()];
    await cache.set(kept, 'old');
    const wrong = 'key with spaces';
    await expect(
      cache.setMany([
        [fresh, 1],
        [kept, 'new'],
        [wrong, 2],
      ]),
    ).rejects.toBeInstanceOf(InvalidKeyError);
    await expect(cache.deleteMany([kept, wrong])).rejects.toBeInstanceOf(InvalidKeyError);
    await expect(cache.getMany([kept, wrong])).rejects.toBeInstanceOf(InvalidKeyError);
    expect([...(await cache.getMany([kept, fresh]))]).toEqual([[kept, 'old']]);
  });

  test('keys that a keyFunction makes one share their value', async () => {
    const cache = ground.open({ keyFunction: (key, _prefix, version) => `${version}.${key.toLowerCase()}` });
    const key = ground.key('Mixed');
    await cache.set(key, 1);
    const upper = key.toUpperCase();
    expect([...(await cache.getMany([key, upper]))]).toEqual([
      [key, 1],
      [upper, 1],
    ]);
    expect(await cache.deleteMany([key, upper])).toBe(1);
  });
}
