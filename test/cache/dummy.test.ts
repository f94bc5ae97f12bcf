import { expect, test, vi } from 'vitest';
import { createCache, InvalidKeyError, InvalidValueError } from '../../src/index.ts';

const cache = createCache({ backend: 'dummy', location: 'anything', options: { of: 'others' } });

test.each([
  ['text', 'this is a string'],
  ['text beyond ASCII', 'Iñtërnâtiônàlizætiøn'],
  ['a number', 42],
  ['true', true],
  ['null', null],
  ['an array', [1, 2, 3, 4]],
  ['an object', { A: 1, B: 2 }],
  ['bytes', Buffer.of(0, 255)],
])('%s is taken, and not kept', async (_name, value) => {
  for (const key of ['key', 'Iñtërnâtiônàlizætiøn']) {
    expect(await cache.set(key, value)).toBe(true);
    expect(await cache.setMany({ [key]: value }, { ttl: 2, version: 1 })).toEqual([]);
    expect(await cache.get(key)).toBeUndefined();
    expect(await cache.get(key, 'bang!')).toBe('bang!');
    expect(await cache.getMany([key])).toEqual(new Map());
    expect(await cache.has(key)).toBe(false);
  }
});

test('add stores each time, and there is nothing', async () => {
  expect(await cache.add('key', 'value')).toBe(true);
  expect(await cache.add('key', 'newvalue')).toBe(true);
  expect(await cache.get('key')).toBeUndefined();
});

test('there is nothing to touch, delete or move', async () => {
  await cache.setMany({ key: 1, other: 2 });
  expect(await cache.touch('key')).toBe(false);
  expect(await cache.delete('key')).toBe(false);
  expect(await cache.deleteMany(['key', 'other'])).toBe(0);
  expect(await cache.incrVersion('key')).toBeUndefined();
  expect(await cache.decrVersion('key')).toBeUndefined();
  await cache.clear();
});

test('a counter is missing, or begins anew each time', async () => {
  await cache.set('answer', 42);
  expect(await cache.incr('answer')).toBeUndefined();
  expect(await cache.incr('answer', -1)).toBeUndefined();
  expect(await cache.decr('answer')).toBeUndefined();
  expect(await cache.incr('answer', 1, { initial: 7 })).toBe(7);
  expect(await cache.decr('answer', 1n, { initial: 7 })).toBe(7n);
});

test('getOrSet calls the factory each time', async () => {
  const factory = vi.fn(() => null);
  expect(await cache.getOrSet('key', 'default')).toBe('default');
  expect(await cache.getOrSet('key', factory)).toBeNull();
  expect(await cache.getOrSet('key', factory)).toBeNull();
  expect(factory).toHaveBeenCalledTimes(2);
});

test('keys are checked all the same', async () => {
  const wrong = 'key with spaces';
  for (const call of [
    () => cache.get(wrong),
    () => cache.has(wrong),
    () => cache.set(wrong, 1),
    () => cache.add(wrong, 1),
    () => cache.getOrSet(wrong, 1),
    () => cache.touch(wrong),
    () => cache.delete(wrong),
    () => cache.incr(wrong),
    () => cache.incrVersion(wrong),
    () => cache.getMany(['right', wrong]),
    () => cache.setMany({ right: 1, [wrong]: 'foo' }),
    () => cache.deleteMany(['right', wrong]),
  ]) {
    await expect(call()).rejects.toBeInstanceOf(InvalidKeyError);
  }
});

test('so are values', async () => {
  await expect(cache.set('key', new Map())).rejects.toBeInstanceOf(InvalidValueError);
  await expect(cache.add('key', () => 1)).rejects.toBeInstanceOf(InvalidValueError);
  await expect(cache.setMany({ a: 1, b: undefined })).rejects.toBeInstanceOf(InvalidValueError);
  await expect(cache.setMany({ a: 1, b: Number.NaN })).rejects.toBeInstanceOf(InvalidValueError);
});
