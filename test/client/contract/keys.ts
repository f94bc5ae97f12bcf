import { describe, expect, test } from 'vitest';
import { InvalidKeyError, type Key } from '../../../src/index.ts';
import type { Ground } from '../../harness/ground.ts';

const UNSAFE: readonly (readonly [string, Key])[] = [
  ['an empty key', ''],
  ['no bytes', new Uint8Array(0)],
  ['a space', 'a b'],
  ['a line end and a command', 'x\r\nflush_all\r\nget y'],
  ['a newline', 'a\nb'],
  ['NUL', 'a\0'],
  ['DEL', 'a\x7f'],
  ['a tab', 'a\tb'],
  ['251 bytes', 'k'.repeat(251)],
  ['251 bytes in fewer characters', 'é'.repeat(126)],
  ['half a surrogate pair', 'a\ud800'],
  ['bytes with a space', new Uint8Array([97, 32])],
];

export function keys(ground: Ground): void {
  describe('keys', () => {
    test.each([
      ['250 bytes', 'k'.repeat(250)],
      ['250 bytes of two-byte characters', 'é'.repeat(125)],
      ['unicode', 'ключ:🐎'],
      ['dollars', 'price$$'],
      ['one dollar', 'price$'],
      ['a pattern of String.replace', 'a$&b'],
      ['what looks like a command', 'END'],
      ['a name of Object.prototype', '__proto__'],
    ])('%s', async (name, key) => {
      const { client } = ground;
      expect(await client.set(key, name)).toBe(true);
      expect(await client.get(key)).toBe(name);
      expect(await client.getMany([key])).toEqual(new Map([[key, name]]));
      expect(await client.delete(key)).toBe(true);
      expect(await client.get(key)).toBeUndefined();
    });

    test('keys that differ in a dollar are two keys', async () => {
      const { client } = ground;
      const key = ground.key();
      await client.setMany({ [`${key}$$`]: 2, [`${key}$`]: 1 });
      expect(await client.getMany([`${key}$`, `${key}$$`])).toEqual(
        new Map([
          [`${key}$`, 1],
          [`${key}$$`, 2],
        ]),
      );
    });

    test('bytes are a key, the same as the text they encode', async () => {
      const { client } = ground;
      const text = ground.key('é');
      const bytes = Buffer.from(text);
      await client.set(bytes, 1);
      expect(await client.get(text)).toBe(1);
      expect(await client.get(new Uint8Array(bytes))).toBe(1);
      const high = new Uint8Array([0xff, 0xfe, 0x80]);
      await client.set(high, 'not UTF-8');
      expect(await client.get(high)).toBe('not UTF-8');
      const many = await client.getMany([high, bytes]);
      expect(many.get(high)).toBe('not UTF-8');
      expect(many.get(bytes)).toBe(1);
    });

    test.each(UNSAFE)('%s is refused by every verb, before a byte is written', async (_, key) => {
      const client = ground.open();
      const attempts = [
        client.get(key),
        client.gets(key),
        client.getMany(['good', key]),
        client.getsMany([key]),
        client.getAndTouch(key, 1),
        client.set(key, 1),
        client.add(key, 1),
        client.replace(key, 1),
        client.cas(key, 1, 1n),
        client.setMany([
          ['good', 1],
          [key, 1],
        ]),
        client.append(key, 'x'),
        client.prepend(key, 'x'),
        client.delete(key),
        client.deleteMany(['good', key]),
        client.touch(key, 1),
        client.incr(key),
        client.decr(key),
      ];
      for (const result of await Promise.allSettled(attempts)) {
        expect(result).toMatchObject({ reason: expect.any(InvalidKeyError) });
      }
      expect(() => client.nodeFor(key)).toThrow(InvalidKeyError);
      expect(client.snapshot().nodes.map((node) => node.pending)).toEqual(
        client.snapshot().nodes.map(() => 0),
      );
    });

    test('the error carries the key out of sight', async () => {
      const error = await ground.client.get('secret key').catch((reason: unknown) => reason);
      expect(error).toMatchObject({ key: 'secret key' });
      expect(Object.keys(error as object)).not.toContain('key');
      expect(String(error)).not.toContain('secret');
    });

    test('what is no string or bytes is refused', async () => {
      for (const key of [undefined, null, 1, {}, ['a']]) {
        await expect(ground.client.get(key as unknown as string)).rejects.toThrow(InvalidKeyError);
      }
    });

    test('keyPrefix goes before every key and is not in results', async () => {
      const prefixed = ground.open({ keyPrefix: 'app:é:' });
      const key = ground.key();
      const bytes = Buffer.from('bytes');
      await prefixed.set(key, 1);
      await prefixed.setMany([[bytes, 2]]);
      expect(await ground.client.get(`app:é:${key}`)).toBe(1);
      expect(await ground.client.get(key)).toBeUndefined();
      expect([...(await prefixed.getMany<Key>([key, bytes]))]).toEqual([
        [key, 1],
        [bytes, 2],
      ]);
      expect(prefixed.nodeFor(key)).toEqual(ground.client.nodeFor(`app:é:${key}`));
      expect(await prefixed.deleteMany([key, 'absent'])).toBe(1);
      await expect(prefixed.get('k'.repeat(250 - 6))).rejects.toThrow(InvalidKeyError);
      expect(await prefixed.get('k'.repeat(250 - 7))).toBeUndefined();
    });

    test("longKeys 'hash': long keys are keys too, and short ones are sent as they are", async () => {
      const client = ground.open({ longKeys: 'hash', keyPrefix: 'p:' });
      const [a, b] = [`${'k'.repeat(400)}a`, `${'k'.repeat(400)}b`];
      await client.setMany({ [a]: 1, [b]: 2, short: 3 });
      expect(await client.getMany([a, b])).toEqual(
        new Map([
          [a, 1],
          [b, 2],
        ]),
      );
      expect(await ground.client.get('p:short')).toBe(3);
      expect(await client.delete(a)).toBe(true);
      expect(await client.get(a)).toBeUndefined();
    });

    const unsafe = ['a b', 'x\r\nflush_all', '\0', new Uint8Array([32, 255, 10])];
    if (ground.subject.dialect !== 'classic') {
      test.each(unsafe)("unsafeKeys 'base64': %o is a key of every verb", async (key) => {
        const client = ground.open({ unsafeKeys: 'base64' });
        await client.delete(key);
        expect(await client.add(key, '5')).toBe(true);
        expect(await client.get(key)).toBe('5');
        expect((await client.gets(key))?.value).toBe('5');
        expect(await client.getAndTouch(key, 100)).toBe('5');
        const many = await client.getMany([key, 'safe-and-absent']);
        expect([...many]).toEqual([[key, '5']]);
        expect(await client.incr(key)).toBe(6);
        expect(await client.append(key, '0')).toBe(true);
        expect(await client.touch(key, null)).toBe(true);
        expect(await client.get(key)).toBe('60');
        expect(await client.deleteMany([key])).toBe(1);
      });

      test("unsafeKeys 'base64' with longKeys 'hash': every key is one", async () => {
        const client = ground.open({ unsafeKeys: 'base64', longKeys: 'hash' });
        const [a, b] = [`${' '.repeat(200)}a`, `${' '.repeat(200)}b`];
        await client.setMany({ [a]: 1, [b]: 2 });
        expect(await client.getMany([a, b])).toEqual(
          new Map([
            [a, 1],
            [b, 2],
          ]),
        );
      });
    } else {
      test.each(unsafe)("unsafeKeys 'base64': %o is refused, safe keys are not", async (key) => {
        const client = ground.open({ unsafeKeys: 'base64' });
        await expect(client.get(key)).rejects.toThrow(InvalidKeyError);
        await expect(client.set(key, 1)).rejects.toThrow(InvalidKeyError);
        await expect(client.getMany([key])).rejects.toThrow(InvalidKeyError);
        expect(await client.set('safe', 1)).toBe(true);
      });
    }
  });
}
