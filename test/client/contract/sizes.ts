import { describe, expect, test } from 'vitest';
import { ValueTooLargeError } from '../../../src/index.ts';
import type { Ground } from '../../harness/ground.ts';
import { expectSame } from '../../harness/same.ts';

const MIB = 1_048_576;

export function sizes(ground: Ground): void {
  describe('sizes', () => {
    test('a value of almost 1 MiB comes back, also among small ones', async () => {
      const { client } = ground;
      const keys = [ground.key(), ground.key(), ground.key()] as const;
      const large = Buffer.alloc(MIB - 1_000, 'large\r\n');
      await Promise.all([client.set(keys[0], 'a'), client.set(keys[1], large), client.set(keys[2], 'b')]);
      const got = await Promise.all(keys.map((key) => client.get(key)));
      for (const [i, value] of ['a', large, 'b'].entries()) expectSame(got[i], value);
    });

    test.each([
      ['what the server takes', MIB],
      ['maxValueBytes', MIB + 1],
    ])('a value above %s is refused, its old value is gone, and nobody else suffers', async (_, bytes) => {
      const { client } = ground;
      const [key, other] = [ground.key(), ground.key()];
      await client.set(key, 'old');
      await client.set(other, 'other');
      const [refused, served] = await Promise.allSettled([
        client.set(key, Buffer.alloc(bytes)),
        client.get(other),
      ]);
      expect(refused).toMatchObject({ reason: expect.any(ValueTooLargeError) });
      expect(refused).toMatchObject({ reason: { operation: 'set', key } });
      expect(served).toMatchObject({ value: 'other' });
      expect(await client.get(key)).toBeUndefined();
    });

    test('add and append of too much leave what is there', async () => {
      const { client } = ground;
      const key = ground.key();
      await client.set(key, 'old');
      await expect(client.add(key, Buffer.alloc(MIB + 1))).rejects.toThrow(ValueTooLargeError);
      await expect(client.append(key, Buffer.alloc(MIB + 1))).rejects.toThrow(ValueTooLargeError);
      expect(await client.get(key)).toBe('old');
    });

    test('maxValueBytes holds for what is written and for what is read', async () => {
      const client = ground.open({ maxValueBytes: 100 });
      const [key, small] = [ground.key(), ground.key()];
      await expect(client.set(key, 'x'.repeat(101))).rejects.toThrow(ValueTooLargeError);
      await client.set(small, 'x'.repeat(100));
      await ground.client.set(key, 'x'.repeat(200_000));
      const [read, after] = await Promise.allSettled([client.get(key), client.get(small)]);
      expect(read).toMatchObject({ reason: expect.any(ValueTooLargeError) });
      expect(after).toMatchObject({ value: 'x'.repeat(100) });
    });

    test('setMany names what is too large, and stores the rest', async () => {
      const client = ground.open({ maxValueBytes: 100 });
      const [large, small] = [ground.key(), ground.key()];
      expect(
        await client.setMany([
          [large, 'x'.repeat(101)],
          [small, 'x'],
        ]),
      ).toEqual([large]);
      expect(await client.getMany([large, small])).toEqual(new Map([[small, 'x']]));
    });
  });
}
