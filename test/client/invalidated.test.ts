import { describe, expect, test, vi } from 'vitest';
import { createCache, createClient } from '../../src/index.ts';
import { startMemcached } from '../../src/testing/cluster/memcached-process.ts';
import { startServer } from '../../src/testing/index.ts';
import { Wire } from '../testing/wire.ts';

async function embedded(): Promise<{ endpoint: string; stop(): Promise<void> }> {
  const server = await startServer();
  return { endpoint: server.endpoint, stop: () => server.close() };
}

async function memcached(): Promise<{ endpoint: string; stop(): Promise<void> }> {
  const { port, stop } = await startMemcached();
  return { endpoint: `127.0.0.1:${port}`, stop };
}

describe.each([
  ['the embedded server', embedded],
  ['memcached', memcached],
])('an item that another client has invalidated, on %s', (_name, start) => {
  test('is a miss to who reads one, is not there to touch, and not in the way of add', async () => {
    const { endpoint, stop } = await start();
    try {
      await using client = createClient(endpoint);
      await using wire = await Wire.open(endpoint);
      await client.setMany({ one: 'old', other: 'old' });
      expect(await wire.ask('md one I T30\r\n')).toBe('HD\r\n');
      expect(await wire.ask('md other I T30\r\n')).toBe('HD\r\n');
      for (let i = 0; i < 2; i++) {
        expect(await client.get('one')).toBeUndefined();
        expect(await client.gets('one')).toBeUndefined();
        expect((await client.getsMany(['one'])).size).toBe(0);
        expect(await client.touch('one', 30)).toBe(false);
      }
      expect(await client.add('one', 'new')).toBe(true);
      expect(await client.get('one')).toBe('new');
      expect(await client.set('other', 'new')).toBe(true);
      expect(await client.get('other')).toBe('new');
      expect(client.snapshot().nodes[0]?.connectionsClosed, 'all on one connection').toBe(0);
    } finally {
      await stop();
    }
  });

  test('is stale to getOrSet', async () => {
    const { endpoint, stop } = await start();
    try {
      await using cache = createCache({ backend: 'memcached', location: endpoint });
      await using wire = await Wire.open(endpoint);
      for (const key of ['served', 'waited']) {
        await cache.set(key, 'old');
        await wire.ask(`md ${cache.makeKey(key)} I T30\r\n`);
      }
      const factory = vi.fn(() => 'new');
      expect(await cache.getOrSet('served', factory, { staleWhileRevalidate: 60 })).toBe('old');
      await expect.poll(() => cache.get('served')).toBe('new');
      expect(factory).toHaveBeenCalledTimes(1);
      expect(await cache.getOrSet('waited', factory)).toBe('new');
      expect(await cache.get('waited')).toBe('new');
    } finally {
      await stop();
    }
  });
});
