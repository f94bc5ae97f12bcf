import { describe, expect, test } from 'vitest';
import { InvalidValueError, ServerError } from '../../../src/index.ts';
import type { Ground } from '../../harness/ground.ts';

export function counters(ground: Ground): void {
  describe('counters', () => {
    test('count from what set stored, by 1 or by delta, and not below 0', async () => {
      const { client } = ground;
      const key = ground.key();
      await client.set(key, 10);
      expect(await client.incr(key)).toBe(11);
      expect(await client.incr(key, 5)).toBe(16);
      expect(await client.decr(key)).toBe(15);
      expect(await client.decr(key, 7)).toBe(8);
      expect(await client.get(key)).toBe(8);
      expect(await client.decr(key, 100)).toBe(0);
      expect(await client.get(key)).toBe(0);
    });

    test('a missing counter is a miss', async () => {
      const { client } = ground;
      expect(await client.incr(ground.key())).toBeUndefined();
      expect(await client.decr(ground.key(), 2n)).toBeUndefined();
    });

    test('a negative delta counts the other way', async () => {
      const { client } = ground;
      const key = ground.key();
      await client.set(key, 10);
      expect(await client.incr(key, -3)).toBe(7);
      expect(await client.decr(key, -3n)).toBe(10n);
      expect(await client.incr(key, -11)).toBe(0);
    });

    test('pass 2^32 and 2^53 without losing a bit', async () => {
      const { client } = ground;
      const key = ground.key();
      await client.set(key, 4_294_967_295);
      expect(await client.incr(key)).toBe(4_294_967_296);
      await client.set(key, Number.MAX_SAFE_INTEGER);
      expect(await client.incr(key, 2n)).toBe(2n ** 53n + 1n);
      expect(await client.get(key)).toBe(2n ** 53n + 1n);
      await expect(client.incr(key), 'a number could not hold it').rejects.toThrow(InvalidValueError);
      expect(await client.decr(key, 2n ** 40n)).toBe(2n ** 53n + 2n - 2n ** 40n);
    });

    test('take deltas of 64 bits, and wrap at 2^64 as the server does', async () => {
      const { client } = ground;
      const key = ground.key();
      await client.set(key, 2n ** 64n - 1n);
      expect(await client.incr(key, 0n)).toBe(2n ** 64n - 1n);
      expect(await client.incr(key, 1n)).toBe(0n);
      expect(await client.incr(key, 2n ** 64n - 1n)).toBe(2n ** 64n - 1n);
      expect(await client.decr(key, 2n ** 64n - 1n)).toBe(0n);
    });

    test('a bigint delta gives a bigint, a number delta a number', async () => {
      const { client } = ground;
      const key = ground.key();
      await client.set(key, 1);
      expect(await client.incr(key, 1n)).toBe(2n);
      expect(await client.incr(key, 1)).toBe(3);
    });

    test('initial makes a missing counter, and is ignored by one that is there', async () => {
      const { client } = ground;
      const key = ground.key();
      expect(await client.incr(key, 1, { initial: 5 })).toBe(5);
      expect(await client.get(key)).toBe(5);
      expect(await client.incr(key, 2, { initial: 5 })).toBe(7);
      const down = ground.key();
      expect(await client.decr(down, 1, { initial: 0 })).toBe(0);
      expect(await client.incr(ground.key(), 1n, { initial: 2n ** 63n })).toBe(2n ** 63n);
    });

    test('what initial gives is of the type of delta', async () => {
      const { client } = ground;
      expect(await client.incr(ground.key(), 1n, { initial: 5 })).toBe(5n);
      expect(await client.incr(ground.key(), 1, { initial: 5n })).toBe(5);
    });

    test('racing callers with initial count every step', async () => {
      const { client } = ground;
      const key = ground.key();
      const counts = await Promise.all(Array.from({ length: 50 }, () => client.incr(key, 1, { initial: 1 })));
      expect(counts.toSorted((a, b) => Number(a) - Number(b))).toEqual(
        Array.from({ length: 50 }, (_, i) => i + 1),
      );
    });

    test.each([1.5, Number.NaN, Number.POSITIVE_INFINITY, '1', '1\r\nflush_all', 2n ** 64n])(
      'a delta of %o is refused, not sent',
      async (delta) => {
        const { client } = ground;
        const key = ground.key();
        await client.set(key, 1);
        await expect(client.incr(key, delta as number)).rejects.toThrow(InvalidValueError);
        await expect(client.decr(key, delta as number)).rejects.toThrow(InvalidValueError);
        expect(await client.get(key)).toBe(1);
      },
    );

    test.each([-1, 1.5, 2n ** 64n, '1'])('an initial of %o is refused', async (initial) => {
      const key = ground.key();
      await expect(ground.client.incr(key, 1, { initial: initial as number })).rejects.toThrow(
        InvalidValueError,
      );
      expect(await ground.client.get(key)).toBeUndefined();
    });

    test('a value that is no number is an error, and stays', async () => {
      const { client } = ground;
      const key = ground.key();
      await client.set(key, 'text');
      const error = await client.incr(key).catch((reason: unknown) => reason);
      expect(error instanceof InvalidValueError || error instanceof ServerError).toBe(true);
      expect(error).toMatchObject({ operation: 'incr', key });
      expect(await client.get(key)).toBe('text');
    });
  });
}
