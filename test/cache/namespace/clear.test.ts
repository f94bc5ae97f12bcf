import { describe, expect, test, vi } from 'vitest';
import { type Cache, createCache, createClient } from '../../../src/index.ts';
import { startServer } from '../../../src/testing/index.ts';
import { MapBackend } from '../map-backend.ts';
import { type Ground, type Subject, standOn, subjects } from '../subject.ts';

const soon = (condition: () => Promise<boolean>): Promise<boolean> =>
  vi.waitUntil(condition, { timeout: 15_000 });

const custom: Subject = {
  name: 'a backend of one own',
  tellsTtl: false,
  start: async () => ({ config: { backend: new MapBackend() }, stop: async () => {} }),
};

describe.each([...subjects, custom])('$name', (subject) => {
  clearContract(standOn(subject));
});

function clearContract(ground: Ground): void {
  test('clear takes what is in the namespace, of all versions, and nothing else', async () => {
    const { cache } = ground;
    const [users, other] = [cache.namespace('users'), cache.namespace('other')];
    const key = ground.key();
    for (const place of [cache, users, other]) await place.set(key, 'value');
    await users.set(key, 'value', { version: 2 });
    await users.clear();
    expect(await users.get(key)).toBeUndefined();
    expect(await users.has(key, { version: 2 })).toBe(false);
    expect(await other.get(key)).toBe('value');
    expect(await cache.get(key)).toBe('value');
    await users.set(key, 'new');
    expect(await cache.namespace('users').get(key)).toBe('new');
  });

  test('namespaces nest: clear takes those within, and not those around or beside', async () => {
    const { cache } = ground;
    const outer = cache.namespace('outer');
    const [left, right] = [outer.namespace('left'), outer.namespace('right')];
    const deep = left.namespace('deep');
    const key = ground.key();
    const places = [outer, left, right, deep, cache.namespace('left')];
    const found = () => Promise.all(places.map((place) => place.has(key)));
    for (const place of places) await place.set(key, 'value');
    expect(await found()).toEqual([true, true, true, true, true]);
    await deep.clear();
    expect(await found()).toEqual([true, true, true, false, true]);
    await deep.set(key, 'value');
    await left.clear();
    expect(await found()).toEqual([true, false, true, false, true]);
    for (const place of places) await place.set(key, 'value');
    await outer.clear();
    expect(await found()).toEqual([false, false, false, false, true]);
  });

  test('what one process clears the others see, and agree on what comes after', async () => {
    const settings = { generationTtl: 0.1 };
    const [one, other] = [ground.open(settings), ground.open(settings)];
    const [users, theirs] = [one.namespace('users'), other.namespace('users')];
    const [inner, innerTheirs] = [users.namespace('inner'), theirs.namespace('inner')];
    const key = ground.key();
    await users.set(key, 'old');
    await inner.set(key, 'old');
    await soon(async () => (await theirs.has(key)) && (await innerTheirs.has(key)));
    await users.clear();
    await soon(async () => !(await theirs.has(key)) && !(await innerTheirs.has(key)));
    await theirs.set(key, 'new');
    await innerTheirs.set(key, 'new');
    expect(await users.get(key)).toBe('new');
    expect(await inner.get(key)).toBe('new');
  });

  test('holds when its marker is gone: what was there does not come back', async () => {
    const settings = { generationTtl: 0.1 };
    const [one, other] = [ground.open(settings), ground.open(settings)];
    const [users, theirs] = [one.namespace('lost'), other.namespace('lost')];
    const key = ground.key();
    for (let round = 0; round < 3; round++) {
      await users.set(key, round);
      await soon(async () => (await theirs.get(key)) === round);
      await one.delete('lost~', { version: 0 });
      await soon(async () => !(await users.has(key)) && !(await theirs.has(key)));
    }
    await users.set(key, 'new');
    expect(await theirs.get(key)).toBe('new');
  });

  test('clear of the whole cache takes the markers, and what is written after it stays', async () => {
    const cache = ground.open({ generationTtl: 60 });
    const users = cache.namespace('users');
    const key = ground.key();
    await users.set(key, 'old');
    await cache.clear();
    expect(await users.has(key)).toBe(false);
    await users.set(key, 'new');
    expect(await ground.open().namespace('users').get(key)).toBe('new');
  });

  test('works with a near cache', async () => {
    const settings = { generationTtl: 0.1, near: { ttl: '1h' } };
    const [one, other] = [ground.open(settings), ground.open(settings)];
    const [users, theirs] = [one.namespace('near'), other.namespace('near')];
    const key = ground.key();
    await users.set(key, 'old');
    await soon(() => theirs.has(key));
    const hits = other.snapshot().near?.hits ?? 0;
    await theirs.get(key);
    expect(theirs.snapshot().near?.hits).toBe(hits + 1);
    await users.clear();
    expect(await users.has(key)).toBe(false);
    await soon(async () => !(await theirs.has(key)));
  });
}

test('what is stored nowhere can be cleared', async () => {
  const cache: Cache = createCache({ backend: 'dummy' });
  const users = cache.namespace('users').namespace('inner');
  expect(await users.set('key', 1)).toBe(true);
  expect(await users.get('key')).toBeUndefined();
  await users.clear();
  expect(await users.getOrSet('key', () => 'made')).toBe('made');
});

describe('what it costs', () => {
  test('a read is one command, once the generation is known; clear is one set, and flushes nothing', async () => {
    await using server = await startServer();
    await using cache = createCache({
      backend: 'memcached',
      location: server.endpoint,
      generationTtl: 60,
    });
    const users = cache.namespace('users');
    const counted = async (call: () => Promise<unknown>): Promise<unknown> => {
      const before = server.stats();
      await call();
      const after = server.stats();
      return ['cmd_get', 'cmd_set', 'cmd_flush'].map((name) => Number(after[name]) - Number(before[name]));
    };
    expect(await counted(() => users.set('key', 1))).toEqual([1, 2, 0]);
    expect(await counted(() => users.get('key'))).toEqual([1, 0, 0]);
    expect(await counted(() => cache.namespace('users').get('key'))).toEqual([1, 0, 0]);
    expect(await counted(() => users.getOrSet('key', 2))).toEqual([1, 0, 0]);
    expect(await counted(() => users.getMany(['key', 'other', 'third']))).toEqual([3, 0, 0]);
    expect(await counted(() => users.clear())).toEqual([0, 1, 0]);
    expect(await counted(() => users.get('key'))).toEqual([1, 0, 0]);
    expect(await counted(() => cache.namespace('new').clear())).toEqual([0, 1, 0]);
  });

  test('many calls at once read it once', async () => {
    await using server = await startServer();
    await using cache = createCache({ backend: 'memcached', location: server.endpoint });
    const inner = () => cache.namespace('users').namespace('inner');
    await Promise.all(Array.from({ length: 100 }, (_, index) => inner().get(`key:${index}`)));
    // Two markers are looked for, made, and need not be read after that.
    expect(server.stats()).toMatchObject({ cmd_get: '102', cmd_set: '2' });
  });
});

test('another client reads a key by the generation, and clears by deleting the marker', async () => {
  await using server = await startServer();
  await using cache = createCache({
    backend: 'memcached',
    location: server.endpoint,
    keyPrefix: 'shop',
    generationTtl: 0.1,
  });
  const client = createClient(server.endpoint);
  const users = cache.namespace('users');
  await users.set('ada', 'Lovelace');
  const generation = await client.get<string>('shop:0:users~');
  expect(await client.get(`shop:1:users~${generation}:ada`)).toBe('Lovelace');
  await client.delete('shop:0:users~');
  await soon(async () => !(await users.has('ada')));
  await client.close();
});
