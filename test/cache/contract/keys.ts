import { expect, test } from 'vitest';
import { type Cache, ClientInputError, ClosedError, InvalidKeyError } from '../../../src/index.ts';
import type { Ground } from '../subject.ts';

/** Each verb of one key, or with it among others. */
const verbs: readonly (readonly [name: string, call: (cache: Cache, key: string) => Promise<unknown>])[] = [
  ['get', (cache, key) => cache.get(key)],
  ['has', (cache, key) => cache.has(key)],
  ['set', (cache, key) => cache.set(key, 1)],
  ['add', (cache, key) => cache.add(key, 1)],
  ['getOrSet', (cache, key) => cache.getOrSet(key, 1)],
  ['touch', (cache, key) => cache.touch(key)],
  ['delete', (cache, key) => cache.delete(key)],
  ['incr', (cache, key) => cache.incr(key)],
  ['decr', (cache, key) => cache.decr(key)],
  ['incrVersion', (cache, key) => cache.incrVersion(key)],
  ['decrVersion', (cache, key) => cache.decrVersion(key)],
  ['getMany', (cache, key) => cache.getMany(['right', key])],
  ['setMany', (cache, key) => cache.setMany({ right: 1, [key]: 1 })],
  ['deleteMany', (cache, key) => cache.deleteMany(['right', key])],
];

/** As Django takes a version, and other clients the seconds. */
const NUMBER = 300 as never;
const verbsWithNumber: typeof verbs = [
  ['get', (cache, key) => cache.get(key, undefined, NUMBER)],
  ['has', (cache, key) => cache.has(key, NUMBER)],
  ['set', (cache, key) => cache.set(key, 1, NUMBER)],
  ['add', (cache, key) => cache.add(key, 1, NUMBER)],
  ['getOrSet', (cache, key) => cache.getOrSet(key, 1, NUMBER)],
  ['touch', (cache, key) => cache.touch(key, 10, NUMBER)],
  ['delete', (cache, key) => cache.delete(key, NUMBER)],
  ['incr', (cache, key) => cache.incr(key, 1, NUMBER)],
  ['decr', (cache, key) => cache.decr(key, 1, NUMBER)],
  ['incrVersion', (cache, key) => cache.incrVersion(key, 1, NUMBER)],
  ['decrVersion', (cache, key) => cache.decrVersion(key, 1, NUMBER)],
  ['getMany', (cache, key) => cache.getMany([key], NUMBER)],
  ['setMany', (cache, key) => cache.setMany({ [key]: 1 }, NUMBER)],
  ['deleteMany', (cache, key) => cache.deleteMany([key], NUMBER)],
];

const wrongKeys: readonly (readonly [name: string, key: string])[] = [
  ['a space', 'key with spaces and 清'],
  ['a line end', 'key\r\nflush_all'],
  ['DEL', 'key\x7f'],
  ['an unpaired surrogate', 'key\ud800'],
  ['248 characters and the version', 'a'.repeat(248)],
  ['more than 250 bytes in fewer characters', 'é'.repeat(125)],
];

export function keysContract(ground: Ground): void {
  test.each(verbs)('%s refuses wrong keys', async (_name, call) => {
    for (const [, key] of wrongKeys) {
      const error = await call(ground.cache, key).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(InvalidKeyError);
      expect(error).toMatchObject({ key: `:1:${key}` });
      expect((error as Error).message).not.toContain(key);
    }
  });

  test('a key that the key function makes too long or empty is refused', async () => {
    for (const [keyFunction, key] of [
      [(key: string) => key.repeat(2), 'a'.repeat(126)],
      [() => '', 'key'],
    ] as const) {
      const cache = ground.open({ keyFunction });
      await expect(cache.set(key, 1)).rejects.toBeInstanceOf(InvalidKeyError);
    }
  });

  test.each(verbs)('%s rejects once the cache is closed', async (_name, call) => {
    const cache = ground.open();
    await cache.close();
    await expect(call(cache, 'key')).rejects.toBeInstanceOf(ClosedError);
  });

  test('close may be called twice; clear and empty calls reject after it', async () => {
    const cache = ground.open();
    await Promise.all([cache.close(), cache.close()]);
    await cache[Symbol.asyncDispose]();
    await expect(cache.clear()).rejects.toBeInstanceOf(ClosedError);
    await expect(cache.getMany([])).rejects.toBeInstanceOf(ClosedError);
    expect(await ground.cache.get(ground.key())).toBeUndefined();
  });

  test('keys beyond ASCII, and as long as allowed', async () => {
    const { cache } = ground;
    for (const key of ['ascii', 'Iñtërnâtiônàlizætiøn', '😀', 'é'.repeat(123), 'a'.repeat(247)]) {
      await cache.set(key, { key });
      expect(await cache.get(key)).toEqual({ key });
      expect([...(await cache.getMany([key])).keys()]).toEqual([key]);
      expect(await cache.delete(key)).toBe(true);
    }
  });

  test.each(verbsWithNumber)('%s refuses a number in the place of options', async (_name, call) => {
    await expect(call(ground.cache, ground.key())).rejects.toThrow(/options must be an object such as/);
    await expect(call(ground.cache, ground.key())).rejects.toBeInstanceOf(ClientInputError);
  });

  test('one key is no list of keys, and a list of keys no entries', async () => {
    const { cache } = ground;
    for (const keys of ['key', undefined, null, 5, {}]) {
      const wrong = keys as unknown as string[];
      await expect(cache.getMany(wrong)).rejects.toBeInstanceOf(ClientInputError);
      await expect(cache.deleteMany(wrong)).rejects.toBeInstanceOf(ClientInputError);
    }
    for (const entries of ['key', undefined, null, 5, ['key'], [{ key: 1 }], Buffer.from('key')]) {
      const wrong = entries as unknown as [string, unknown][];
      await expect(cache.setMany(wrong)).rejects.toBeInstanceOf(ClientInputError);
    }
  });

  test('what is no string is refused', async () => {
    for (const key of [5, undefined, null, Buffer.from('a')]) {
      await expect(ground.cache.get(key as unknown as string)).rejects.toBeInstanceOf(InvalidKeyError);
    }
    const cache = ground.open({ keyFunction: () => 5 as unknown as string });
    await expect(cache.get('key')).rejects.toBeInstanceOf(InvalidKeyError);
  });

  test('makeKey gives the final key', () => {
    expect(ground.cache.makeKey('key')).toBe(':1:key');
    expect(ground.cache.makeKey('key', 3)).toBe(':3:key');
    expect(ground.open({ keyPrefix: 'p', version: 2 }).makeKey('key')).toBe('p:2:key');
    expect(() => ground.cache.makeKey('a b')).toThrow(InvalidKeyError);
  });

  test('a prefix keeps caches on one store apart', async () => {
    const prefixed = ground.open({ keyPrefix: 'cacheprefix' });
    const key = ground.key();
    await ground.cache.set(key, 'value');
    expect(await prefixed.has(key)).toBe(false);
    await prefixed.set(key, 'value2');
    expect(await ground.cache.get(key)).toBe('value');
    expect(await prefixed.get(key)).toBe('value2');
  });

  test('caches with other key functions do not see each other; alike ones do', async () => {
    const keyFunction = (key: string, prefix: string, version: number) =>
      `CUSTOM-${prefix}-${version}-${key}`;
    const [one, other] = [ground.open({ keyFunction }), ground.open({ keyFunction })];
    const key = ground.key();
    await one.set(key, 1);
    expect(await ground.cache.get(key)).toBeUndefined();
    expect(await other.get(key)).toBe(1);
  });
}
