import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { resolveCacheConfig } from '../../src/cache/resolve-cache-config.ts';
import {
  type Cache,
  createCache,
  InvalidCacheConfigError,
  type MemoryOptions,
  ValueTooLargeError,
} from '../../src/index.ts';

let opened: Cache[] = [];

function open(location: string, options?: MemoryOptions): Cache {
  const cache = createCache({ backend: 'memory', location, ...(options === undefined ? {} : { options }) });
  opened.push(cache);
  return cache;
}

afterEach(async () => {
  await Promise.all(opened.map((cache) => cache.close()));
  opened = [];
});

async function keysOf(cache: Cache, count: number): Promise<number[]> {
  const keys = Array.from({ length: count }, (_, index) => `${index}`);
  return [...(await cache.getMany(keys)).keys()].map(Number);
}

describe('time', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    return () => {
      vi.useRealTimers();
    };
  });

  test('a fraction of a second counts', async () => {
    const cache = open('fractions');
    await cache.set('key', 1, { ttl: 0.5 });
    vi.advanceTimersByTime(499);
    expect(await cache.get('key')).toBe(1);
    vi.advanceTimersByTime(1);
    expect(await cache.get('key')).toBeUndefined();
  });

  test('the default is 300 seconds', async () => {
    const cache = open('default');
    await cache.set('key', 1);
    vi.advanceTimersByTime(299_999);
    expect(await cache.has('key')).toBe(true);
    vi.advanceTimersByTime(1);
    expect(await cache.has('key')).toBe(false);
    expect(await cache.delete('key')).toBe(false);
  });

  test('incr and incrVersion keep the ttl', async () => {
    const cache = open('counters');
    await cache.set('key', 1, { ttl: 10 });
    vi.advanceTimersByTime(4_000);
    await cache.incr('key');
    await cache.incrVersion('key');
    vi.advanceTimersByTime(5_999);
    expect(await cache.get('key', undefined, { version: 2 })).toBe(2);
    vi.advanceTimersByTime(1);
    expect(await cache.has('key', { version: 2 })).toBe(false);
  });
});

describe('limits', () => {
  test('past maxEntries the least recently used goes: get, set, incr and touch use', async () => {
    const cache = open('entries', { maxEntries: 5 });
    for (let key = 0; key < 5; key++) await cache.set(`${key}`, key);
    await cache.get('0');
    await cache.incr('1');
    await cache.touch('2', null);
    await cache.set('5', 5);
    await cache.set('6', 6);
    expect(await keysOf(cache, 7)).toEqual([0, 1, 2, 5, 6]);
  });

  test('a value in place of another pushes nothing out, also where there is no room left', async () => {
    const cache = open('replaced', { maxEntries: 3 });
    await cache.setMany({ 0: 'a', 1: 'b', 2: 'c' });
    for (let round = 0; round < 10; round++) {
      await cache.set('2', round);
      await cache.setMany({ 1: round, 2: round });
      await cache.incr('2');
      await cache.touch('1', null);
    }
    expect(await keysOf(cache, 3)).toEqual([0, 1, 2]);
  });

  test('the store is kept full: one goes for one that comes', async () => {
    const cache = open('full', { maxEntries: 30 });
    for (let key = 0; key < 49; key++) await cache.set(`${key}`, key);
    expect(await keysOf(cache, 49)).toEqual(Array.from({ length: 30 }, (_, index) => index + 19));
  });

  test('a store of one entry has the last', async () => {
    const cache = open('one', { maxEntries: 1 });
    for (let key = 0; key < 3; key++) await cache.set(`${key}`, key);
    expect(await keysOf(cache, 3)).toEqual([2]);
  });

  test('what is asked for and not there, or is deleted, makes no room and takes none', async () => {
    const cache = open('misses', { maxEntries: 2 });
    await cache.setMany({ 0: 'a', 1: 'b' });
    await cache.get('missing');
    await cache.add('0', 'other');
    await cache.delete('missing');
    await cache.incr('missing');
    expect(await keysOf(cache, 2)).toEqual([0, 1]);
  });

  test('what is expired at once pushes nothing out', async () => {
    const cache = open('expired-at-once', { maxEntries: 2 });
    await cache.setMany({ 0: 'a', 1: 'b' });
    await cache.set('2', 'c', { ttl: 0 });
    expect(await keysOf(cache, 3)).toEqual([0, 1]);
  });

  test('the default is 10,000 entries', async () => {
    const cache = open('default-entries');
    await cache.setMany(Array.from({ length: 10_001 }, (_, key) => [`${key}`, 1] as const));
    expect(await cache.has('0')).toBe(false);
    expect((await keysOf(cache, 10_001)).length).toBe(10_000);
  });

  test('past maxBytes the least recently used go; keys and UTF-8 count', async () => {
    // ':1:0' and 94 bytes of text make 98 a value.
    const cache = open('bytes', { maxBytes: 300 });
    for (let key = 0; key < 4; key++) await cache.set(`${key}`, 'é'.repeat(47));
    expect(await keysOf(cache, 4)).toEqual([1, 2, 3]);
  });

  test('a value above maxBytes is refused, and leaves no old one', async () => {
    const cache = open('too-large', { maxBytes: 100 });
    await cache.setMany({ 0: 'old', 1: 'old', 2: 'old' });
    await expect(cache.set('0', 'x'.repeat(100))).rejects.toBeInstanceOf(ValueTooLargeError);
    expect(await cache.setMany({ 1: 'x'.repeat(100), 3: 'new' })).toEqual(['1']);
    expect(await keysOf(cache, 4)).toEqual([2, 3]);
  });

  test('a counter that grows above maxBytes is refused like any value', async () => {
    const cache = open('too-large-counter', { maxBytes: Buffer.byteLength(':1:key') + 1 });
    await cache.set('key', 9);
    await expect(cache.incr('key')).rejects.toBeInstanceOf(ValueTooLargeError);
    expect(await cache.has('key')).toBe(false);
  });

  test('add of a value above maxBytes leaves what is there', async () => {
    const cache = open('too-large-added', { maxBytes: 100 });
    await cache.set('key', 'there');
    expect(await cache.add('key', 'x'.repeat(100))).toBe(false);
    await expect(cache.add('other', 'x'.repeat(100))).rejects.toBeInstanceOf(ValueTooLargeError);
    expect(await cache.get('key')).toBe('there');
  });

  test('getOrSet serves what is too large to store, and tells', async () => {
    const cache = open('too-large-made', { maxBytes: 100 });
    const errors: Error[] = [];
    cache.on('error', (error) => errors.push(error));
    const large = 'x'.repeat(100);
    expect(await cache.getOrSet('key', () => large)).toBe(large);
    expect(errors).toEqual([expect.any(ValueTooLargeError)]);
  });
});

describe('locations', () => {
  test('caches of one location share a store; others do not', async () => {
    const [one, same, other] = [open('shared'), open('shared'), open('other')];
    await one.set('key', 1);
    expect(await same.get('key')).toBe(1);
    expect(await other.get('key')).toBeUndefined();
    await other.clear();
    expect(await one.get('key')).toBe(1);
    await same.clear();
    expect(await one.get('key')).toBeUndefined();
  });

  test('the store is there until its last cache is closed', async () => {
    const [one, same] = [open('lasting'), open('lasting')];
    await one.set('key', 1);
    await one.close();
    await one.close();
    expect(await open('lasting').get('key')).toBe(1);
    await same.close();
    await Promise.all(opened.map((cache) => cache.close()));
    expect(await open('lasting').get('key')).toBeUndefined();
  });

  test('a backend that is closed again takes nothing from those who are left', async () => {
    const backend = resolveCacheConfig({ backend: 'memory', location: 'closed-again' }).open();
    const left = open('closed-again');
    await left.set('key', 1);
    await Promise.all([backend.close?.(), backend.close?.()]);
    expect(await open('closed-again').get('key')).toBe(1);
  });

  test('caches that share a store agree on its limits', () => {
    open('limits', { maxEntries: 10 });
    expect(() => open('limits', { maxEntries: 11 })).toThrow(InvalidCacheConfigError);
    expect(() => open('limits')).toThrow(/maxEntries 10/);
    expect(() => open('limits', { maxEntries: 10 })).not.toThrow();
  });
});

test('a counter that is text keeps its length, as it mostly does on memcached', async () => {
  const cache = open('padded');
  await cache.setMany({ text: '100', bytes: Buffer.from('100'), number: 100 });
  for (const key of ['text', 'bytes', 'number']) expect(await cache.decr(key, 95)).toBe(5);
  expect(await cache.get('text')).toBe('5  ');
  expect(await cache.get('bytes')).toEqual(Buffer.from('5  '));
  expect(await cache.get('number')).toBe(5);
  expect(await cache.incr('text')).toBe(6);
});

test('the first value of a process is stored as it was when it was given', async () => {
  const cache = open('as-given');
  const value = { name: 'Ada' };
  const stored = cache.set('key', value);
  const added = cache.add('other', value);
  value.name = 'changed meanwhile';
  await Promise.all([stored, added]);
  expect(await cache.get('key')).toEqual({ name: 'Ada' });
  expect(await cache.get('other')).toEqual({ name: 'Ada' });
});
