import { createHash } from 'node:crypto';
import { describe, expect, test, vi } from 'vitest';
import {
  bytesCodec,
  type Cache,
  type CacheSettings,
  ClientInputError,
  ClosedError,
  createCache,
  createCaches,
  InvalidKeyError,
  InvalidValueError,
} from '../../../src/index.ts';
import { startServer } from '../../../src/testing/index.ts';
import { MapBackend } from '../map-backend.ts';

function open(settings: CacheSettings = {}): { readonly backend: MapBackend; readonly cache: Cache } {
  const backend = new MapBackend();
  return { backend, cache: createCache({ ...settings, backend }) };
}

describe('a name', () => {
  test.each([
    ['nothing', ''],
    ['no text', 5],
    ['undefined', undefined],
    ['a space', 'a b'],
    ['a line end', 'a\r\nflush_all'],
    ['an unpaired surrogate', '\ud800'],
    ['too much', 'x'.repeat(250)],
    ['more than leaves room for a key of one byte', 'x'.repeat(230)],
  ])('must be fit for keys, which %s is not', (_name, name) => {
    const { cache } = open();
    for (const place of [cache, cache.namespace('outer')]) {
      expect(() => place.namespace(name as string)).toThrow(InvalidKeyError);
      expect(() => place.namespace(name as string)).toThrow(/^The name of a namespace must be/);
    }
  });

  test('may be anything else, and different names are different namespaces', async () => {
    const { cache } = open();
    const names = ['a', 'b', 'a:b', 'a~', '~', 'a~b', 'user:ada@example.com', 'Iñtërnâtiônàlizætiøn', '😀'];
    const places = names.map((name) => cache.namespace(name));
    places.push(cache.namespace('a').namespace('b'), cache.namespace('a~').namespace('b'));
    for (const [index, place] of places.entries()) await place.set('key', index);
    for (const [index, place] of places.entries()) expect(await place.get('key')).toBe(index);
    await cache.namespace('a').clear();
    const left = await Promise.all(places.map((place) => place.has('key')));
    expect(left).toEqual(places.map((_, index) => index !== 0 && index !== 9));
  });

  test('may come from who cannot know a generation: no key of another place leads there', async () => {
    const { backend, cache } = open();
    await cache.namespace('users').set('key', 'secret');
    await cache.set('users~', 'not a marker');
    expect(await cache.namespace('users').get('key')).toBe('secret');
    expect([...backend.values.keys()].filter((key) => key.startsWith(':0:'))).toEqual([':0:users~']);
  });
});

describe('a key', () => {
  test.each<[string, CacheSettings, string, string]>([
    ['by default', {}, ':0:users~', ':1:users~GENERATION:ada'],
    ['by prefix and version', { keyPrefix: 'p', version: 7 }, 'p:0:users~', 'p:7:users~GENERATION:ada'],
    [
      'by a function',
      { keyPrefix: 'p', keyFunction: (key, prefix, version) => `${version}/${prefix}/${key}` },
      '0/p/users~',
      '1/p/users~GENERATION:ada',
    ],
  ])('holds the generation: %s', async (_name, settings, marker, key) => {
    const { backend, cache } = open(settings);
    const users = cache.namespace('users');
    await users.set('ada', 1);
    const generation = String(backend.values.get(marker));
    const made = key.replace('GENERATION', generation);
    expect([...backend.values.keys()]).toEqual([marker, made]);
    expect(users.makeKey('ada')).toBe(made);
    expect(cache.namespace('users').makeKey('ada')).toBe(made);
  });

  test('of a namespace in another holds all names, and the generation of its own', async () => {
    const { backend, cache } = open();
    const inner = cache.namespace('a').namespace('b').namespace('c');
    await inner.set('key', 1, { version: 2 });
    const [first, second, third, key] = [...backend.values.keys()] as [string, string, string, string];
    const generation = (marker: string): unknown => backend.values.get(marker);
    expect(first).toBe(':0:a~');
    expect(second).toBe(`:0:a~${generation(first)}:b~`);
    expect(third).toBe(`:0:a:b~${generation(second)}:c~`);
    expect(key).toBe(`:2:a:b:c~${generation(third)}:key`);
    expect(inner.makeKey('key', 2)).toBe(key);
  });

  test('of a hash does not show it, and is another after a clear', async () => {
    const keyFunction = (key: string, prefix: string, version: number): string =>
      createHash('sha256').update(`${prefix}:${version}:${key}`).digest('hex');
    const { cache } = open({ keyFunction });
    const users = cache.namespace('x'.repeat(300));
    await users.set('key', 1);
    expect(await users.get('key')).toBe(1);
    await users.clear();
    expect(await users.get('key')).toBeUndefined();
  });

  test('that becomes too long is refused, and named', async () => {
    const { cache } = open();
    const users = cache.namespace('users');
    const most = 'x'.repeat(250 - ':1:users~'.length - 16 - ':'.length);
    expect(await users.set(most, 1)).toBe(true);
    for (const call of [
      () => users.get(`${most}x`),
      () => users.set(`${most}x`, 1),
      () => users.getMany(['a', `${most}x`]),
      () => users.getOrSet(`${most}x`, 1),
    ]) {
      const error = await call().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(InvalidKeyError);
      expect((error as InvalidKeyError).message).toContain('251 bytes');
      expect((error as InvalidKeyError).key).toBe(`${users.makeKey(most)}x`);
    }
  });

  test.each(['a b', 5, undefined])('that is none is refused: %j', async (key) => {
    const { cache } = open();
    const users = cache.namespace('users');
    await expect(users.get(key as string)).rejects.toBeInstanceOf(InvalidKeyError);
    await expect(users.delete(key as string)).rejects.toBeInstanceOf(InvalidKeyError);
  });

  test('and what is to be stored under it are checked as ever', async () => {
    const users = open().cache.namespace('users');
    await expect(users.set('key', undefined)).rejects.toBeInstanceOf(InvalidValueError);
    await expect(users.set('key', 1, { version: 0.5 })).rejects.toBeInstanceOf(ClientInputError);
    expect(await users.setMany({})).toEqual([]);
    expect(await users.getMany([])).toEqual(new Map());
    expect(await users.deleteMany([])).toBe(0);
  });

  test.each(['hash', 'throw'] as const)('may be long with longKeys, %s', async (longKeys) => {
    await using server = await startServer();
    const options = { longKeys };
    await using cache = createCache({ backend: 'memcached', location: server.endpoint, options });
    const users = cache.namespace('users');
    const key = 'x'.repeat(300);
    if (longKeys === 'throw') {
      await expect(users.set(key, 1)).rejects.toBeInstanceOf(InvalidKeyError);
      return;
    }
    await users.set(key, 1);
    expect(await users.get(key)).toBe(1);
    await users.clear();
    expect(await users.has(key)).toBe(false);
  });
});

describe('makeKey', () => {
  test('needs a generation that is known', async () => {
    const { cache } = open();
    const [users, inner] = [cache.namespace('users'), cache.namespace('users').namespace('inner')];
    expect(() => users.makeKey('key')).toThrow(ClientInputError);
    expect(() => users.makeKey('key')).toThrow(/await another call on it first/);
    await users.has('key');
    expect(users.makeKey('key')).toMatch(/^:1:users~[0-9a-z]{16}:key$/);
    expect(() => inner.makeKey('key')).toThrow(ClientInputError);
    await inner.clear();
    expect(inner.makeKey('key')).toMatch(/^:1:users:inner~[0-9a-z]{16}:key$/);
    expect(() => users.makeKey('a b')).toThrow(InvalidKeyError);
  });

  test('goes by the last that was known, whose time may be over', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const { cache } = open();
    const users = cache.namespace('users').namespace('inner');
    await users.has('key');
    const key = users.makeKey('key');
    vi.advanceTimersByTime(60_000);
    expect(users.makeKey('key')).toBe(key);
    vi.useRealTimers();
  });
});

test('values of a codec of bytes can be in a namespace', async () => {
  await using server = await startServer();
  const config = {
    backend: 'memcached',
    location: server.endpoint,
    options: { codec: bytesCodec() },
  } as const;
  await using cache = createCache(config);
  await using other = createCache(config);
  await cache.namespace('users').set('key', 'bytes');
  expect(await other.namespace('users').get('key')).toEqual(Buffer.from('bytes'));
});

describe('close', () => {
  test('of a namespace closes that alone', async () => {
    const close = vi.fn(async () => {});
    class ClosingBackend extends MapBackend {
      close = close;
    }
    const cache = createCache({ backend: new ClosingBackend() });
    const users = cache.namespace('users');
    const inner = users.namespace('inner');
    await users.close();
    await users[Symbol.asyncDispose]();
    await expect(users.get('key')).rejects.toBeInstanceOf(ClosedError);
    await expect(users.clear()).rejects.toBeInstanceOf(ClosedError);
    await expect(inner.get('key')).rejects.toBeInstanceOf(ClosedError);
    expect(() => users.makeKey('key')).toThrow(ClosedError);
    expect(() => users.namespace('more')).toThrow(ClosedError);
    expect(await cache.namespace('users').set('key', 1)).toBe(true);
    expect(close).not.toHaveBeenCalled();
  });

  test('of the cache closes its namespaces', async () => {
    const caches = createCaches({ default: { backend: new MapBackend() } });
    const users = caches.get('default').namespace('users').namespace('inner');
    await users.set('key', 1);
    await caches.close();
    await expect(users.get('key')).rejects.toBeInstanceOf(ClosedError);
    await expect(users.getOrSet('key', 1)).rejects.toBeInstanceOf(ClosedError);
  });

  test('while a generation is read rejects who waits', async () => {
    const { backend, cache } = open();
    const users = cache.namespace('users');
    const call = users.set('key', 1);
    await cache.close();
    await expect(call).rejects.toBeInstanceOf(ClosedError);
    expect([...backend.values.keys()].filter((key) => key !== ':0:users~')).toEqual([]);
  });
});
