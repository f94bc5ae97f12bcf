import { describe, expect, test } from 'vitest';
import { Client } from '../../../src/client/client.ts';
import { encodeValue } from '../../../src/client/values.ts';
import { InvalidValueError, jsonCodec, type MemcachedClient } from '../../../src/index.ts';
import type { Ground } from '../../harness/ground.ts';

const HOUR = 3_600;

/** What is not for users. */
function inside(client: MemcachedClient): Client {
  if (client instanceof Client) return client;
  throw new Error('Not a client of this library');
}

/** Items that are no value to who reads, and how verbs take them. */
export function leases(ground: Ground): void {
  const { subject } = ground;

  /** An item that a lookup with `N` makes where nothing is. */
  async function lease(key: string): Promise<bigint> {
    const fetched = await inside(ground.client).entries.fetch(key, { vivify: HOUR, recache: undefined });
    if (fetched?.kind !== 'placeholder') throw new Error(`A lookup found ${fetched?.kind}`);
    return fetched.casToken;
  }

  /** An entry whose ttl is over, and which is kept for an hour more. */
  async function stale(key: string): Promise<void> {
    const life = { ttl: 0.001, staleTtl: HOUR, refreshed: false };
    await inside(ground.client).entries.store(key, { data: 'stale', flags: 0 }, life, undefined);
    await expect.poll(() => ground.client.get(key)).toBeUndefined();
  }

  if (subject.dialect === 'meta') {
    describe('a lease in the place of a value', () => {
      test('is won by one, lost by all others', async () => {
        const key = ground.key();
        const { entries } = inside(ground.client);
        const ask = { vivify: HOUR, recache: undefined };
        const found = await Promise.all([1, 2, 3].map(() => entries.fetch(key, ask)));
        const kinds = found.map((each) => (each?.kind === 'placeholder' ? each.lease : each?.kind));
        expect(kinds.sort()).toEqual(['lost', 'lost', 'won']);
      });

      test('is no value to who reads', async () => {
        const { client } = ground;
        const [key, other, empty] = [ground.key(), ground.key(), ground.key()];
        await lease(key);
        await client.setMany({ [other]: 'value', [empty]: '' });
        expect(await client.get(key)).toBeUndefined();
        expect(await client.gets(key)).toBeUndefined();
        expect(await client.getAndTouch(key, HOUR)).toBeUndefined();
        expect([...(await client.getMany([key, other, empty]))]).toEqual([
          [other, 'value'],
          [empty, ''],
        ]);
        expect([...(await client.getsMany([key, other])).keys()]).toEqual([other]);
        expect(await client.get(empty)).toBe('');
      });

      test('is not in the way of add', async () => {
        const key = ground.key();
        await lease(key);
        expect(await ground.client.add(key, 'added')).toBe(true);
        expect(await ground.client.get(key)).toBe('added');
        expect(await ground.client.add(key, 'again')).toBe(false);
        expect(await ground.client.get(key)).toBe('added');
      });

      test('is no counter, and not in the way of one', async () => {
        const key = ground.key();
        await lease(key);
        expect(await ground.client.incr(key)).toBeUndefined();
        expect(await ground.client.incr(key, 1, { initial: 5 })).toBe(5);
        expect(await ground.client.incr(key)).toBe(6);
        const text = ground.key();
        await ground.client.set(text, 'text');
        await expect(ground.client.incr(text, 1, { initial: 5 })).rejects.toBeInstanceOf(InvalidValueError);
      });

      test('is not there to touch', async () => {
        const key = ground.key();
        await lease(key);
        expect(await ground.client.touch(key, HOUR)).toBe(false);
        await ground.client.set(key, 'value', { ttl: 30 });
        expect(await ground.client.touch(key, HOUR)).toBe(true);
        await inside(ground.client).entries.fetch(key, { vivify: undefined, recache: 2 * HOUR });
        expect(await ground.client.touch(key, HOUR)).toBe(true);
        expect(await ground.client.get(key)).toBe('value');
      });

      test('is stored over only as long as it is there', async () => {
        const { entries } = inside(ground.client);
        const { client } = ground;
        const [deleted, taken, kept] = [ground.key(), ground.key(), ground.key()];
        const value = { data: 'made', flags: 0 };
        const life = { ttl: HOUR, staleTtl: 0, refreshed: false };
        const first = await lease(deleted);
        await client.delete(deleted);
        expect(await entries.store(deleted, value, life, first)).toBe(false);
        await lease(deleted);
        expect(await entries.store(deleted, value, life, first)).toBe(false);
        expect(await entries.compareDelete(deleted, first)).toBe(false);
        const second = await lease(taken);
        await client.set(taken, 'theirs');
        expect(await entries.store(taken, value, life, second)).toBe(false);
        expect(await client.get(taken)).toBe('theirs');
        const third = await lease(kept);
        expect(await entries.store(kept, value, life, third)).toBe(true);
        expect(await client.get(kept)).toBe('made');
        const given = ground.key();
        expect(await entries.compareDelete(given, await lease(given))).toBe(true);
        expect(await entries.fetch(given)).toEqual({ kind: 'miss' });
      });

      test('of a key of any bytes is one too', async () => {
        const client = ground.open({ unsafeKeys: 'base64' });
        const key = `${ground.key()} with spaces`;
        const { entries } = inside(client);
        await entries.fetch(key, { vivify: HOUR, recache: undefined });
        expect([...(await client.getMany([key]))]).toEqual([]);
        expect(await client.add(key, 'added')).toBe(true);
        expect(await client.get(key)).toBe('added');
      });
    });

    describe('a value whose reader is told to make it anew', () => {
      test('is a value to all, told to one', async () => {
        const { client } = ground;
        const { entries } = inside(client);
        const key = ground.key();
        await client.set(key, 'value', { ttl: 100 });
        const ask = { vivify: undefined, recache: 200 };
        expect(await entries.fetch(key, ask)).toMatchObject({ kind: 'item', value: 'value', lease: 'won' });
        expect(await entries.fetch(key, ask)).toMatchObject({ kind: 'item', value: 'value', lease: 'lost' });
        expect(await client.get(key)).toBe('value');
        expect(await client.gets(key)).toMatchObject({ value: 'value' });
        expect((await client.getsMany([key])).get(key)).toMatchObject({ value: 'value' });
        expect(await client.add(key, 'other')).toBe(false);
      });
    });
  }

  describe('an entry whose ttl is over', () => {
    test('is a miss to who reads, and there to who would make it anew', async () => {
      const { client } = ground;
      const key = ground.key();
      await stale(key);
      expect(await client.get(key)).toBeUndefined();
      expect(await client.gets(key)).toBeUndefined();
      expect((await client.getMany([key])).size).toBe(0);
      const fetched = await inside(client).entries.fetch(key);
      expect(fetched).toMatchObject({ kind: 'item', value: 'stale' });
    });

    if (subject.dialect === 'meta') {
      test('is not in the way of add and counters', async () => {
        const { client } = ground;
        const [one, other] = [ground.key(), ground.key()];
        await stale(one);
        await stale(other);
        expect(await client.add(one, 'added')).toBe(true);
        expect(await client.incr(other)).toBeUndefined();
        expect(await client.incr(other, 1, { initial: 7 })).toBe(7);
        expect(await client.get(one)).toBe('added');
      });
    }
  });

  describe('an envelope', () => {
    test.each([
      ['text', 'text'],
      ['bytes', Buffer.from([0, 1, 0xff])],
      ['an object', { name: 'Ådå' }],
      ['a large value', 'x'.repeat(50_000)],
      ['large bytes', Buffer.alloc(50_000, 7)],
      ['null', null],
      ['nothing', ''],
    ])('with %s is read as what is in it', async (_name, value) => {
      const { client } = ground;
      const key = ground.key();
      const { entries } = inside(client);
      const encoded = encodeValue(jsonCodec(), value);
      const life = { ttl: HOUR, staleTtl: HOUR, refreshed: false };
      expect(await entries.store(key, encoded, life, undefined)).toBe(true);
      expect(await client.get(key)).toEqual(value);
      expect((await client.getMany([key])).get(key)).toEqual(value);
      expect(await client.gets(key)).toMatchObject({ value, flags: encoded.flags });
      expect(await client.add(key, 'other')).toBe(false);
      const fetched = await entries.fetch(key);
      expect(fetched).toMatchObject({ kind: 'item', value });
      const freshTtl = fetched?.kind === 'item' ? fetched.freshTtl : undefined;
      expect(freshTtl).toBeGreaterThan(HOUR - 60);
      expect(freshTtl).toBeLessThanOrEqual(HOUR);
    });
  });

  describe('a lease under a key of its own', () => {
    test('is won by one, and by another once it is given up', async () => {
      const { leaseKeys } = inside(ground.client);
      const key = ground.key();
      const tokens = await Promise.all([1, 2, 3].map(() => leaseKeys.win(key, HOUR)));
      const won = tokens.filter((token) => token !== undefined);
      expect(won).toHaveLength(1);
      await leaseKeys.giveUp(key, 'of another');
      expect(await leaseKeys.win(key, HOUR)).toBeUndefined();
      await leaseKeys.giveUp(key, won[0] as string);
      expect(await leaseKeys.win(key, HOUR)).toBeDefined();
      expect(await ground.client.get(key)).toBeUndefined();
    });

    test('is taken over by one of those who try', async () => {
      const { leaseKeys } = inside(ground.client);
      const key = ground.key();
      const first = (await leaseKeys.win(key, HOUR)) as string;
      const taken = await Promise.all([1, 2, 3].map(() => leaseKeys.takeOver(key, HOUR)));
      const [token, ...others] = taken.filter((each) => each !== undefined);
      expect(others).toEqual([]);
      expect((await leaseKeys.held(key))?.token).toBe(token);
      await leaseKeys.giveUp(key, first);
      expect((await leaseKeys.held(key))?.token).toBe(token);
      await leaseKeys.revoke(key);
      expect(await leaseKeys.held(key)).toBeUndefined();
      expect(await leaseKeys.takeOver(key, HOUR)).toBeDefined();
    });

    test('ends only as it stood', async () => {
      const { leaseKeys } = inside(ground.client);
      const key = ground.key();
      await leaseKeys.win(key, HOUR);
      const stood = await leaseKeys.held(key);
      if (stood === undefined) throw new Error('The lease is not there');
      await leaseKeys.takeOver(key, HOUR);
      expect(await leaseKeys.end(key, stood)).toBe(false);
      const stands = await leaseKeys.held(key);
      if (stands === undefined) throw new Error('The lease is not there');
      expect(await leaseKeys.end(key, stands)).toBe(true);
      expect(await leaseKeys.held(key)).toBeUndefined();
      expect(await leaseKeys.end(key, stands)).toBe(false);
    });

    test('is one whatever the key is', async () => {
      const client = ground.open({
        keyPrefix: 'app:',
        longKeys: 'hash',
        ...(subject.dialect === 'classic' ? {} : { unsafeKeys: 'base64' }),
      });
      const { leaseKeys } = inside(client);
      const keys = ['l'.repeat(249), 'm'.repeat(400), ...(subject.dialect === 'classic' ? [] : ['a b'])];
      for (const key of keys) {
        await leaseKeys.revoke(key);
        expect(await leaseKeys.win(key, HOUR)).toBeDefined();
        expect(await leaseKeys.win(key, HOUR)).toBeUndefined();
        await leaseKeys.revoke(key);
      }
    });
  });
}
