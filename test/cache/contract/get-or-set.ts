import { expect, test, vi } from 'vitest';
import { FactoryError, InvalidValueError } from '../../../src/index.ts';
import type { Ground } from '../subject.ts';

export function getOrSetContract(ground: Ground): void {
  test('stores and returns a value, or what a factory makes', async () => {
    const { cache } = ground;
    const [plain, sync, async_] = [ground.key(), ground.key(), ground.key()];
    expect(await cache.getOrSet(plain, 'value')).toBe('value');
    expect(await cache.getOrSet(sync, () => 'sync')).toBe('sync');
    expect(await cache.getOrSet(async_, async () => 'async')).toBe('async');
    expect(await cache.getMany([plain, sync, async_])).toEqual(
      new Map([
        [plain, 'value'],
        [sync, 'sync'],
        [async_, 'async'],
      ]),
    );
  });

  test('a hit calls no factory', async () => {
    const key = ground.key();
    const factory = vi.fn(() => 'new');
    await ground.cache.set(key, 'old');
    expect(await ground.cache.getOrSet(key, factory)).toBe('old');
    expect(factory).not.toHaveBeenCalled();
  });

  test('null is stored, and stored null is a hit', async () => {
    const { cache } = ground;
    const [plain, made] = [ground.key(), ground.key()];
    expect(await cache.getOrSet(plain, null)).toBeNull();
    expect(await cache.getOrSet(made, () => null)).toBeNull();
    expect(await cache.getOrSet(plain, 'new')).toBeNull();
    expect(await cache.get(made, 'default')).toBeNull();
  });

  test('undefined is returned and not stored', async () => {
    const { cache } = ground;
    const key = ground.key();
    expect(await cache.getOrSet(key, async () => undefined)).toBeUndefined();
    expect(await cache.getOrSet(key, undefined)).toBeUndefined();
    expect(await cache.has(key)).toBe(false);
  });

  test('takes a ttl', async () => {
    const key = ground.key();
    expect(await ground.cache.getOrSet(key, 'value', { ttl: 0 })).toBe('value');
    expect(await ground.cache.has(key)).toBe(false);
  });

  test('a thousand at once call one factory', async () => {
    const { cache } = ground;
    const key = ground.key();
    const factory = vi.fn(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return { made: true };
    });
    const calls = Array.from({ length: 1000 }, () => cache.getOrSet(key, factory));
    for (const value of await Promise.all(calls)) expect(value).toEqual({ made: true });
    expect(factory).toHaveBeenCalledTimes(1);
    expect(await cache.get(key)).toEqual({ made: true });
  });

  test('the value of a writer that comes between wins, also null', async () => {
    const other = ground.open();
    for (const theirs of ['theirs', null]) {
      const key = ground.key();
      const value = await ground.cache.getOrSet<string | null>(key, async () => {
        await other.set(key, theirs);
        return 'ours';
      });
      expect(value).toBe(theirs);
      expect(await ground.cache.get(key)).toBe(theirs);
    }
  });

  test('where the other value is gone again, the own one is returned', async () => {
    const other = ground.open();
    const key = ground.key();
    const value = await ground.cache.getOrSet(key, async () => {
      await other.set(key, 'theirs', { ttl: 0 });
      return 'ours';
    });
    expect(value).toBe('ours');
  });

  test('a factory that fails rejects all who wait, with one error', async () => {
    const { cache } = ground;
    const key = ground.key();
    const cause = new Error('database is down');
    const factory = vi.fn(async (): Promise<string> => {
      await new Promise((resolve) => setImmediate(resolve));
      throw cause;
    });
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => cache.getOrSet(key, factory)));
    const reasons = outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason);
    expect(factory).toHaveBeenCalledTimes(1);
    expect(reasons[0]).toBeInstanceOf(FactoryError);
    expect(reasons[0]).toMatchObject({ cause, operation: 'getOrSet' });
    expect(new Set(reasons).size).toBe(1);
    expect(await cache.has(key)).toBe(false);
    expect(await cache.getOrSet(key, () => 'next')).toBe('next');
  });

  test('a factory that throws at once is a FactoryError too', async () => {
    const factory = (): string => {
      throw new TypeError('no');
    };
    await expect(ground.cache.getOrSet(ground.key(), factory)).rejects.toBeInstanceOf(FactoryError);
  });

  test('what a factory makes must be storable', async () => {
    const call = ground.cache.getOrSet(ground.key(), () => new Map());
    await expect(call).rejects.toBeInstanceOf(InvalidValueError);
  });

  test('a signal ends the waiting of its caller alone', async () => {
    const { cache } = ground;
    const key = ground.key();
    const { promise: computed, resolve: compute } = deferred<string>();
    const { promise: started, resolve: start } = deferred<void>();
    const controller = new AbortController();
    const aborted = cache.getOrSet(
      key,
      () => {
        start();
        return computed;
      },
      { signal: controller.signal },
    );
    await started;
    const patient = cache.getOrSet(key, () => 'not called');
    controller.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
    compute('value');
    expect(await patient).toBe('value');
    expect(await cache.get(key)).toBe('value');
  });

  test('a signal that is aborted already calls nothing', async () => {
    const factory = vi.fn(() => 1);
    const signal = AbortSignal.abort();
    await expect(ground.cache.getOrSet(ground.key(), factory, { signal })).rejects.toThrow(/abort/i);
    expect(factory).not.toHaveBeenCalled();
  });

  test.each([
    ['delete', (key: string) => ground.cache.delete(key)],
    ['deleteMany', (key: string) => ground.cache.deleteMany([key])],
    ['clear', () => ground.cache.clear()],
  ])('what %s overtakes is not stored, and not given to who comes later', async (_name, invalidate) => {
    const { cache } = ground;
    const key = ground.key();
    const { promise: old, resolve: finishOld } = deferred<string>();
    const { promise: started, resolve: start } = deferred<void>();
    const early = cache.getOrSet(key, () => {
      start();
      return old;
    });
    await started;
    await invalidate(key);
    const late = cache.getOrSet(key, () => 'new');
    finishOld('old');
    expect(await early).toBe('old');
    expect(await late).toBe('new');
    expect(await cache.get(key)).toBe('new');
  });
}

function deferred<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let settle: ((value: T) => void) | undefined;
  const promise = new Promise<T>((resolve) => {
    settle = resolve;
  });
  return { promise, resolve: (value) => settle?.(value) };
}
