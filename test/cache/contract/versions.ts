import { expect, test } from 'vitest';
import { ClientInputError } from '../../../src/index.ts';
import type { Ground } from '../subject.ts';

export function versionsContract(ground: Ground): void {
  test('versions are apart; the version of the cache and one given agree', async () => {
    const { cache } = ground;
    const second = ground.open({ version: 2 });
    const key = ground.key();
    await cache.set(key, 'one');
    expect(await second.get(key)).toBeUndefined();
    await second.set(key, 'two');
    expect(await cache.get(key)).toBe('one');
    expect(await cache.get(key, undefined, { version: 2 })).toBe('two');
    expect(await second.get(key, undefined, { version: 1 })).toBe('one');
    expect(await cache.has(key, { version: 3 })).toBe(false);
  });

  test('each write takes a version', async () => {
    const { cache } = ground;
    const [key, other] = [ground.key(), ground.key()];
    const version = 2;
    expect(await cache.add(key, 1, { version })).toBe(true);
    expect(await cache.add(key, 10)).toBe(true);
    expect(await cache.incr(key, 1, { version })).toBe(2);
    expect(await cache.decr(key, 2, { version })).toBe(0);
    expect(await cache.touch(key, 100, { version: 3 })).toBe(false);
    expect(await cache.touch(key, 100, { version })).toBe(true);
    expect(await cache.getOrSet(other, 'two', { version })).toBe('two');
    expect(await cache.get(other)).toBeUndefined();
    expect(await cache.delete(key, { version })).toBe(true);
    expect(await cache.get(key)).toBe(10);
  });

  test('calls of many keys take a version', async () => {
    const { cache } = ground;
    const [a, b] = [ground.key(), ground.key()];
    await cache.setMany({ [a]: 1, [b]: 2 }, { version: 2 });
    expect(await cache.getMany([a, b])).toEqual(new Map());
    expect((await cache.getMany([a, b], { version: 2 })).size).toBe(2);
    expect(await cache.deleteMany([a, b])).toBe(0);
    expect(await cache.deleteMany([a, b], { version: 2 })).toBe(2);
  });

  test('incrVersion and decrVersion move the value', async () => {
    const { cache } = ground;
    const key = ground.key();
    await cache.set(key, { a: 1 }, { version: 2 });
    expect(await cache.incrVersion(key, 1, { version: 2 })).toBe(3);
    expect(await cache.get(key, undefined, { version: 2 })).toBeUndefined();
    expect(await cache.get(key, undefined, { version: 3 })).toEqual({ a: 1 });
    expect(await cache.decrVersion(key, 2, { version: 3 })).toBe(1);
    expect(await cache.get(key)).toEqual({ a: 1 });
    expect(await cache.incrVersion(key)).toBe(2);
    expect(await cache.has(key)).toBe(false);
  });

  test('a stored null moves, and a move by nothing leaves the value', async () => {
    const { cache } = ground;
    const key = ground.key();
    await cache.set(key, null);
    expect(await cache.incrVersion(key)).toBe(2);
    expect(await cache.get(key, 'none', { version: 2 })).toBeNull();
    expect(await cache.incrVersion(key, 0, { version: 2 })).toBe(2);
    expect(await cache.get(key, 'none', { version: 2 })).toBeNull();
  });

  test('a missing key has no version', async () => {
    const key = ground.key();
    expect(await ground.cache.incrVersion(key)).toBeUndefined();
    expect(await ground.cache.decrVersion(key)).toBeUndefined();
  });

  test('a version is a whole number', async () => {
    const { cache } = ground;
    const key = ground.key();
    for (const version of [1.5, Number.NaN, '2' as unknown as number]) {
      await expect(cache.get(key, undefined, { version })).rejects.toBeInstanceOf(ClientInputError);
    }
    await expect(cache.incrVersion(key, 0.5)).rejects.toBeInstanceOf(ClientInputError);
  });
}
