import { expect, test, vi } from 'vitest';
import { createCache, InvalidKeyError, InvalidValueError } from '../../src/index.ts';

const cache = createCache({ backend: 'dummy', location: 'anything', options: { of: 'others' } });

test('takes everything and has nothing', async () => {
  expect(await cache.set('key', 1)).toBe(true);
  expect(await cache.add('key', 1)).toBe(true);
  expect(await cache.add('key', 1)).toBe(true);
  expect(await cache.setMany({ key: 1 })).toEqual([]);
  expect(await cache.get('key')).toBeUndefined();
  expect(await cache.get('key', 'default')).toBe('default');
  expect(await cache.getMany(['key'])).toEqual(new Map());
  expect(await cache.has('key')).toBe(false);
  expect(await cache.touch('key')).toBe(false);
  expect(await cache.delete('key')).toBe(false);
  expect(await cache.deleteMany(['key'])).toBe(0);
  expect(await cache.incr('key')).toBeUndefined();
  expect(await cache.decr('key', 1, { initial: 7 })).toBe(7);
  expect(await cache.incrVersion('key')).toBeUndefined();
  expect(await cache.decrVersion('key')).toBeUndefined();
  await cache.clear();
});

test('getOrSet calls the factory each time', async () => {
  const factory = vi.fn(() => null);
  expect(await cache.getOrSet('key', factory)).toBeNull();
  expect(await cache.getOrSet('key', factory)).toBeNull();
  expect(factory).toHaveBeenCalledTimes(2);
});

test('keys and values are checked all the same', async () => {
  await expect(cache.get('a key')).rejects.toBeInstanceOf(InvalidKeyError);
  await expect(cache.set('key', new Map())).rejects.toBeInstanceOf(InvalidValueError);
  await expect(cache.add('key', () => 1)).rejects.toBeInstanceOf(InvalidValueError);
  await expect(cache.setMany({ a: 1, b: undefined })).rejects.toBeInstanceOf(InvalidValueError);
  await expect(cache.setMany({ a: 1, b: Number.NaN })).rejects.toBeInstanceOf(InvalidValueError);
});
