/** What programs in other languages find of what a cache stored. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bytesCodec, type Cache, createCache, createClient, type MemcachedClient } from '../../src/index.ts';
import { startMemcached } from '../../src/testing/cluster/memcached-process.ts';

const LONG = 'a'.repeat(100_000);

let stop: (() => Promise<void>) | undefined;
let cache: Cache;
let other: MemcachedClient;

beforeAll(async () => {
  const server = await startMemcached();
  stop = server.stop;
  cache = createCache({ backend: 'memcached', location: `127.0.0.1:${server.port}`, keyPrefix: 'app' });
  other = createClient(`127.0.0.1:${server.port}`, { codec: bytesCodec() });
});
afterAll(async () => {
  await cache.close();
  await other.close();
  await stop?.();
});

describe('a value', () => {
  test.each<[string, unknown, string, number]>([
    ['text, plain', 'héllo', 'héllo', 0],
    ['long text, not compressed', LONG, LONG, 0],
    ['a whole number, in digits', 42, '42', 0x2_0000],
    ['true, as a word and not as 1', true, 'true', 0x3_0000],
    ['null, as JSON', null, 'null', 0x3_0000],
    ['an object, as JSON', { a: [1] }, '{"a":[1]}', 0x3_0000],
    ['bytes, as they are', Buffer.from('\0\r\n'), '\0\r\n', 0x1_0000],
  ])('is %s', async (name, value, bytes, flags) => {
    await cache.set(name.replaceAll(' ', '_'), value);
    const item = await other.gets<Buffer>(cache.makeKey(name.replaceAll(' ', '_')));
    expect(item?.flags).toBe(flags);
    expect(item?.value.toString()).toBe(bytes);
  });
});

describe('a counter', () => {
  test('keeps its client flags, and spaces fill the place of a digit that is gone', async () => {
    await cache.set('counter', 10);
    await cache.decr('counter');
    const item = await other.gets<Buffer>('app:1:counter');
    expect(item?.flags).toBe(0x2_0000);
    // No space where memcached's own upkeep held the item at that moment.
    expect(item?.value.toString()).toMatch(/^9 ?$/);
    expect(await cache.incr('counter')).toBe(10);
  });

  test('is stepped from either side', async () => {
    await cache.set('shared', 5);
    expect(await other.incr('app:1:shared')).toBe(6);
    expect(await cache.get('shared')).toBe(6);
  });
});

describe('clear', () => {
  test('takes what others stored too', async () => {
    await other.set('not-ours', 'gone');
    await cache.clear();
    expect(await other.get('not-ours')).toBeUndefined();
  });
});
