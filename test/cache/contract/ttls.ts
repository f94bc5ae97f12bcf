import { expect, test } from 'vitest';
import { type Cache, ClientInputError } from '../../../src/index.ts';
import type { Ground } from '../subject.ts';

export function ttlsContract(ground: Ground): void {
  /** What is left of a life, where the backend tells it. */
  async function left(cache: Cache, key: string): Promise<number | null | undefined> {
    // In a namespace, the key is not known before the generation is.
    await cache.has(key);
    const entry = await ground.backend.getEntry(cache.makeKey(key));
    if (entry === undefined) throw new Error('The key is missing');
    return entry.ttl;
  }

  function expectLeft(ttl: number | null | undefined, expected: number | null): void {
    if (!ground.subject.tellsTtl) expect(ttl).toBeUndefined();
    else if (expected === null) expect(ttl).toBeNull();
    else {
      // Half of it may be over on a slow machine, and what is sent as a date goes by the server's clock, which
      // counts whole seconds from its start; another ttl is further off.
      expect(ttl).toBeGreaterThan(expected / 2);
      expect(ttl).toBeLessThanOrEqual(expected + 2);
    }
  }

  test.each([
    ['seconds', 1000, 1000],
    ['seconds, in words', '90s', 90],
    ['minutes', '10m', 600],
    ['hours and a fraction', '1.5h', 5400],
    ['days past what memcached takes for a duration', '365d', 31_536_000],
    ['never', null, null],
  ])('%s are a ttl to every write', async (_name, ttl, seconds) => {
    const { cache } = ground;
    const [set, added, many, made, counter, touched] = Array.from({ length: 6 }, () => ground.key()) as [
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    await cache.set(set, 1, { ttl });
    await cache.add(added, 1, { ttl });
    await cache.setMany({ [many]: 1 }, { ttl });
    await cache.getOrSet(made, 1, { ttl });
    await cache.incr(counter, 1, { initial: 1, ttl });
    await cache.set(touched, 1);
    await cache.touch(touched, ttl);
    for (const key of [set, added, many, made, counter, touched]) expectLeft(await left(cache, key), seconds);
  });

  test.each([
    ['300 seconds', {}, 300],
    ['that of the config', { ttl: '1h' }, 3600],
    ['that of the config, also a year', { ttl: '365d' }, 31_536_000],
    ['never, if the config says so', { ttl: null }, null],
  ])('the ttl of what is given none is %s', async (_name, settings, seconds) => {
    const cache = ground.open(settings);
    const [set, touched, brief] = [ground.key(), ground.key(), ground.key()];
    await cache.set(set, 1);
    await cache.set(touched, 1, { ttl: 10 });
    await cache.touch(touched);
    await cache.set(brief, 1, { ttl: 10 });
    expectLeft(await left(cache, set), seconds);
    expectLeft(await left(cache, touched), seconds);
    expectLeft(await left(cache, brief), 10);
  });

  test('incr and incrVersion keep the ttl', async () => {
    const cache = ground.open({ ttl: 50 });
    const [key, forever] = [ground.key(), ground.key()];
    await cache.set(key, 1, { ttl: 1000 });
    await cache.set(forever, 1, { ttl: null });
    for (const each of [key, forever]) {
      await cache.incr(each);
      await cache.incrVersion(each);
    }
    const moved = ground.open({ version: 2 });
    expectLeft(await left(moved, key), 1000);
    expectLeft(await left(moved, forever), null);
  });

  test('a default ttl of 0 expires at once', async () => {
    const cache = ground.open({ ttl: 0 });
    const key = ground.key();
    await cache.set(key, 1);
    expect(await cache.get(key)).toBeUndefined();
    await cache.set(key, 1, { ttl: 10 });
    expect(await cache.get(key)).toBe(1);
    await cache.touch(key);
    expect(await cache.get(key)).toBeUndefined();
  });

  test('what is no ttl is refused', async () => {
    const { cache } = ground;
    const key = ground.key();
    for (const ttl of ['soon', Number.NaN, Number.POSITIVE_INFINITY]) {
      await expect(cache.set(key, 1, { ttl })).rejects.toBeInstanceOf(ClientInputError);
      await expect(cache.touch(key, ttl)).rejects.toBeInstanceOf(ClientInputError);
      await expect(cache.getOrSet(key, 1, { ttl })).rejects.toBeInstanceOf(ClientInputError);
    }
    expect(await cache.has(key)).toBe(false);
  });
}
