import { describe, expect, test, vi } from 'vitest';
import { MemcachedEntries } from '../../src/cache/backends/memcached-entries.ts';
import { resolveCacheConfig } from '../../src/cache/resolve-cache-config.ts';
import type { Client } from '../../src/client/client.ts';
import { Entries } from '../../src/client/entries.ts';
import { ConnectionError, createClient, jsonCodec } from '../../src/index.ts';
import { fleetOf, fleetSubjects, gate } from './fleet.ts';

describe.each(fleetSubjects)('entries under leases on $name', (subject) => {
  const fleet = fleetOf(subject);

  test('what is made under a lease beside its key is not stored after a deletion', async () => {
    const key = fleet.key();
    const other = fleet.open();
    const config = { backend: 'memcached', location: fleet.location, options: subject.options } as const;
    const backend = resolveCacheConfig(config).open();
    // As where an entry ends between two looks: the first finds it too old, the one under the lease finds none.
    const hold = await backend.claim?.(other.makeKey(key), 60, false);
    expect(hold).toBeDefined();
    await other.get(key);
    await other.delete(key);
    const life = { ttl: 60, staleTtl: 0, refreshed: false };
    expect(await backend.put?.(other.makeKey(key), 'old', life, hold)).toBe(false);
    expect(await other.has(key)).toBe(false);
    await backend.close?.();
  });

  if (subject.options.connectionsPerNode !== undefined) {
    test('what is being stored without a lease is deleted after it, whatever its connection', async () => {
      const key = fleet.key();
      const config = { backend: 'memcached', location: fleet.location, options: subject.options } as const;
      const backend = resolveCacheConfig(config).open();
      await backend.get(key);
      const [started, held] = [gate(), gate()];
      const { store } = Entries.prototype;
      vi.spyOn(Entries.prototype, 'store').mockImplementationOnce(async function (this: Entries, ...given) {
        started.open();
        await held.promise;
        return store.apply(this, given);
      });
      const putting = backend.put?.(key, 'old', { ttl: 60, staleTtl: 0, refreshed: false }, undefined);
      await started.promise;
      const deleting = backend.delete(key);
      await backend.get(key);
      held.open();
      expect(await putting).toBe(true);
      expect(await deleting).toBe(true);
      expect(await backend.get(key)).toBeUndefined();
      await backend.close?.();
    });
  }

  if (subject.leaseKey === 'separate') {
    test('what this process deletes after a look at the lease is not stored, not even for a moment', async () => {
      const key = fleet.key();
      const { protocol = 'auto' } = subject.options;
      await using client = createClient(fleet.location, { protocol }) as Client;
      const entries = new MemcachedEntries(client, jsonCodec(), 'separate');
      const hold = await entries.claim(key, 60, false);
      const held = client.leaseKeys.held.bind(client.leaseKeys);
      vi.spyOn(client.leaseKeys, 'held').mockImplementationOnce(async (asked) => {
        const lease = await held(asked);
        entries.overtake([key]);
        return lease;
      });
      const store = vi.spyOn(client.entries, 'store');
      expect(await entries.put(key, 'old', { ttl: 60, staleTtl: 0, refreshed: false }, hold)).toBe(false);
      expect(store).not.toHaveBeenCalled();
    });

    test('what was stored is taken back where it cannot be known whether it was deleted meanwhile', async () => {
      const key = fleet.key();
      const { protocol = 'auto' } = subject.options;
      await using client = createClient(fleet.location, { protocol }) as Client;
      const entries = new MemcachedEntries(client, jsonCodec(), 'separate');
      const hold = await entries.claim(key, 60, false);
      const broken = new ConnectionError('broke');
      vi.spyOn(client.leaseKeys, 'end').mockRejectedValue(broken);
      const life = { ttl: 60, staleTtl: 0, refreshed: false };
      await expect(entries.put(key, 'old', life, hold)).rejects.toBe(broken);
      expect(await client.get(key)).toBeUndefined();
    });
  }
});
