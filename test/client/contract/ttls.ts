import { describe, expect, test } from 'vitest';
import { ClientInputError, type Ttl } from '../../../src/index.ts';
import type { Ground } from '../../harness/ground.ts';

const DAY = 86_400;

export function ttls(ground: Ground): void {
  const meta = ground.subject.dialect === 'meta';

  async function ttlOf(key: string): Promise<number | undefined> {
    return (await ground.client.gets(key))?.ttl;
  }

  describe('ttl', () => {
    test.each([0, -1, -1000, '0s'])('%o is expired at once', async (ttl) => {
      const { client } = ground;
      const key = ground.key();
      await client.set(key, 1);
      expect(await client.set(key, 2, { ttl })).toBe(true);
      expect(await client.get(key)).toBeUndefined();
      await client.set(key, 3);
      expect(await client.touch(key, ttl)).toBe(true);
      expect(await client.get(key)).toBeUndefined();
      await client.setMany({ [key]: 4 }, { ttl });
      expect(await client.get(key)).toBeUndefined();
    });

    test.each([
      null,
      undefined,
      100,
      0.5,
      '90s',
      '10m',
      '2h',
      '7d',
      40 * DAY,
      '400d',
      1e12,
      Number.MAX_VALUE,
    ])('%o keeps the value for now', async (ttl) => {
      const key = ground.key();
      await ground.client.set(key, 1, ttl === undefined ? {} : { ttl });
      expect(await ground.client.get(key)).toBe(1);
    });

    test.each(['', 'x', '10', '10 weeks', '-5s', '1e3s', Number.NaN, Number.POSITIVE_INFINITY, true, {}])(
      '%o is refused by every verb that takes one',
      async (ttl) => {
        const { client } = ground;
        const key = ground.key();
        const bad = ttl as Ttl;
        const attempts = [
          client.set(key, 1, { ttl: bad }),
          client.setMany({ [key]: 1 }, { ttl: bad }),
          client.add(key, 1, { ttl: bad }),
          client.cas(key, 1, 1n, { ttl: bad }),
          client.touch(key, bad),
          client.getAndTouch(key, bad),
          client.incr(key, 1, { initial: 1, ttl: bad }),
        ];
        for (const result of await Promise.allSettled(attempts)) {
          expect(result).toMatchObject({ reason: expect.any(ClientInputError) });
        }
        expect(await client.get(key)).toBeUndefined();
      },
    );

    test('touch and getAndTouch say whether there was something', async () => {
      const { client } = ground;
      const key = ground.key();
      expect(await client.touch(key, 10)).toBe(false);
      expect(await client.getAndTouch(key, 10)).toBeUndefined();
      await client.set(key, 'x');
      expect(await client.touch(key, 10)).toBe(true);
      expect(await client.getAndTouch(key, null)).toBe('x');
    });

    if (meta) {
      test.each([
        [null, -1],
        [100, 100],
        ['10m', 600],
        ['1.5m', 90],
        [0.2, 1],
        [100.2, 101],
        [30 * DAY, 30 * DAY],
        [30 * DAY + 1, 30 * DAY + 1],
        ['400d', 400 * DAY],
      ] as const)('%o is %i seconds at the server', async (ttl, seconds) => {
        const { client } = ground;
        const key = ground.key();
        const close = (actual: number | undefined): void => {
          expect(actual).toBeLessThanOrEqual(seconds + 1);
          expect(actual).toBeGreaterThanOrEqual(seconds === -1 ? -1 : seconds - 2);
        };
        await client.set(key, 1, { ttl });
        close(await ttlOf(key));
        await client.set(key, 1, { ttl: 5_000 });
        await client.touch(key, ttl);
        close(await ttlOf(key));
        await client.set(key, 1, { ttl: 5_000 });
        await client.getAndTouch(key, ttl);
        close(await ttlOf(key));
        await client.delete(key);
        await client.incr(key, 1, { initial: 1, ttl });
        close(await ttlOf(key));
      });

      test('what is stored without a ttl never expires', async () => {
        const { client } = ground;
        const key = ground.key();
        await client.set(key, 1);
        expect(await client.gets(key)).toMatchObject({ ttl: -1 });
        await client.setMany({ [key]: 2 });
        expect(await client.gets(key)).toMatchObject({ value: 2, ttl: -1 });
      });

      test('counting and appending keep the ttl', async () => {
        const { client } = ground;
        const key = ground.key();
        await client.set(key, 1, { ttl: 1_000 });
        await client.incr(key);
        await client.decr(key, 1n, { initial: 1, ttl: 5 });
        await client.append(key, '0');
        const ttl = await ttlOf(key);
        expect(ttl).toBeGreaterThan(990);
        expect(ttl).toBeLessThanOrEqual(1_000);
      });

      test('gets tells what the server knows of the item', async () => {
        const { client } = ground;
        const key = ground.key();
        await client.set(key, 1, { ttl: 100 });
        expect(await client.gets(key)).toMatchObject({ fetched: false, lastAccess: expect.any(Number) });
        expect(await client.gets(key)).toMatchObject({ fetched: true });
      });
    } else {
      test('gets leaves out what only the meta dialect tells', async () => {
        const { client } = ground;
        const key = ground.key();
        await client.set(key, 1, { ttl: 100 });
        expect(Object.keys((await client.gets(key)) ?? {}).toSorted()).toEqual([
          'casToken',
          'flags',
          'value',
        ]);
      });
    }
  });
}
