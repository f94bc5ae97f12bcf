import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Cache, FactoryError, type GetOrSetOptions } from '../../src/index.ts';
import { type ClockedSubject, clockedSubjects } from './clocked.ts';
import { gate } from './fleet.ts';

describe.each(clockedSubjects)('freshness on $name', (subject) => {
  let place: Awaited<ReturnType<ClockedSubject['start']>>;
  let cache: Cache;
  let errors: Error[];

  beforeEach(async () => {
    vi.useFakeTimers({ toFake: subject.clocks });
    place = await subject.start();
    cache = place.open();
    errors = [];
    cache.on('error', (error) => errors.push(error));
  });
  afterEach(async () => {
    await cache.close();
    await place.stop();
    vi.useRealTimers();
  });

  const pass = (seconds: number): void => {
    vi.advanceTimersByTime(seconds * 1000);
  };
  const old = (options: GetOrSetOptions): Promise<string> => cache.getOrSet('key', () => 'old', options);
  const failing = (): Promise<string> => Promise.reject(new Error('database is down'));
  const valueNow = (): Promise<unknown> => cache.get('key');

  describe('staleWhileRevalidate', () => {
    const options = { ttl: 60, staleWhileRevalidate: 30 } as const;

    test('serves what is stale, and one caller makes it anew', async () => {
      await old(options);
      pass(50);
      expect(await cache.getOrSet('key', failing, options)).toBe('old');
      pass(15);
      const made = gate<string>();
      const factory = vi.fn(() => made.promise);
      const calls = Array.from({ length: 50 }, () => cache.getOrSet('key', factory, options));
      expect(new Set(await Promise.all(calls))).toEqual(new Set(['old']));
      await expect.poll(() => factory.mock.calls.length).toBe(1);
      expect(await cache.getOrSet('key', factory, options)).toBe('old');
      made.open('new');
      await expect.poll(valueNow).toBe('new');
      expect(await cache.getOrSet('key', factory, options)).toBe('new');
      expect(factory).toHaveBeenCalledTimes(1);
      expect(errors).toEqual([]);
    });

    test('waits for a new value once it is too stale', async () => {
      await old(options);
      pass(95);
      expect(await cache.getOrSet('key', () => 'new', options)).toBe('new');
    });

    test('is told by an event where it fails, and goes on to serve', async () => {
      await old(options);
      pass(70);
      expect(await cache.getOrSet('key', failing, options)).toBe('old');
      await expect.poll(() => errors).toEqual([expect.any(FactoryError)]);
      expect(await cache.getOrSet('key', failing, options)).toBe('old');
    });

    test('drops what is stale where nothing is made of it', async () => {
      await old(options);
      pass(70);
      expect(await cache.getOrSet('key', () => undefined, options)).toBe('old');
      await expect.poll(() => cache.getOrSet('key', () => 'next', { ...options, ttl: 0 })).toBe('next');
    });

    test.each([
      ['delete', () => cache.delete('key'), undefined],
      ['set', () => cache.set('key', 'theirs'), 'theirs'],
    ])('does not undo a %s that comes between', async (_verb, disturb, left) => {
      await old(options);
      pass(70);
      const [started, made] = [gate(), gate<string>()];
      await cache.getOrSet(
        'key',
        () => {
          started.open();
          return made.promise;
        },
        options,
      );
      await started.promise;
      await disturb();
      made.open('late');
      // Sent after it, and takes longer.
      await cache.getOrSet('other', 'made');
      expect(await valueNow()).toBe(left);
    });
  });

  describe('what is stale', () => {
    test('is a miss to who reads, and not in the way of a write', async () => {
      const options = { ttl: 60, staleIfError: 60 } as const;
      await old(options);
      expect(await cache.get('key')).toBe('old');
      expect((await cache.getMany(['key'])).get('key')).toBe('old');
      pass(70);
      expect(await cache.get('key')).toBeUndefined();
      expect(await cache.has('key')).toBe(false);
      expect((await cache.getMany(['key'])).size).toBe(0);
      expect(await cache.incrVersion('key')).toBeUndefined();
      expect(await cache.set('key', 'set')).toBe(true);
      expect(await cache.get('key')).toBe('set');
    });

    test('can be deleted', async () => {
      await old({ ttl: 60, staleIfError: 60 });
      pass(70);
      expect(await cache.delete('key')).toBe(true);
      await expect(cache.getOrSet('key', failing, { staleIfError: 60 })).rejects.toBeInstanceOf(FactoryError);
    });

    test('is gone with its time', async () => {
      await old({ ttl: 60, staleIfError: 60 });
      pass(125);
      await expect(cache.getOrSet('key', failing, { staleIfError: '1d' })).rejects.toBeInstanceOf(
        FactoryError,
      );
    });

    test('keeps the ttl it had when it moves to another version', async () => {
      await old({ ttl: 60, staleIfError: 600 });
      expect(await cache.incrVersion('key')).toBe(2);
      expect(await cache.get('key', undefined, { version: 2 })).toBe('old');
      pass(65);
      expect(await cache.get('key', undefined, { version: 2 })).toBeUndefined();
    });

    test('follows the ttl that a touch gives', async () => {
      const options = { ttl: 60, staleIfError: 600 } as const;
      await old(options);
      pass(50);
      expect(await cache.touch('key', 100)).toBe(true);
      pass(60);
      // Servers without the meta dialect do not tell what it is that they touch.
      const isTold = subject.name !== 'memcached, classic';
      expect(await cache.get('key')).toBe(isTold ? 'old' : undefined);
      pass(60);
      expect(await cache.get('key')).toBeUndefined();
      if (!isTold) return;
      expect(await cache.touch('key', 7_000)).toBe(false);
      expect(await cache.getOrSet('key', failing, options)).toBe('old');
      expect(errors).toHaveLength(1);
      expect(await cache.getOrSet('other', () => 'old', options)).toBe('old');
      expect(await cache.touch('other', null)).toBe(true);
      pass(1_000_000);
      expect(await cache.get('other')).toBe('old');
      expect(await cache.touch('other', 0)).toBe(true);
      expect(await cache.has('other')).toBe(false);
    });

    test('is not there for what was stored without it', async () => {
      await cache.set('key', 'set', { ttl: 60 });
      const options = { ttl: 60, staleIfError: 600, staleWhileRevalidate: 600 } as const;
      pass(50);
      expect(await cache.getOrSet('key', failing, options)).toBe('set');
      expect(errors).toEqual([]);
      pass(15);
      await expect(cache.getOrSet('key', failing, options)).rejects.toBeInstanceOf(FactoryError);
    });

    test('is not there where the ttl has no end, or is over at once', async () => {
      const windows = { staleIfError: 60, staleWhileRevalidate: 60 } as const;
      expect(await cache.getOrSet('forever', () => 1, { ttl: null, ...windows })).toBe(1);
      expect(await cache.getOrSet('atonce', () => 1, { ttl: 0, ...windows })).toBe(1);
      expect(await cache.getOrSet('atonce', () => 2, { ttl: 0, ...windows })).toBe(2);
      pass(1_000_000);
      expect(await cache.get('forever')).toBe(1);
    });
  });

  describe('staleIfError', () => {
    const options = { ttl: 60, staleIfError: 600 } as const;

    test('serves what is stale to all callers of a factory that fails, and tells once', async () => {
      await old(options);
      pass(70);
      const factory = vi.fn(failing);
      const calls = Array.from({ length: 20 }, () => cache.getOrSet('key', factory, options));
      expect(new Set(await Promise.all(calls))).toEqual(new Set(['old']));
      expect(factory).toHaveBeenCalledTimes(1);
      expect(errors).toEqual([expect.any(FactoryError)]);
    });

    test('waits for a factory that works', async () => {
      await old(options);
      pass(70);
      expect(await cache.getOrSet('key', () => 'new', options)).toBe('new');
      expect(await valueNow()).toBe('new');
    });

    test('is for those who asked for it', async () => {
      await old(options);
      pass(70);
      const [patient, strict] = await Promise.allSettled([
        cache.getOrSet('key', failing, options),
        cache.getOrSet('key', failing, { ttl: 60 }),
      ]);
      expect(patient).toEqual({ status: 'fulfilled', value: 'old' });
      expect(strict).toMatchObject({ status: 'rejected', reason: expect.any(FactoryError) });
    });

    test('serves where the factory takes too long', async () => {
      await old(options);
      pass(70);
      const never = (): Promise<string> => new Promise(() => {});
      expect(await cache.getOrSet('key', never, { ...options, factoryTimeoutMs: 20 })).toBe('old');
    });
  });

  describe('refreshAhead', () => {
    const options = { ttl: 60, refreshAhead: 20 } as const;

    test('makes a value anew before its ttl is over, once', async () => {
      await old(options);
      pass(30);
      const factory = vi.fn(() => 'new');
      expect(await cache.getOrSet('key', factory, options)).toBe('old');
      expect(factory).not.toHaveBeenCalled();
      pass(15);
      const calls = Array.from({ length: 50 }, () => cache.getOrSet('key', factory, options));
      expect(new Set(await Promise.all(calls))).toEqual(new Set(['old']));
      await expect.poll(valueNow).toBe('new');
      pass(30);
      expect(await cache.getOrSet('key', factory, options)).toBe('new');
      expect(factory).toHaveBeenCalledTimes(1);
    });

    test('counts from the ttl, not from the end of a stale time', async () => {
      const both = { ...options, staleWhileRevalidate: 600 } as const;
      await old(both);
      pass(30);
      const factory = vi.fn(() => 'new');
      expect(await cache.getOrSet('key', factory, both)).toBe('old');
      pass(15);
      expect(factory).not.toHaveBeenCalled();
      expect(await cache.getOrSet('key', factory, both)).toBe('old');
      await expect.poll(valueNow).toBe('new');
    });

    test('makes an empty value anew like any other', async () => {
      await cache.getOrSet('key', () => '', options);
      pass(45);
      const factory = vi.fn(() => 'new');
      expect(await cache.getOrSet('key', factory, options)).toBe('');
      expect(await cache.get('key')).toBeDefined();
      await expect.poll(valueNow).toBe('new');
    });

    test('that fails leaves the value and is told', async () => {
      await old(options);
      pass(45);
      expect(await cache.getOrSet('key', failing, options)).toBe('old');
      await expect.poll(() => errors).toEqual([expect.any(FactoryError)]);
      expect(await valueNow()).toBe('old');
    });
  });

  describe('negativeTtl', () => {
    const options = { ttl: 600, negativeTtl: 10 } as const;

    test('is the ttl of null', async () => {
      expect(await cache.getOrSet('key', () => null, options)).toBeNull();
      expect(await cache.get('key', 'default')).toBeNull();
      pass(12);
      expect(await cache.get('key', 'default')).toBe('default');
    });

    test('remembers undefined, which nobody else sees', async () => {
      const factory = vi.fn<() => string | undefined>(() => undefined);
      for (let i = 0; i < 3; i++) expect(await cache.getOrSet('key', factory, options)).toBeUndefined();
      expect(factory).toHaveBeenCalledTimes(1);
      expect(await cache.get('key', 'default')).toBe('default');
      expect(await cache.has('key')).toBe(false);
      expect((await cache.getMany(['key'])).size).toBe(0);
      expect(await cache.incrVersion('key')).toBeUndefined();
      pass(12);
      factory.mockReturnValue('there');
      expect(await cache.getOrSet('key', factory, options)).toBe('there');
    });

    test('is not lengthened by a touch, which finds nothing', async () => {
      await cache.getOrSet('key', () => undefined, options);
      // Servers without the meta dialect see that something is there.
      const touched = subject.name === 'memcached, classic';
      expect(await cache.touch('key', 600)).toBe(touched);
      expect(await cache.touch('key', null)).toBe(touched);
      pass(12);
      expect(await cache.getOrSet('key', () => 'there', options)).toBe('there');
    });

    test('is not the ttl of a value, and not served stale', async () => {
      const swr = { ...options, staleWhileRevalidate: 600 } as const;
      await cache.getOrSet('value', () => 'value', swr);
      await cache.getOrSet('null', () => null, swr);
      pass(15);
      expect(await cache.getOrSet('value', () => 'other', swr)).toBe('value');
      expect(await cache.getOrSet<string | null>('null', () => 'there', swr)).toBe('there');
    });

    test('gives way to a value that is set', async () => {
      await cache.getOrSet('key', () => undefined, options);
      await cache.set('key', 'set');
      expect(await cache.getOrSet('key', () => 'made', options)).toBe('set');
    });
  });

  describe('with lease off', () => {
    test('what is stale is served, and made anew once', async () => {
      const options = { ttl: 60, staleWhileRevalidate: 60, lease: 'off' } as const;
      await old(options);
      pass(70);
      const factory = vi.fn(() => 'new');
      const calls = [1, 2, 3].map(() => cache.getOrSet('key', factory, options));
      expect(await Promise.all(calls)).toEqual(['old', 'old', 'old']);
      await expect.poll(valueNow).toBe('new');
      expect(factory).toHaveBeenCalledTimes(1);
    });
  });
});
