import { describe, expect, test } from 'vitest';
import { ClientInputError } from '../../../src/index.ts';
import type { Ground } from '../../harness/ground.ts';

export function cluster(ground: Ground): void {
  const { nodes } = ground.subject;

  describe('the nodes', () => {
    test('are in the topology, which cannot be changed', () => {
      const topology = ground.client.topology;
      expect(topology?.nodes).toHaveLength(nodes);
      expect(topology?.nodes.map((node) => node.id)).toEqual(
        topology?.nodes.map((node) => `${node.host}:${node.port}`),
      );
      expect(Object.isFrozen(topology)).toBe(true);
      expect(Object.isFrozen(topology?.nodes)).toBe(true);
      expect(Object.isFrozen(topology?.nodes[0])).toBe(true);
    });

    test('own keys: nodeFor says which, and all of them get some', async () => {
      const { client } = ground;
      const owners = new Set<string>();
      for (let i = 0; i < 200; i++) {
        const owner = client.nodeFor(`owned:${i}`);
        expect(owner).toMatchObject({ host: expect.any(String), port: expect.any(Number) });
        owners.add(owner.id);
      }
      expect(owners).toEqual(new Set(client.topology?.nodes.map((node) => node.id)));
    });

    test('all tell their version', async () => {
      const versions = await ground.client.version();
      expect([...versions.keys()]).toEqual(ground.client.topology?.nodes.map((node) => node.id));
      for (const version of versions.values()) expect(version).toMatch(/^1\.\d+\.\d+/);
    });

    test('all tell their statistics', async () => {
      const stats = await ground.client.stats();
      expect(stats.size).toBe(nodes);
      for (const each of stats.values())
        expect(each).toMatchObject({ pid: expect.any(String), version: expect.any(String) });
    });

    test('tell sections of their statistics, and reset them', async () => {
      const { client } = ground;
      await client.set(ground.key(), 1);
      for (const section of ['settings', 'items', 'slabs']) {
        expect((await client.stats(section)).size).toBe(nodes);
      }
      const settings = [...(await client.stats('settings')).values()];
      for (const each of settings) expect(each).toHaveProperty('maxbytes');
      expect((await client.stats('reset')).size).toBe(nodes);
    });

    test.each(['x\r\nflush_all', 'a b c', '../', 'Items'])('refuse the section %o', async (section) => {
      await expect(ground.client.stats(section)).rejects.toThrow(ClientInputError);
    });

    test('are flushed, all of them', async () => {
      const { client } = ground;
      const keys = Array.from({ length: 30 }, () => ground.key());
      await client.setMany(keys.map((key) => [key, 1] as const));
      await client.flushAll();
      expect(await client.getMany(keys)).toEqual(new Map());
    });

    test('are flushed later with a delay', async () => {
      const { client } = ground;
      const key = ground.key();
      await client.set(key, 1);
      await client.flushAll({ delay: 1_000 });
      expect(await client.get(key)).toBe(1);
      // Takes the place of the flush to come.
      await client.flushAll();
    });

    test.each([2 ** 31, 2 ** 32])('are not flushed at once with a delay of %i', async (delay) => {
      const { client } = ground;
      const key = ground.key();
      await client.set(key, 1);
      await client.flushAll({ delay });
      expect(await client.get(key)).toBe(1);
      await client.flushAll();
    });

    test.each([-1, 1.5, Number.NaN, '1', '0\r\nversion'])(
      'refuse a flush with the delay %o',
      async (delay) => {
        await expect(ground.client.flushAll({ delay: delay as number })).rejects.toThrow(ClientInputError);
      },
    );

    test('are counted in the snapshot', async () => {
      const client = ground.open();
      await client.ready({ timeoutMs: 5_000 });
      await client.version();
      const { nodes: snapshots, topology, draining } = client.snapshot();
      expect(topology).toBe(client.topology);
      expect(draining).toEqual([]);
      expect(snapshots.map((node) => node.id)).toEqual(topology?.nodes.map((node) => node.id));
      for (const node of snapshots) {
        expect(node).toMatchObject({
          health: 'up',
          connections: 1,
          connectionsOpened: 1,
          connectionsClosed: 0,
          pending: 0,
          queuedBytes: 0,
          replies: 1,
          timeouts: 0,
          latency: { count: 1 },
        });
        expect(node.version).toMatch(/^1\./);
        expect(node.bytesRead).toBeGreaterThan(0);
        expect(node.latency.maxMs).toBeGreaterThan(0);
      }
    });

    test('are found again by refresh, to no effect', async () => {
      const before = ground.client.topology;
      await ground.client.refresh();
      expect(ground.client.topology).toBe(before);
    });
  });
}
