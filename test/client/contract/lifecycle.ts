import { describe, expect, test } from 'vitest';
import { ClosedError, type MemcachedClient } from '../../../src/index.ts';
import type { Ground } from '../../harness/ground.ts';

export function lifecycle(ground: Ground): void {
  async function expectClosed(client: MemcachedClient): Promise<void> {
    const attempts = [
      client.get('a'),
      client.getMany(['a']),
      client.set('a', 1),
      client.setMany({ a: 1 }),
      client.delete('a'),
      client.incr('a', 1, { initial: 1 }),
      client.version(),
      client.stats(),
      client.flushAll(),
      client.refresh(),
      client.ready(),
    ];
    for (const result of await Promise.allSettled(attempts)) {
      expect(result).toMatchObject({ reason: expect.any(ClosedError) });
    }
  }

  describe('closing', () => {
    test('close answers what was asked before it, then closes every connection', async () => {
      const client = ground.open();
      const keys = Array.from({ length: 100 }, () => ground.key());
      await client.ready({ timeoutMs: 5_000 });
      await client.version();
      const writes = Promise.all(keys.map((key) => client.set(key, key)));
      const reads = client.getMany(keys);
      await client.close();
      expect(await writes).toEqual(keys.map(() => true));
      expect((await reads).size).toBe(100);
      for (const node of client.snapshot().nodes) {
        expect(node).toMatchObject({
          connections: 0,
          connectionsOpened: 1,
          connectionsClosed: 1,
          pending: 0,
        });
      }
      await expectClosed(client);
    });

    test('close answers what waits for the connection to open', async () => {
      const client = ground.open();
      await client.ready({ timeoutMs: 5_000 });
      const key = ground.key();
      const written = client.set(key, 1);
      await client.close();
      expect(await written).toBe(true);
      expect(await ground.client.get(key)).toBe(1);
    });

    test('close of an unused client, twice, and disposal', async () => {
      const client = ground.open();
      let closes = 0;
      client.on('close', () => closes++);
      await Promise.all([client.close(), client.close(), client[Symbol.asyncDispose]()]);
      await client.close();
      expect(closes).toBe(1);
      await expectClosed(client);
    });

    test('destroy fails what is in flight with its cause, once', async () => {
      const client = ground.open();
      await client.ready({ timeoutMs: 5_000 });
      await client.version();
      let closes = 0;
      client.on('close', () => closes++);
      const cause = new Error('shutting down');
      const waiting = Promise.allSettled([
        client.get('a'),
        client.getMany(['a', 'b', 'c']),
        client.set('a', 1),
      ]);
      client.destroy(cause);
      client.destroy();
      await client.close();
      for (const result of await waiting) {
        expect(result).toMatchObject({ reason: { code: 'ERR_MEMFLEET_CLOSED' } });
      }
      expect(closes).toBe(1);
      expect(client.snapshot().nodes.every((node) => node.connections === 0)).toBe(true);
      await expectClosed(client);
    });

    test("with onError 'miss' a closed client still rejects", async () => {
      const client = ground.open({ onError: 'miss' });
      await client.close();
      await expectClosed(client);
    });

    test('await using closes', async () => {
      let escaped: MemcachedClient;
      {
        await using client = ground.open();
        escaped = client;
        await client.set(ground.key(), 1);
      }
      await expectClosed(escaped);
    });
  });
}
