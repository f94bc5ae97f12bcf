import { describe, expect, test } from 'vitest';
import type { Ground } from '../../harness/ground.ts';

export function batches(ground: Ground): void {
  function manyKeys(count: number): string[] {
    const stem = ground.key('many');
    return Array.from({ length: count }, (_, i) => `${stem}:${i}`);
  }

  describe('batches', () => {
    test('of nothing are done at once', async () => {
      const { client } = ground;
      expect(await client.getMany([])).toEqual(new Map());
      expect(await client.getsMany([])).toEqual(new Map());
      expect(await client.setMany([])).toEqual([]);
      expect(await client.setMany({})).toEqual([]);
      expect(await client.setMany(new Map())).toEqual([]);
      expect(await client.deleteMany([])).toBe(0);
    });

    test('of 5,000 keys, in any iterable', async () => {
      const { client } = ground;
      const keys = manyKeys(5_000);
      const entries = new Map(keys.map((key, i) => [key, i]));
      expect(await client.setMany(entries)).toEqual([]);
      const asked = [...keys, ...keys.slice(0, 1_000), 'never-stored'];
      const found = await client.getMany(new Set(asked));
      expect(found.size).toBe(5_000);
      expect(found).toEqual(entries);
      const items = await client.getsMany(asked);
      expect(items.size).toBe(5_000);
      expect(items.get(keys[4_999] as string)).toMatchObject({ value: 4_999, casToken: expect.any(BigInt) });
      expect(await client.deleteMany(asked)).toBe(5_000);
      expect(await client.getMany(keys)).toEqual(new Map());
    });

    test('of long keys need several lines', async () => {
      const { client } = ground;
      const keys = manyKeys(300).map((key) => key.padEnd(250, 'k'));
      await client.setMany(keys.map((key) => [key, key] as const));
      const found = await client.getMany(keys);
      expect([...found.keys()].toSorted()).toEqual(keys.toSorted());
      for (const [key, value] of found) expect(value).toBe(key);
    });

    test('of duplicates answer under each key given, and the last write counts', async () => {
      const { client } = ground;
      const [a, b] = manyKeys(2) as [string, string];
      expect(
        await client.setMany([
          [a, 1],
          [b, 2],
          [a, 3],
        ]),
      ).toEqual([]);
      const bytes = Buffer.from(a);
      expect(await client.getMany<string | Buffer>([a, b, a, bytes])).toEqual(
        new Map<string | Buffer, number>([
          [a, 3],
          [b, 2],
          [bytes, 3],
        ]),
      );
      expect(await client.deleteMany([a, a, b])).toBe(2);
    });

    test('of hits and misses leave the misses out', async () => {
      const { client } = ground;
      const keys = manyKeys(100);
      await client.setMany(keys.filter((_, i) => i % 3 === 0).map((key) => [key, key] as const));
      const found = await client.getMany(keys);
      expect(found.size).toBe(34);
      for (const [key, value] of found) expect(value).toBe(key);
      expect(await client.deleteMany(keys)).toBe(34);
    });

    test('from a generator are read once', async () => {
      const { client } = ground;
      const [a, b] = manyKeys(2) as [string, string];
      function* entries(): Generator<[string, number]> {
        yield [a, 1];
        yield [b, 2];
      }
      function* keys(): Generator<string> {
        yield a;
        yield b;
      }
      expect(await client.setMany(entries())).toEqual([]);
      expect((await client.getMany(keys())).size).toBe(2);
    });

    test('side by side do not mix', async () => {
      const { client } = ground;
      const sets = Array.from({ length: 20 }, () => manyKeys(50));
      await Promise.all(sets.map((keys) => client.setMany(keys.map((key) => [key, key] as const))));
      const found = await Promise.all(sets.map((keys) => client.getMany(keys)));
      for (const [i, keys] of sets.entries()) {
        expect(found[i]).toEqual(new Map(keys.map((key) => [key, key])));
      }
    });

    test('of values with line ends and empty ones', async () => {
      const { client } = ground;
      const keys = manyKeys(4);
      const values = ['', '\r\n', 'END\r\n', Buffer.from('\r\nEND\r\nVALUE x 0 0\r\n')];
      await client.setMany(keys.map((key, i) => [key, values[i]] as const));
      expect([...(await client.getMany(keys)).values()].length).toBe(4);
      const found = await client.getMany(keys);
      expect(keys.map((key) => found.get(key))).toStrictEqual(values);
    });
  });
}
