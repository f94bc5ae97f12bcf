import { describe, expect, test } from 'vitest';
import type { Ground } from '../../harness/ground.ts';

export function calls(ground: Ground): void {
  describe('a call', () => {
    test('aborted before it is made rejects with the reason, and writes nothing', async () => {
      const { client } = ground;
      const key = ground.key();
      const reason = new Error('changed my mind');
      const signal = AbortSignal.abort(reason);
      const attempts = [
        client.set(key, 1, { signal }),
        client.setMany({ [key]: 1 }, { signal }).then((failed) => {
          expect(failed).toEqual([key]);
          throw reason;
        }),
        client.get(key, { signal }),
        client.getMany([key], { signal }),
        client.gets(key, { signal }),
        client.incr(key, 1, { signal, initial: 1 }),
        client.delete(key, { signal }),
        client.deleteMany([key], { signal }),
        client.touch(key, 1, { signal }),
        client.append(key, 'x', { signal }),
        client.version({ signal }),
        client.stats('', { signal }),
        client.flushAll({ signal }),
      ];
      for (const result of await Promise.allSettled(attempts)) expect(result).toMatchObject({ reason });
      expect(await client.get(key)).toBeUndefined();
    });

    test('aborted while it waits rejects with an AbortError, and the others are answered', async () => {
      const { client } = ground;
      const key = ground.key();
      await client.set(key, 'kept');
      const controller = new AbortController();
      const results = Promise.allSettled([
        client.get(key),
        client.get(key, { signal: controller.signal }),
        client.getMany([key], { signal: controller.signal }),
        client.get(key),
      ]);
      controller.abort();
      expect(await results).toMatchObject([
        { value: 'kept' },
        { reason: { name: 'AbortError' } },
        { reason: { name: 'AbortError' } },
        { value: 'kept' },
      ]);
    });

    test('is past aborting once it is answered, and lets go of the signal', async () => {
      const { client } = ground;
      const controller = new AbortController();
      const { signal } = controller;
      const key = ground.key();
      expect(await client.set(key, 1, { signal })).toBe(true);
      expect(await client.get(key, { signal })).toBe(1);
      controller.abort();
      expect(await client.get(key)).toBe(1);
    });

    test('may share a signal with thousands without a warning', async () => {
      const { client } = ground;
      const warnings: Error[] = [];
      const warned = (warning: Error): number => warnings.push(warning);
      process.on('warning', warned);
      const { signal } = new AbortController();
      const keys = Array.from({ length: 1_000 }, (_, i) => `signal:${i}`);
      await client.deleteMany(keys, { signal });
      await Promise.all(keys.map((key) => client.get(key, { signal })));
      await new Promise((resolve) => setImmediate(resolve));
      process.off('warning', warned);
      expect(warnings).toEqual([]);
    });

    test('has a time-out of its own', async () => {
      expect(await ground.client.get(ground.key(), { timeoutMs: 4_000 })).toBeUndefined();
      expect(await ground.client.getMany([ground.key()], { timeoutMs: 4_000 })).toEqual(new Map());
    });

    test.each([Number.NaN, -1, 0, '5', null])('refuses a timeoutMs of %o', async (timeoutMs) => {
      const { client } = ground;
      const options = { timeoutMs: timeoutMs as number };
      await expect(client.get('a', options)).rejects.toMatchObject({ code: 'ERR_MEMFLEET_CLIENT_INPUT' });
      await expect(client.getMany(['a'], options)).rejects.toMatchObject({
        code: 'ERR_MEMFLEET_CLIENT_INPUT',
      });
      await expect(client.setMany({ a: 1 }, options)).rejects.toMatchObject({
        code: 'ERR_MEMFLEET_CLIENT_INPUT',
      });
      await expect(client.version(options)).rejects.toMatchObject({ code: 'ERR_MEMFLEET_CLIENT_INPUT' });
    });

    test('a thousand first calls open one connection to a node', async () => {
      const client = ground.open();
      const keys = Array.from({ length: 1_000 }, (_, i) => `first:${i}`);
      await Promise.all(keys.map((key) => client.get(key)));
      expect(client.snapshot().nodes.map((node) => node.connectionsOpened)).toEqual(
        Array.from({ length: ground.subject.nodes }, () => 1),
      );
    });

    test('may use several connections to a node', async () => {
      const client = ground.open({ connectionsPerNode: 3 });
      const keys = Array.from({ length: 300 }, (_, i) => `several:${i}`);
      await client.setMany(keys.map((key) => [key, key] as const));
      const opened = async (): Promise<number[]> => {
        expect(await Promise.all(keys.map((key) => client.get(key)))).toEqual(keys);
        return client.snapshot().nodes.map((node) => node.connectionsOpened);
      };
      // One after the other, where those that are open have something to do.
      await expect.poll(opened).toEqual(Array.from({ length: ground.subject.nodes }, () => 3));
    });
  });
}
