import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  ClientInputError,
  createCache,
  createClient,
  FactoryError,
  type GetOrSetOptions,
  InvalidCacheConfigError,
  jsonCodec,
  type MemcachedOptions,
  TimeoutError,
} from '../../src/index.ts';
import { startServer } from '../../src/testing/index.ts';
import { LeasingBackend } from './leasing-backend.ts';
import { MapBackend } from './map-backend.ts';

afterEach(() => {
  vi.useRealTimers();
});

describe('an option of getOrSet that cannot be right', () => {
  test.each<[string, unknown, string]>([
    ['lease', 'none', "lease must be 'fleet', 'process' or 'off'"],
    ['waitMs', -1, 'waitMs must be a number of milliseconds from 0'],
    ['waitMs', Number.NaN, 'waitMs must be'],
    ['waitMs', '5s', 'waitMs must be'],
    ['waitMs', 2 ** 31, 'waitMs must be'],
    ['factoryTimeoutMs', 0, 'factoryTimeoutMs must be a number of milliseconds from 1'],
    ['factoryTimeoutMs', Number.POSITIVE_INFINITY, 'factoryTimeoutMs must be'],
    ['staleWhileRevalidate', -1, 'staleWhileRevalidate must not be negative'],
    ['staleWhileRevalidate', 'soon', 'staleWhileRevalidate must be seconds or a duration'],
    ['staleIfError', Number.NaN, 'staleIfError must be seconds'],
    ['refreshAhead', null, 'refreshAhead must be seconds'],
    ['negativeTtl', -5, 'negativeTtl must not be negative'],
    ['ttl', 'x', 'ttl must be seconds'],
  ])('%s: %s is named', async (option, value, message) => {
    const cache = createCache({ backend: new MapBackend() });
    const factory = vi.fn(() => 1);
    const call = cache.getOrSet('key', factory, { [option]: value } as GetOrSetOptions);
    await expect(call).rejects.toThrow(message);
    await expect(call).rejects.toBeInstanceOf(ClientInputError);
    expect(factory).not.toHaveBeenCalled();
  });

  test('so is a leaseKey', () => {
    const options = { leaseKey: 'apart' as 'separate' };
    const make = (): unknown => createCache({ backend: 'memcached', location: 'localhost', options });
    expect(make).toThrow(InvalidCacheConfigError);
    expect(make).toThrow("options.leaseKey must be 'inline' or 'separate'");
  });
});

describe('factoryTimeoutMs', () => {
  test('rejects with a FactoryError of a TimeoutError, and aborts the signal of the factory', async () => {
    const cache = createCache({ backend: new MapBackend() });
    vi.useFakeTimers();
    let signal: AbortSignal | undefined;
    const call = cache.getOrSet(
      'key',
      (given) => {
        signal = given;
        return new Promise((_resolve, reject) =>
          given.addEventListener('abort', () => reject(new Error('aborted'))),
        );
      },
      { factoryTimeoutMs: 5_000 },
    );
    const outcome = call.catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(4_999);
    expect(signal?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    const error = await outcome;
    expect(error).toBeInstanceOf(FactoryError);
    const cause = error instanceof FactoryError ? error.cause : undefined;
    expect(cause).toBeInstanceOf(TimeoutError);
    expect(cause).toMatchObject({
      phase: 'factory',
      timeoutMs: 5_000,
      message: 'No value within 5000 ms (factory)',
    });
    expect(signal?.aborted).toBe(true);
    expect(signal?.reason).toBe(cause);
  });

  test('does not concern a factory that is done, nor what it would do after it', async () => {
    const cache = createCache({ backend: new MapBackend() });
    vi.useFakeTimers();
    let signal: AbortSignal | undefined;
    const made = await cache.getOrSet(
      'key',
      (given) => {
        signal = given;
        return 'made';
      },
      { factoryTimeoutMs: 5_000 },
    );
    await vi.advanceTimersByTimeAsync(10_000);
    expect(made).toBe('made');
    expect(signal?.aborted).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('drops what the factory makes after it', async () => {
    const backend = new MapBackend();
    const cache = createCache({ backend });
    vi.useFakeTimers();
    const late = (): Promise<string> => new Promise((resolve) => setTimeout(resolve, 100, 'late'));
    const outcome = cache.getOrSet('key', late, { factoryTimeoutMs: 50 }).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(50);
    expect(await outcome).toBeInstanceOf(FactoryError);
    await vi.advanceTimersByTimeAsync(100);
    expect(backend.values.size).toBe(0);
  });
});

describe('signal', () => {
  test('may be shared by many calls, in namespaces too, without a warning, and is let go of', async () => {
    const cache = createCache({ backend: new MapBackend() });
    const warnings: Error[] = [];
    const warned = (warning: Error): number => warnings.push(warning);
    process.on('warning', warned);
    const controller = new AbortController();
    const { signal } = controller;
    const calls = [cache, cache.namespace('users')].flatMap((each) =>
      Array.from({ length: 100 }, (_, index) => each.getOrSet(`${index}`, async () => index, { signal })),
    );
    await Promise.all(calls);
    const never = cache.getOrSet('never', () => new Promise(() => {}), { signal });
    controller.abort(new Error('enough'));
    await expect(never).rejects.toThrow('enough');
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', warned);
    expect(warnings).toEqual([]);
  });
});

describe('the lease', () => {
  test.each([
    [{}, 600],
    [{ factoryTimeoutMs: 1_500 }, 4],
    [{ factoryTimeoutMs: 60_000 }, 62],
  ])('of a call with %o is for %i seconds', async (options, seconds) => {
    const backend = new LeasingBackend();
    const find = vi.spyOn(backend, 'find');
    await createCache({ backend }).getOrSet('key', 'value', options);
    expect(find).toHaveBeenCalledWith(':1:key', { anew: false, lease: seconds, refreshBelow: undefined });
  });

  test.each([
    [{ refreshAhead: 10 }, 10],
    [{ refreshAhead: 0.5 }, 1],
    [{ refreshAhead: 10, staleIfError: 30, staleWhileRevalidate: 20 }, 40],
    [{ refreshAhead: '60d' }, 2_592_000],
  ])('for a refresh with %o is told below %i seconds', async (options, refreshBelow) => {
    const backend = new LeasingBackend();
    const find = vi.spyOn(backend, 'find');
    await createCache({ backend }).getOrSet('key', 'value', options);
    expect(find).toHaveBeenCalledWith(':1:key', { anew: false, lease: 600, refreshBelow });
  });

  test('has a key of its own where the codec is one that others read', async () => {
    const codec = { ...jsonCodec(), interoperable: true };
    await using server = await startServer();
    const leaseOf = async (options: MemcachedOptions): Promise<string> => {
      await using cache = createCache({ backend: 'memcached', location: server.endpoint, options });
      await using foreign = createClient(server.endpoint, { protocol: 'classic' });
      const seen = await cache.getOrSet('key', () => foreign.get(':1:key'), { ttl: 0 });
      return seen === '' ? 'inline' : 'separate';
    };
    expect(await leaseOf({ codec })).toBe('separate');
    expect(await leaseOf({ codec, leaseKey: 'inline' })).toBe('inline');
    expect(await leaseOf({})).toBe('inline');
    expect(await leaseOf({ leaseKey: 'separate' })).toBe('separate');
  });
});
