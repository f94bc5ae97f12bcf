import { expect, test } from 'vitest';
import { InvalidValueError } from '../../../src/index.ts';
import type { Ground } from '../subject.ts';

export function countersContract(ground: Ground): void {
  test('incr and decr step, also by what is negative', async () => {
    const { cache } = ground;
    const key = ground.key();
    await cache.set(key, 41);
    expect(await cache.incr(key)).toBe(42);
    expect(await cache.get(key)).toBe(42);
    expect(await cache.incr(key, 10)).toBe(52);
    expect(await cache.incr(key, -10)).toBe(42);
    expect(await cache.decr(key, 35)).toBe(7);
    expect(await cache.get(key)).toBe(7);
    expect(await cache.decr(key, -3)).toBe(10);
    expect(await cache.incr(key, 0)).toBe(10);
    expect(await cache.decr(key, 11)).toBe(0);
    expect(await cache.get(key)).toBe(0);
  });

  test('a missing counter is a miss, or is made of the initial value', async () => {
    const { cache } = ground;
    const key = ground.key();
    expect(await cache.incr(key)).toBeUndefined();
    expect(await cache.decr(key)).toBeUndefined();
    expect(await cache.incr(key, -1)).toBeUndefined();
    expect(await cache.has(key)).toBe(false);
    expect(await cache.incr(key, 5, { initial: 100 })).toBe(100);
    expect(await cache.incr(key, 5, { initial: 100 })).toBe(105);
    expect(await cache.get(key)).toBe(105);
    expect(await cache.decr(ground.key(), 5n, { initial: 0 })).toBe(0n);
  });

  test('a number that gets shorter is read without the spaces that fill its place', async () => {
    const { cache } = ground;
    const key = ground.key();
    await cache.set(key, 10);
    expect(await cache.decr(key)).toBe(9);
    expect(await cache.get(key)).toBe(9);
    expect((await cache.getMany([key])).get(key)).toBe(9);
    expect(await cache.incrVersion(key)).toBe(2);
    expect(await cache.get(key, undefined, { version: 2 })).toBe(9);
  });

  test('text of digits counts and stays text, with a space in the place of a digit that is gone', async () => {
    const key = ground.key();
    await ground.cache.set(key, '10');
    expect(await ground.cache.decr(key)).toBe(9);
    // memcached leaves the space out where something else holds the item at that moment.
    expect(await ground.cache.get(key)).toMatch(/^9 ?$/);
    expect(await ground.cache.incr(key, 91)).toBe(100);
    expect(await ground.cache.get(key)).toBe('100');
  });

  test('bytes of digits count', async () => {
    const key = ground.key();
    await ground.cache.set(key, Buffer.from('5'));
    expect(await ground.cache.incr(key)).toBe(6);
  });

  test('what is no counter is refused and left', async () => {
    const { cache } = ground;
    for (const value of ['abc', -5, null, true, { a: 1 }, 1.5, '', '9'.repeat(20), 2n ** 64n]) {
      const key = ground.key();
      await cache.set(key, value);
      await expect(cache.incr(key)).rejects.toBeInstanceOf(InvalidValueError);
      expect(await cache.get(key)).toEqual(value);
    }
  });

  test('a bigint delta counts to 2^64 and wraps', async () => {
    const { cache } = ground;
    const key = ground.key();
    await cache.set(key, 2n ** 64n - 2n);
    expect(await cache.incr(key, 1n)).toBe(2n ** 64n - 1n);
    expect(await cache.incr(key, 3n)).toBe(2n);
  });

  test('a result past 2^53 is no number', async () => {
    const { cache } = ground;
    const key = ground.key();
    await cache.set(key, Number.MAX_SAFE_INTEGER);
    await expect(cache.incr(key, 2)).rejects.toBeInstanceOf(InvalidValueError);
    expect(await cache.get(key)).toBe(2n ** 53n + 1n);
  });

  test.each([1.5, Number.NaN, 2 ** 53, 2n ** 64n, '1'])('a delta of %s is refused', async (delta) => {
    const key = ground.key();
    await ground.cache.set(key, 1);
    await expect(ground.cache.incr(key, delta as number)).rejects.toBeInstanceOf(InvalidValueError);
    await expect(ground.cache.decr(key, delta as number)).rejects.toBeInstanceOf(InvalidValueError);
    expect(await ground.cache.get(key)).toBe(1);
  });

  test.each([-1, 1.5, 2n ** 64n])('an initial value of %s is refused', async (initial) => {
    const call = ground.cache.incr(ground.key(), 1, { initial });
    await expect(call).rejects.toBeInstanceOf(InvalidValueError);
  });
}
