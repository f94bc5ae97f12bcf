import { describe, expect, test, vi } from 'vitest';
import {
  bytesCodec,
  type Cache,
  ClosedError,
  createClient,
  FactoryError,
  InvalidValueError,
  ValueTooLargeError,
} from '../../src/index.ts';
import { fleetOf, fleetSubjects, gate } from './fleet.ts';

/** Longer than a test: whoever waits this long fails it. */
const LONG = { waitMs: 60_000 } as const;

describe.each(fleetSubjects)('leases on $name', (subject) => {
  const fleet = fleetOf(subject);

  /** A factory that has begun, in a cache of its own, and ends when its gate opens. */
  async function begun<T>(
    key: string,
    cache: Cache = fleet.open(),
  ): Promise<{ call: Promise<T>; end(value: T): void }> {
    const [started, made] = [gate(), gate<T>()];
    const call = cache.getOrSet<T>(
      key,
      () => {
        started.open();
        return made.promise;
      },
      LONG,
    );
    await started.promise;
    return { call, end: made.open };
  }

  test('many calls of several processes call one factory', async () => {
    const caches = [fleet.open(), fleet.open(), fleet.open()];
    const key = fleet.key();
    const factory = vi.fn(async () => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      return { made: true };
    });
    const calls = caches.flatMap((cache) =>
      Array.from({ length: 100 }, () => cache.getOrSet(key, factory, LONG)),
    );
    for (const value of await Promise.all(calls)) expect(value).toEqual({ made: true });
    expect(factory).toHaveBeenCalledTimes(1);
  });

  test('a call that comes while another process computes gets its value', async () => {
    const key = fleet.key();
    const { call, end } = await begun<string>(key);
    const factory = vi.fn(() => 'not called');
    const waiting = fleet.open().getOrSet(key, factory, LONG);
    end('made');
    expect(await waiting).toBe('made');
    expect(await call).toBe('made');
    expect(factory).not.toHaveBeenCalled();
  });

  test('a factory that fails ends its lease at once, and rejects the callers of its process alone', async () => {
    const [one, two] = [fleet.open(), fleet.open()];
    const key = fleet.key();
    const [started, failing] = [gate(), gate<Error>()];
    const calls = [1, 2, 3].map(() =>
      one.getOrSet(
        key,
        async () => {
          started.open();
          throw await failing.promise;
        },
        LONG,
      ),
    );
    await started.promise;
    const other = two.getOrSet(key, () => 'theirs', LONG);
    const cause = new Error('database is down');
    failing.open(cause);
    const outcomes = await Promise.allSettled(calls);
    const reasons = outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason);
    expect(reasons[0]).toBeInstanceOf(FactoryError);
    expect(reasons[0]).toMatchObject({ cause });
    expect(new Set(reasons).size).toBe(1);
    expect(await other).toBe('theirs');
    expect(await one.get(key)).toBe('theirs');
  });

  test('who has waited computes itself, and stores; the other, if it lives, gets that value', async () => {
    const key = fleet.key();
    const { call, end } = await begun<string>(key);
    const impatient = fleet.open();
    expect(await impatient.getOrSet(key, () => 'own', { waitMs: 30 })).toBe('own');
    expect(await fleet.open().getOrSet(key, () => 'not called', LONG)).toBe('own');
    end('late');
    expect(await call).toBe('own');
    expect(await impatient.get(key)).toBe('own');
  });

  test('with waitMs 0 nobody waits', async () => {
    const key = fleet.key();
    const { call, end } = await begun<string>(key);
    expect(await fleet.open().getOrSet(key, () => 'own', { waitMs: 0 })).toBe('own');
    end('late');
    expect(await call).toBe('own');
  });

  test('what another process deletes while it is computed is not stored', async () => {
    const other = fleet.open();
    for (const remove of [
      (key: string) => other.delete(key),
      (key: string) => other.deleteMany([key]),
      () => other.clear(),
    ]) {
      const key = fleet.key();
      const cache = fleet.open();
      const { call, end } = await begun<string>(key, cache);
      await remove(key);
      end('old');
      expect(await call).toBe('old');
      expect(await cache.has(key)).toBe(false);
      expect(await other.getOrSet(key, () => 'new', LONG)).toBe('new');
    }
  });

  if (subject.leaseKey === 'inline') {
    test('what another process deletes while it is computed is not given to who comes later', async () => {
      const [cache, other] = [fleet.open(), fleet.open()];
      const key = fleet.key();
      const { call, end } = await begun<string>(key, cache);
      await other.delete(key);
      const later = await begun<string>(key, cache);
      const last = cache.getOrSet(key, () => 'not called', LONG);
      end('old');
      expect(await call).toBe('old');
      later.end('new');
      expect(await later.call).toBe('new');
      expect(await last).toBe('new');
      expect(await other.get(key)).toBe('new');
    });

    test('who comes after a deletion waits for the process that computes since', async () => {
      const [cache, other] = [fleet.open(), fleet.open()];
      const key = fleet.key();
      const { call, end } = await begun<string>(key, cache);
      await other.delete(key);
      const since = await begun<string>(key, other);
      const factory = vi.fn(() => 'not called');
      const later = cache.getOrSet(key, factory, LONG);
      // What this call does first is sent behind what the later one looked up.
      await cache.get(key);
      end('old');
      expect(await call).toBe('old');
      since.end('new');
      expect(await later).toBe('new');
      expect(factory).not.toHaveBeenCalled();
    });
  }

  test('what another process sets or adds while it is computed wins', async () => {
    const other = fleet.open();
    for (const write of [
      (key: string) => other.set(key, 'theirs'),
      (key: string) => other.add(key, 'theirs'),
    ]) {
      const key = fleet.key();
      const { call, end } = await begun<string>(key);
      expect(await write(key)).toBe(true);
      end('ours');
      expect(await call).toBe('theirs');
      expect(await other.get(key)).toBe('theirs');
    }
  });

  test('a counter that another process makes while it is computed wins', async () => {
    const other = fleet.open();
    const key = fleet.key();
    const { call, end } = await begun<number>(key);
    expect(await other.incr(key)).toBeUndefined();
    expect(await other.incr(key, 1, { initial: 10 })).toBe(10);
    end(1);
    expect(await call).toBe(10);
  });

  test('a lease is no value to who reads meanwhile', async () => {
    const other = fleet.open();
    const key = fleet.key();
    const { call, end } = await begun<string>(key);
    expect(await other.get(key, 'none')).toBe('none');
    expect(await other.has(key)).toBe(false);
    expect((await other.getMany([key])).size).toBe(0);
    expect(await other.touch(key)).toBe(false);
    expect(await other.incrVersion(key)).toBeUndefined();
    end('made');
    await call;
  });

  test('what another program sees under the key while it is computed', async () => {
    const key = fleet.key();
    const cache = fleet.open();
    const { call, end } = await begun<string>(key, cache);
    await using foreign = createClient(fleet.location, { codec: bytesCodec(), protocol: 'classic' });
    const seen = await foreign.get(cache.makeKey(key));
    expect(seen).toEqual(subject.leaseKey === 'inline' ? Buffer.alloc(0) : undefined);
    end('made');
    await call;
    expect(await foreign.get(cache.makeKey(key))).toEqual(Buffer.from('made'));
    expect(await foreign.get(`${cache.makeKey(key)}!lease`)).toBeUndefined();
  });

  test.each([
    ['undefined', undefined, {}],
    ['what is expired at once', 'expired', { ttl: 0 }],
  ])('a lease ends with %s', async (_name, made, options) => {
    const [one, two] = [fleet.open(), fleet.open()];
    const key = fleet.key();
    expect(await one.getOrSet(key, () => made, { ...LONG, ...options })).toBe(made);
    expect(await two.getOrSet(key, () => 'next', LONG)).toBe('next');
  });

  test('a lease ends with what cannot be stored', async () => {
    const [one, two] = [fleet.open(), fleet.open()];
    const key = fleet.key();
    await expect(one.getOrSet(key, () => new Map(), LONG)).rejects.toBeInstanceOf(InvalidValueError);
    expect(await two.getOrSet(key, () => 'next', LONG)).toBe('next');
  });

  test('a lease ends with what is too large, which is returned', async () => {
    const [one, two] = [fleet.open({ maxValueBytes: 1_000 }), fleet.open()];
    const key = fleet.key();
    const large = 'x'.repeat(2_000);
    expect(await one.getOrSet(key, () => large, LONG)).toBe(large);
    expect(fleet.errorsOf(one)).toEqual([expect.any(ValueTooLargeError)]);
    expect(await two.getOrSet(key, () => 'next', LONG)).toBe('next');
  });

  test('a caller that gives up while it looks leaves no lease', async () => {
    const [one, two] = [fleet.open(), fleet.open()];
    const key = fleet.key();
    await one.get(key);
    const controller = new AbortController();
    const factory = vi.fn(() => 'not called');
    const call = one.getOrSet(key, factory, { ...LONG, signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
    expect(await two.getOrSet(key, () => 'next', LONG)).toBe('next');
    expect(factory).not.toHaveBeenCalled();
  });

  test('a caller that gives up leaves the computing to the others', async () => {
    const cache = fleet.open();
    const key = fleet.key();
    const [started, made] = [gate(), gate<string>()];
    const controller = new AbortController();
    const aborted = cache.getOrSet(
      key,
      () => {
        started.open();
        return made.promise;
      },
      { ...LONG, signal: controller.signal },
    );
    await started.promise;
    const other = fleet.open().getOrSet(key, () => 'not called', LONG);
    controller.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
    made.open('made');
    expect(await other).toBe('made');
  });

  test('a cache that is closed leaves what it computes to the others, and serves its own callers', async () => {
    const [cache, other] = [fleet.open(), fleet.open()];
    const key = fleet.key();
    const { call, end } = await begun<string>(key, cache);
    const waiting = other.getOrSet(key, () => 'theirs', LONG);
    await cache.close();
    expect(await waiting).toBe('theirs');
    end('ours');
    expect(await call).toBe('ours');
    expect(await other.get(key)).toBe('theirs');
    expect(fleet.errorsOf(cache)).toEqual([]);
  });

  test('who waits while its cache is closed is told', async () => {
    const cache = fleet.open();
    const key = fleet.key();
    const { call, end } = await begun<string>(key);
    const waiting = cache.getOrSet(key, () => 'not called', LONG);
    const outcome = expect(waiting).rejects.toBeInstanceOf(ClosedError);
    await cache.get(key);
    await cache.close();
    await outcome;
    end('made');
    await call;
  });

  test("with lease 'process' each process computes, one caller of each", async () => {
    const [one, two] = [fleet.open(), fleet.open()];
    const key = fleet.key();
    const started = vi.fn();
    const made = gate<string>();
    const factory = (): Promise<string> => {
      started();
      return made.promise;
    };
    const calls = [one, one, two, two].map((cache) => cache.getOrSet(key, factory, { lease: 'process' }));
    await expect.poll(() => started.mock.calls.length).toBe(2);
    made.open('made');
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 4 }, () => 'made'));
    expect(started).toHaveBeenCalledTimes(2);
    expect(await one.get(key)).toBe('made');
  });

  test("with lease 'process' the lease of another is passed over, and its value loses", async () => {
    const key = fleet.key();
    const { call, end } = await begun<string>(key);
    const cache = fleet.open();
    expect(await cache.getOrSet(key, () => 'own', { lease: 'process' })).toBe('own');
    expect(await cache.get(key)).toBe('own');
    end('late');
    expect(await call).toBe('own');
  });

  test("with lease 'off' every caller computes, and one value is stored", async () => {
    const cache = fleet.open();
    const key = fleet.key();
    let calls = 0;
    const made = await Promise.all(
      [1, 2, 3].map(() =>
        cache.getOrSet(
          key,
          async () => {
            calls += 1;
            const mine = calls;
            await expect.poll(() => calls).toBe(3);
            return mine;
          },
          { lease: 'off' },
        ),
      ),
    );
    expect(new Set(made).size).toBe(1);
    expect(await cache.get(key)).toBe(made[0]);
  });

  test("with lease 'off' what is deleted meanwhile is not stored", async () => {
    const cache = fleet.open();
    const key = fleet.key();
    const remove: (() => Promise<unknown>)[] = [() => cache.delete(key), () => cache.clear()];
    for (const invalidate of remove) {
      const made = await cache.getOrSet(
        key,
        async () => {
          await invalidate();
          return 'old';
        },
        { lease: 'off' },
      );
      expect(made).toBe('old');
      expect(await cache.has(key)).toBe(false);
    }
  });

  test('no process reports an error in all this', async () => {
    const cache = fleet.open();
    const key = fleet.key();
    await cache.getOrSet(key, () => 'made');
    await cache.delete(key);
    await expect(cache.getOrSet(key, () => Promise.reject(new Error('no')))).rejects.toBeInstanceOf(
      FactoryError,
    );
    await cache.getOrSet(key, () => undefined);
    expect(fleet.errorsOf(cache)).toEqual([]);
  });
});
