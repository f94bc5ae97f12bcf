import { describe, expect, test, vi } from 'vitest';
import { type Cache, ConnectionError, createCache } from '../../../src/index.ts';
import { hold, WRITES } from '../held-calls.ts';
import { MapBackend } from '../map-backend.ts';

/** No entry expires during a test. */
const near = { ttl: '1h' };

/** Each verb that may make `key` old. */
const writes: readonly (readonly [name: string, call: (cache: Cache, key: string) => Promise<unknown>])[] = [
  ['set', (cache, key) => cache.set(key, 2)],
  ['setMany', (cache, key) => cache.setMany({ other: 2, [key]: 2 })],
  ['add', (cache, key) => cache.add(key, 2)],
  ['touch', (cache, key) => cache.touch(key, 10)],
  ['delete', (cache, key) => cache.delete(key)],
  ['deleteMany', (cache, key) => cache.deleteMany(['other', key])],
  ['incr', (cache, key) => cache.incr(key)],
  ['decr', (cache, key) => cache.decr(key)],
  ['incrVersion', (cache, key) => cache.incrVersion(key)],
  ['decrVersion, to the key', (cache, key) => cache.decrVersion(key, 1, { version: 2 })],
  ['clear', (cache) => cache.clear()],
];

describe.each(writes)('%s', (_name, write) => {
  async function opened(): Promise<{ backend: MapBackend; cache: Cache }> {
    const backend = new MapBackend();
    const cache = createCache({ backend, near });
    await cache.set('key', 1);
    await cache.set('key', 10, { version: 2 });
    return { backend, cache };
  }

  test('drops what is kept of its key', async () => {
    const { backend, cache } = await opened();
    await cache.get('key');
    await write(cache, 'key');
    const get = vi.spyOn(backend, 'getEntry');
    expect(await cache.get('key')).toBe(backend.values.get(':1:key'));
    expect(get).toHaveBeenCalledTimes(1);
  });

  test.each(['get', 'getMany'] as const)('is not undone by a %s that it overtakes', async (verb) => {
    const { backend, cache } = await opened();
    const reply = hold(backend, [verb === 'get' ? 'getEntry' : 'getMany'], 'answered');
    const early = verb === 'get' ? cache.get('key') : cache.getMany(['key', 'other']);
    await reply.made;
    vi.restoreAllMocks();
    await write(cache, 'key');
    reply.release();
    expect(await early).toEqual(verb === 'get' ? 1 : new Map([['key', 1]]));
    expect(await cache.get('key')).toBe(backend.values.get(':1:key'));
  });

  test('is not undone by a read while it is under way', async () => {
    const { backend, cache } = await opened();
    const held = hold(backend, WRITES, 'done');
    const writing = write(cache, 'key');
    await held.made;
    expect(await cache.get('key')).toBe(1);
    held.release();
    await writing;
    expect(await cache.get('key')).toBe(backend.values.get(':1:key'));
  });
});

/** What moves a value away writes to another key first. */
const single = writes.filter(([name]) => name !== 'incrVersion');

describe.each(single)('%s that fails', (_name, write) => {
  test('drops what is kept, for it may have been done; what is read after it is kept', async () => {
    const backend = new MapBackend();
    const cache = createCache({ backend, near });
    await cache.set('key', 1);
    await cache.set('key', 10, { version: 2 });
    await cache.get('key');
    for (const verb of WRITES) vi.spyOn(backend, verb).mockRejectedValue(new ConnectionError('broke'));
    await expect(write(cache, 'key')).rejects.toBeInstanceOf(ConnectionError);
    const getEntry = vi.spyOn(backend, 'getEntry');
    for (let round = 0; round < 2; round++) expect(await cache.get('key')).toBe(1);
    expect(getEntry).toHaveBeenCalledTimes(1);
  });
});

test('overlapping writes of a key are all waited for', async () => {
  const backend = new MapBackend();
  const cache = createCache({ backend, near });
  await cache.set('key', 1);
  const first = hold(backend, ['set'], 'done');
  const setting = cache.set('key', 2);
  await cache.touch('key', 10);
  expect(await cache.get('key')).toBe(1);
  first.release();
  await setting;
  expect(await cache.get('key')).toBe(2);
});

test('a read of many is kept for the keys that nothing was written to', async () => {
  const backend = new MapBackend();
  const cache = createCache({ backend, near });
  await cache.setMany({ a: 1, b: 2 });
  const reply = hold(backend, ['getMany'], 'answered');
  const early = cache.getMany(['a', 'b']);
  await reply.made;
  await cache.set('b', 'new');
  reply.release();
  await early;
  expect(cache.snapshot().near?.entries).toBe(1);
  expect(await cache.get('b')).toBe('new');
});

test('incrVersion moves what is stored, not what is kept', async () => {
  const backend = new MapBackend();
  const [cache, other] = [createCache({ backend, near }), createCache({ backend })];
  await cache.set('key', 'old');
  await cache.get('key');
  await other.set('key', 'new');
  await cache.incrVersion('key');
  expect(await cache.get('key', undefined, { version: 2 })).toBe('new');
});
