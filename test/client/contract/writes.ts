import { describe, expect, test } from 'vitest';
import { ClientInputError } from '../../../src/index.ts';
import type { Ground } from '../../harness/ground.ts';

export function writes(ground: Ground): void {
  describe('writes', () => {
    test('add stores what is absent, replace what is there', async () => {
      const { client } = ground;
      const key = ground.key();
      expect(await client.replace(key, 0)).toBe(false);
      expect(await client.add(key, 1)).toBe(true);
      expect(await client.add(key, 2)).toBe(false);
      expect(await client.get(key)).toBe(1);
      expect(await client.replace(key, 3)).toBe(true);
      expect(await client.get(key)).toBe(3);
    });

    test('delete says whether there was something', async () => {
      const { client } = ground;
      const key = ground.key();
      expect(await client.delete(key)).toBe(false);
      await client.set(key, 1);
      expect(await client.delete(key)).toBe(true);
      expect(await client.get(key)).toBeUndefined();
    });

    test('append goes after, prepend before, and neither makes a value', async () => {
      const { client } = ground;
      const key = ground.key();
      expect(await client.append(key, 'x')).toBe(false);
      expect(await client.prepend(key, 'x')).toBe(false);
      await client.set(key, 'B');
      expect(await client.append(key, 'C\r\n')).toBe(true);
      expect(await client.prepend(key, Buffer.from('A'))).toBe(true);
      expect(await client.append(key, 'é')).toBe(true);
      expect(await client.append(key, '')).toBe(true);
      expect(await client.get(key)).toBe('ABC\r\né');
    });

    test('append keeps what the value is', async () => {
      const { client } = ground;
      const key = ground.key();
      await client.set(key, Buffer.from([1]));
      await client.append(key, new Uint8Array([2]));
      expect(await client.get(key)).toStrictEqual(Buffer.from([1, 2]));
    });

    test('gets gives the token that cas takes', async () => {
      const { client } = ground;
      const key = ground.key();
      expect(await client.cas(key, 0, 1n)).toBe('notFound');
      await client.set(key, 1);
      const item = await client.gets<number>(key);
      expect(item).toMatchObject({ value: 1, casToken: expect.any(BigInt), flags: 0x2_0000 });
      const token = item?.casToken as bigint;
      expect(await client.cas(key, 2, token)).toBe('stored');
      expect(await client.cas(key, 3, token)).toBe('exists');
      expect(await client.get(key)).toBe(2);
      const next = (await client.gets(key))?.casToken as bigint;
      expect(next).not.toBe(token);
      await client.delete(key);
      expect(await client.cas(key, 4, next)).toBe('notFound');
    });

    test('set with a casToken stores only where it is current', async () => {
      const { client } = ground;
      const key = ground.key();
      await client.set(key, 1);
      const token = (await client.gets(key))?.casToken as bigint;
      expect(await client.set(key, 2, { casToken: token })).toBe(true);
      expect(await client.set(key, 3, { casToken: token })).toBe(false);
      expect(await client.get(key)).toBe(2);
      expect(await client.set(ground.key(), 1, { casToken: token })).toBe(false);
    });

    test.each([1, '1', '1\r\nflush_all\r\n', -1n, 2n ** 64n, null])(
      'a casToken of %o is refused, not sent',
      async (casToken) => {
        const { client } = ground;
        const key = ground.key();
        await client.set(key, 'kept');
        await expect(client.cas(key, 1, casToken as bigint)).rejects.toThrow(ClientInputError);
        await expect(client.set(key, 1, { casToken: casToken as bigint })).rejects.toThrow(ClientInputError);
        expect(await client.get(key)).toBe('kept');
      },
    );

    test('only one of many racing cas writes wins', async () => {
      const { client } = ground;
      const key = ground.key();
      await client.set(key, 0);
      const token = (await client.gets(key))?.casToken as bigint;
      const outcomes = await Promise.all(Array.from({ length: 20 }, (_, i) => client.cas(key, i + 1, token)));
      expect(outcomes.filter((outcome) => outcome === 'stored')).toHaveLength(1);
      expect(outcomes.filter((outcome) => outcome === 'exists')).toHaveLength(19);
    });

    test('commands of one key take effect in the order they were called', async () => {
      const { client } = ground;
      const key = ground.key();
      const results = await Promise.all([
        client.set(key, 'a'),
        client.get(key),
        client.append(key, 'b'),
        client.get(key),
        client.delete(key),
        client.get(key),
        client.add(key, 'c'),
        client.getMany([key]),
      ]);
      expect(results).toEqual([true, 'a', true, 'ab', true, undefined, true, new Map([[key, 'c']])]);
    });
  });
}
