import { expect, test } from 'vitest';
import { ClientInputError } from '../../../src/index.ts';
import type { Ground } from '../subject.ts';

const THIRTY_DAYS = 30 * 86_400;

export function ttlsContract(ground: Ground): void {
  test.each([
    ['past 30 days', THIRTY_DAYS + 1],
    ['a year, in words', '365d'],
    ['a century', 100 * 365 * 86_400],
    ['never', null],
    ['a fraction', 100.2],
    ['little more than a second', 1.1],
  ])('%s is a ttl', async (_name, ttl) => {
    const { cache } = ground;
    const [set, added, many] = [ground.key(), ground.key(), ground.key()];
    await cache.set(set, 1, { ttl });
    await cache.add(added, 1, { ttl });
    await cache.setMany({ [many]: 1 }, { ttl });
    expect((await cache.getMany([set, added, many])).size).toBe(3);
    expect(await cache.touch(set, ttl)).toBe(true);
    expect(await cache.get(set)).toBe(1);
  });

  test.each([0, -1, -100.5])('ttl %d is expired at once', async (ttl) => {
    const { cache } = ground;
    const [set, added, many, touched] = [ground.key(), ground.key(), ground.key(), ground.key()];
    await cache.setMany({ [set]: 'old', [many]: 'old', [touched]: 'old' });
    expect(await cache.set(set, 1, { ttl })).toBe(true);
    expect(await cache.add(added, 1, { ttl })).toBe(true);
    expect(await cache.setMany({ [many]: 1 }, { ttl })).toEqual([]);
    expect(await cache.touch(touched, ttl)).toBe(true);
    expect(await cache.getMany([set, added, many, touched])).toEqual(new Map());
    expect(await cache.touch(touched, 10)).toBe(false);
    expect(await cache.add(set, 'next')).toBe(true);
  });

  test('add with a ttl of 0 leaves what is there', async () => {
    const key = ground.key();
    await ground.cache.set(key, 'old');
    expect(await ground.cache.add(key, 'new', { ttl: 0 })).toBe(false);
    expect(await ground.cache.get(key)).toBe('old');
  });

  test('touch of nothing is false', async () => {
    const key = ground.key();
    expect(await ground.cache.touch(key)).toBe(false);
    expect(await ground.cache.touch(key, 0)).toBe(false);
    expect(await ground.cache.touch(key, null)).toBe(false);
  });

  test('a default ttl of 0 expires at once', async () => {
    const cache = ground.open({ ttl: 0 });
    const key = ground.key();
    await cache.set(key, 1);
    expect(await cache.get(key)).toBeUndefined();
    await cache.set(key, 1, { ttl: 10 });
    expect(await cache.get(key)).toBe(1);
    await cache.touch(key);
    expect(await cache.get(key)).toBeUndefined();
  });

  test('what is no ttl is refused', async () => {
    const { cache } = ground;
    const key = ground.key();
    for (const ttl of ['soon', Number.NaN, Number.POSITIVE_INFINITY]) {
      await expect(cache.set(key, 1, { ttl })).rejects.toBeInstanceOf(ClientInputError);
      await expect(cache.touch(key, ttl)).rejects.toBeInstanceOf(ClientInputError);
      await expect(cache.getOrSet(key, 1, { ttl })).rejects.toBeInstanceOf(ClientInputError);
    }
    expect(await cache.has(key)).toBe(false);
  });
}
