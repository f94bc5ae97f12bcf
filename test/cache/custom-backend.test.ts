import { expect, test, vi } from 'vitest';
import { ClosedError, createCache, InvalidKeyError } from '../../src/index.ts';
import { MapBackend } from './map-backend.ts';

test('a backend of the least that works is a cache', async () => {
  const backend = new MapBackend();
  await using cache = createCache({ backend, keyPrefix: 'app', ttl: null });
  await cache.set('key', 1);
  expect([...backend.values]).toEqual([['app:1:key', 1]]);
  expect(await cache.incr('key', 5)).toBe(6);
  expect(await cache.decr('key', 10)).toBe(0);
  expect(await cache.incrVersion('key')).toBe(2);
  expect([...backend.values]).toEqual([['app:2:key', 0]]);
  expect(await cache.getOrSet('other', () => 'made')).toBe('made');
  await cache.clear();
  expect(backend.values.size).toBe(0);
  await expect(cache.get('a b')).rejects.toBeInstanceOf(InvalidKeyError);
});

test('its own check of keys replaces the one of memcached', async () => {
  class WideBackend extends MapBackend {
    checkKey(key: string): void {
      if (key.includes('!')) throw new InvalidKeyError('No exclamation mark');
    }
  }
  const cache = createCache({ backend: new WideBackend() });
  await cache.set('a b', 1);
  expect(await cache.get('a b')).toBe(1);
  await expect(cache.get('a!')).rejects.toThrow('No exclamation mark');
});

test('its errors become events, and without a listener pass over', async () => {
  let tell: ((error: Error) => void) | undefined;
  class TellingBackend extends MapBackend {
    onError(listener: (error: Error) => void): void {
      tell = listener;
    }
  }
  const cache = createCache({ backend: new TellingBackend() });
  tell?.(new Error('unheard'));
  const errors: Error[] = [];
  cache.on('error', (error) => errors.push(error));
  const error = new Error('heard');
  tell?.(error);
  expect(errors).toEqual([error]);
});

test('it is closed once by each cache', async () => {
  class ClosingBackend extends MapBackend {
    close = vi.fn(async () => {});
  }
  const backend = new ClosingBackend();
  const [one, other] = [createCache({ backend }), createCache({ backend, keyPrefix: 'other' })];
  await Promise.all([one.close(), one.close()]);
  expect(backend.close).toHaveBeenCalledTimes(1);
  await expect(one.get('key')).rejects.toBeInstanceOf(ClosedError);
  await other.close();
  expect(backend.close).toHaveBeenCalledTimes(2);
});

test('nothing asked is no call of the backend', async () => {
  const backend = new MapBackend();
  const calls = (['getMany', 'setMany', 'deleteMany'] as const).map((verb) => vi.spyOn(backend, verb));
  const cache = createCache({ backend });
  await cache.getMany([]);
  await cache.setMany({});
  await cache.deleteMany([]);
  for (const call of calls) expect(call).not.toHaveBeenCalled();
});

test('a call of the cache is one call of the backend', async () => {
  const backend = new MapBackend();
  const cache = createCache({ backend });
  const spies = (
    ['get', 'getMany', 'getEntry', 'set', 'setMany', 'add', 'touch', 'delete', 'deleteMany', 'incr'] as const
  ).map((verb) => vi.spyOn(backend, verb));
  for (const [call, used] of [
    [() => cache.get('key'), ['get']],
    [() => cache.has('key'), ['get']],
    [() => cache.getMany(['key', 'other']), ['getMany']],
    [() => cache.setMany({ key: 1, other: 2 }), ['setMany']],
    [() => cache.deleteMany(['key', 'other']), ['deleteMany']],
    [() => cache.set('key', 1), ['set']],
    [() => cache.incr('key'), ['incr']],
    [() => cache.decr('key'), ['incr']],
    [() => cache.touch('key'), ['touch']],
    [() => cache.incrVersion('key'), ['getEntry', 'set', 'delete']],
    [() => cache.add('key', 1), ['add']],
    [() => cache.delete('key'), ['delete']],
    [() => cache.getOrSet('key', 1), ['get', 'add']],
  ] as const) {
    for (const spy of spies) spy.mockClear();
    await call();
    const made = spies.flatMap((spy) => spy.mock.calls.map(() => spy.getMockName()));
    expect(made).toEqual(used);
  }
});

test('it is asked for a final key once', async () => {
  const backend = new MapBackend();
  const getMany = vi.spyOn(backend, 'getMany');
  const cache = createCache({ backend, keyFunction: (key) => key.toLowerCase() });
  await cache.getMany(['a', 'A', 'b']);
  expect(getMany).toHaveBeenCalledWith(['a', 'b']);
});

test('who gives up while it is read calls no factory', async () => {
  const backend = new MapBackend();
  const cache = createCache({ backend });
  const factory = vi.fn(() => 1);
  const controller = new AbortController();
  vi.spyOn(backend, 'get').mockImplementationOnce(async () => controller.abort(new Error('enough')));
  const call = cache.getOrSet('key', factory, { signal: controller.signal });
  await expect(call).rejects.toThrow('enough');
  await cache.getOrSet('key', 'next');
  expect(factory).not.toHaveBeenCalled();
});

test.each([
  ['a value', () => 'made'],
  ['undefined', () => undefined],
  ['an error', () => Promise.reject(new Error('no'))],
])('calls made together share %s, also who learns of the miss when it is there', async (_name, factory) => {
  const backend = new MapBackend();
  const cache = createCache({ backend });
  let missLate: (() => void) | undefined;
  const late = new Promise<undefined>((resolve) => {
    missLate = () => resolve(undefined);
  });
  vi.spyOn(backend, 'get').mockResolvedValueOnce(undefined).mockReturnValueOnce(late);
  const calls = vi.fn<() => unknown>(factory);
  const [first, second] = [cache.getOrSet('key', calls), cache.getOrSet('key', calls)];
  const [outcome] = await Promise.allSettled([first]);
  const next = cache.getOrSet('key', () => 'next');
  missLate?.();
  expect(await Promise.allSettled([second])).toEqual([outcome]);
  expect(calls).toHaveBeenCalledTimes(1);
  expect(await next).toBe(backend.values.get(':1:key'));
});

test('what incrVersion has moved away is not brought back by a getOrSet under way', async () => {
  const backend = new MapBackend();
  const cache = createCache({ backend });
  const made = await cache.getOrSet('key', async () => {
    await cache.set('key', 'moved');
    await cache.incrVersion('key');
    return 'made';
  });
  expect(made).toBe('made');
  expect([...backend.values]).toEqual([[':2:key', 'moved']]);
});

test('an incrVersion whose write is refused leaves the value where it is', async () => {
  const backend = new MapBackend();
  const cache = createCache({ backend });
  await cache.set('key', 1);
  vi.spyOn(backend, 'set').mockResolvedValue(false);
  expect(await cache.incrVersion('key')).toBeUndefined();
  expect(await cache.get('key')).toBe(1);
});
