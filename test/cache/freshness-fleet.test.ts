import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Cache } from '../../src/index.ts';
import { type ClockedSubject, clockedSubjects } from './clocked.ts';
import { gate } from './fleet.ts';

describe.each(clockedSubjects.slice(1))('between processes on $name', (subject) => {
  let place: Awaited<ReturnType<ClockedSubject['start']>>;
  let caches: readonly [Cache, Cache];

  beforeEach(async () => {
    vi.useFakeTimers({ toFake: subject.clocks });
    place = await subject.start();
    caches = [place.open(), place.open()];
  });
  afterEach(async () => {
    await Promise.all(caches.map((cache) => cache.close()));
    await place.stop();
    vi.useRealTimers();
  });

  test.each([
    ['staleWhileRevalidate', { ttl: 60, staleWhileRevalidate: 60 }, 70],
    ['refreshAhead', { ttl: 60, refreshAhead: 30 }, 40],
    ['refreshAhead with a stale time', { ttl: 60, refreshAhead: 30, staleIfError: 60 }, 40],
  ] as const)('%s is one caller of all', async (_name, options, seconds) => {
    const [one, two] = caches;
    await one.getOrSet('key', () => 'old', options);
    vi.advanceTimersByTime(seconds * 1000);
    const made = gate<string>();
    const factory = vi.fn(() => made.promise);
    const calls = [one, two].flatMap((cache) =>
      Array.from({ length: 20 }, () => cache.getOrSet('key', factory, options)),
    );
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['old']));
    await expect.poll(() => factory.mock.calls.length).toBe(1);
    expect(await two.getOrSet('key', factory, options)).toBe('old');
    made.open('new');
    await expect.poll(() => two.getOrSet('key', factory, options)).toBe('new');
    expect(factory).toHaveBeenCalledTimes(1);
  });

  test('what is too stale is computed by one, and a value that fails is not waited for by the other', async () => {
    const [one, two] = caches;
    const options = { ttl: 60, staleIfError: 600, waitMs: 60_000 } as const;
    await one.getOrSet('key', () => 'old', options);
    vi.advanceTimersByTime(70_000);
    const [started, failing] = [gate(), gate<Error>()];
    const first = one.getOrSet(
      'key',
      async () => {
        started.open();
        throw await failing.promise;
      },
      options,
    );
    await started.promise;
    const second = two.getOrSet('key', () => 'new', options);
    failing.open(new Error('no'));
    expect(await first).toBe('old');
    expect(await second).toBe('new');
  });

  test('who has waited serves what is stale, and makes it anew itself', async () => {
    const [one, two] = caches;
    const options = { ttl: 60, staleIfError: 600, waitMs: 20 } as const;
    await one.getOrSet('key', () => 'old', options);
    vi.advanceTimersByTime(70_000);
    const [started, made] = [gate(), gate<string>()];
    const hanging = one.getOrSet(
      'key',
      () => {
        started.open();
        return made.promise;
      },
      options,
    );
    await started.promise;
    expect(await two.getOrSet('key', () => 'new', options)).toBe('old');
    await expect.poll(() => two.get('key')).toBe('new');
    made.open('late');
    expect(await hanging).toBe('new');
    expect(await two.get('key')).toBe('new');
  });
});
