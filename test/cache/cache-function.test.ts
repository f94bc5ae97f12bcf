import { describe, expect, expectTypeOf, test, vi } from 'vitest';
import {
  type Cache,
  type CachedFunction,
  cacheFunction,
  FactoryError,
  InvalidCacheConfigError,
  InvalidKeyError,
} from '../../src/index.ts';
import { standOn, subjects } from './subject.ts';

interface User {
  readonly name: string;
}

describe.each(subjects.filter(({ name }) => /^memory|real, meta/.test(name)))('$name', (subject) => {
  const ground = standOn(subject);

  /** Counts its calls, and is asked for by a key of this test alone. */
  function counted(): { readonly calls: number[]; readonly find: CachedFunction<typeof load> } {
    const calls: number[] = [];
    const prefix = ground.key();
    async function load(id: number): Promise<User> {
      calls.push(id);
      return { name: `user ${id}` };
    }
    return { calls, find: cacheFunction(load, { cache: ground.cache, key: (id) => `${prefix}:${id}` }) };
  }

  test('calls the function once a key', async () => {
    const { calls, find } = counted();
    expect(await find(1)).toEqual({ name: 'user 1' });
    expect(await find(1)).toEqual({ name: 'user 1' });
    expect(await find(2)).toEqual({ name: 'user 2' });
    expect(calls).toEqual([1, 2]);
  });

  test('calls that miss together share one', async () => {
    const { calls, find } = counted();
    await Promise.all([find(1), find(1), find(1)]);
    expect(calls).toEqual([1]);
  });

  test('forgets the result of the arguments given', async () => {
    const { calls, find } = counted();
    await find(1);
    await find(2);
    expect(await find.forget(1)).toBe(true);
    expect(await find.forget(1)).toBe(false);
    await find(1);
    await find(2);
    expect(calls).toEqual([1, 2, 1]);
  });

  test('takes ttl and version, in forget too', async () => {
    const { cache } = ground;
    const [expired, kept] = [ground.key(), ground.key()];
    await cacheFunction(async () => 1, { cache, key: () => expired, ttl: 0 })();
    expect(await cache.has(expired)).toBe(false);
    const versioned = cacheFunction(async () => 1, { cache, key: () => kept, version: 7 });
    await versioned();
    expect(await cache.get(kept, undefined, { version: 7 })).toBe(1);
    expect(await cache.has(kept)).toBe(false);
    expect(await versioned.forget()).toBe(true);
  });

  test('undefined is not kept, null is', async () => {
    const load = vi.fn(async (nothing: null | undefined) => nothing);
    const prefix = ground.key();
    const cached = cacheFunction(load, { cache: ground.cache, key: (nothing) => `${prefix}:${nothing}` });
    expect([await cached(undefined), await cached(undefined)]).toEqual([undefined, undefined]);
    expect([await cached(null), await cached(null)]).toEqual([null, null]);
    expect(load.mock.calls).toEqual([[undefined], [undefined], [null]]);
  });

  test("rejects with the function's own error, the same for all, and keeps nothing", async () => {
    const failure = new RangeError('no such user');
    const load = vi.fn(async () => {
      throw failure;
    });
    const cached = cacheFunction(load, { cache: ground.cache, key: () => 'failing' });
    for (const { reason } of (await Promise.allSettled([cached(), cached()])) as PromiseRejectedResult[]) {
      expect(reason).toBe(failure);
    }
    expect(load).toHaveBeenCalledTimes(1);
    await expect(cached()).rejects.toBe(failure);
    expect(load).toHaveBeenCalledTimes(2);
  });

  test('an error of a call within the function is its own, too', async () => {
    const { cache } = ground;
    const failure = new RangeError('no such user');
    const inner = ground.key();
    const cached = cacheFunction(async () => cache.getOrSet(inner, () => Promise.reject(failure)), {
      cache,
      key: () => `${inner}:outer`,
    });
    const error = await cached().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(FactoryError);
    expect((error as FactoryError).cause).toBe(failure);
  });

  test.each([undefined, 1, { id: 1 }])('a key that is no string, %j, is refused', async (key) => {
    const load = vi.fn(async () => 'of somebody');
    const cached = cacheFunction(load, { cache: ground.cache, key: () => key as never });
    await expect(cached()).rejects.toBeInstanceOf(InvalidKeyError);
    await expect(cached.forget()).rejects.toBeInstanceOf(InvalidKeyError);
    expect(load).not.toHaveBeenCalled();
  });

  test('rejects where the key cannot be made or carried', async () => {
    const { cache } = ground;
    const failure = new TypeError('no key');
    const unmade = cacheFunction(async () => 1, {
      cache,
      key: () => {
        throw failure;
      },
    });
    await expect(unmade()).rejects.toBe(failure);
    await expect(unmade.forget()).rejects.toBe(failure);
    const unsafe = cacheFunction(async () => 1, { cache, key: () => 'with space' });
    await expect(unsafe()).rejects.toBeInstanceOf(InvalidKeyError);
  });

  test('passes this on', async () => {
    const key = ground.key();
    const table = {
      rows: ['Ada'],
      first: cacheFunction(
        async function (this: { readonly rows: readonly string[] }) {
          return this.rows[0];
        },
        { cache: ground.cache, key: () => key },
      ),
    };
    expect(await table.first()).toBe('Ada');
  });
});

test("the wrapper has the function's own signature", () => {
  const cache = { getOrSet: vi.fn() } as unknown as Cache;
  async function find<T>(table: string, ...ids: readonly T[]): Promise<T | undefined> {
    return table === '' ? undefined : ids[0];
  }
  const cached = cacheFunction(find, { cache, key: (table, ...ids) => `${table}:${ids.join()}` });
  const call = (): Promise<number | undefined> => cached('users', 1, 2);
  expectTypeOf(call).returns.resolves.toEqualTypeOf<number | undefined>();
  expectTypeOf(cached<string>).parameters.toEqualTypeOf<[table: string, ...ids: readonly string[]]>();
  expectTypeOf(cached.forget).returns.resolves.toBeBoolean();
  // @ts-expect-error the first argument is a string
  void cached(1);
});

describe('options', () => {
  const cache = { getOrSet: vi.fn() } as unknown as Cache;
  const key = (): string => 'key';
  const load = async (): Promise<number> => 1;

  test.each([
    ['a function', () => cacheFunction(1 as never, { cache, key })],
    ['an object of options', () => cacheFunction(load, undefined as never)],
    ['an object of options', () => cacheFunction(load, null as never)],
    ['cache must be', () => cacheFunction(load, { cache: {} as Cache, key })],
    ['cache must be', () => cacheFunction(load, { key } as never)],
    ['key must be', () => cacheFunction(load, { cache, key: 'key' as never })],
  ])('that cannot be right are refused: %s', (message, wrap) => {
    expect(wrap).toThrow(InvalidCacheConfigError);
    expect(wrap).toThrow(message);
  });
});
