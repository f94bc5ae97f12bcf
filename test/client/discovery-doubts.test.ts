import { describe, expect, test } from 'vitest';
import { createClient, type MemcachedClient, type TopologyDiff } from '../../src/index.ts';
import { follow, idsOf, KEYS, opened, ownersOf, small } from '../harness/follow.ts';
import { configOf, type Member, startMember } from '../harness/members.ts';
import { skippingClock } from '../harness/skipping-clock.ts';

const CONFIRM_AFTER_MS = 5_000;

function followMember(
  endpoint: Member,
  mode: 'elasticache' | 'memorystore' = 'elasticache',
): MemcachedClient {
  return opened(createClient(endpoint.id, { protocol: 'classic', discovery: { mode, timeoutMs: 300 } }));
}

function versionsOf(client: MemcachedClient): bigint[] {
  const versions: bigint[] = [];
  client.on('topology', ({ version }) => versions.push(version ?? -1n));
  return versions;
}

describe('an endpoint whose name is given to another cluster', () => {
  test.each([50, 1])('is followed there once it says so twice, at version %i', async (version) => {
    const clock = skippingClock();
    await using old = await startMember();
    await using older = await startMember();
    await using other = await startMember();
    const before = [old.id, older.id].toSorted();
    await using endpoint = await startMember(configOf(12, before));
    old.config = endpoint.config;
    older.config = endpoint.config;
    const client = followMember(endpoint);
    expect(before).toContain(await client.get('a'));

    endpoint.config = configOf(version, [other.id]);
    other.config = endpoint.config;
    await client.refresh();
    expect(idsOf(client), 'the old nodes live, and say what they said').toEqual(before);
    await client.refresh();
    expect(idsOf(client)).toEqual(before);
    clock.skip(CONFIRM_AFTER_MS);
    await client.refresh();
    expect(idsOf(client)).toEqual([other.id]);
    expect(await client.get('a')).toBe(other.id);
  });
});

describe('a cluster made anew under its name', () => {
  test('is taken at version 1 when the endpoint has said so for long enough', async () => {
    const clock = skippingClock();
    await using cluster = await small(2);
    cluster.publish({ version: 12, nodes: cluster.nodes });
    const client = follow(cluster);
    await client.ready();
    cluster.publish({ version: 1, nodes: cluster.nodes });
    await client.refresh();
    expect(client.topology?.version).toBe(12n);
    clock.skip(CONFIRM_AFTER_MS);
    await client.refresh();
    expect(client.topology?.version).toBe(1n);
    expect(client.snapshot().discovery).toMatchObject({
      staleReplies: expect.any(Number),
      consecutiveFailures: 0,
    });
  });

  test('is not believed in while one of its nodes knows better', async () => {
    const clock = skippingClock();
    const members = await Promise.all(Array.from({ length: 5 }, () => startMember()));
    await using endpoint = await startMember();
    const ids = members.map(({ id }) => id);
    const before = configOf(11, ids.slice(0, 4));
    const now = configOf(12, ids);
    for (const member of members) member.config = before;
    const [, , , , informed] = members as [Member, Member, Member, Member, Member];
    informed.config = now;
    endpoint.config = now;
    const client = followMember(endpoint);
    const versions = versionsOf(client);
    await client.ready();
    endpoint.config = before;
    for (let look = 0; look < 8; look++) {
      clock.skip(CONFIRM_AFTER_MS);
      await client.refresh();
    }
    expect(versions).toEqual([12n]);
    expect(client.snapshot().discovery?.staleReplies).toBeGreaterThan(8);
    await Promise.all(members.map((member) => member[Symbol.asyncDispose]()));
  });
});

describe('of Memorystore, an endpoint that lags', () => {
  test('for seconds, now with the old and now with the new version, never sets it back', async () => {
    const clock = skippingClock();
    await using a = await startMember();
    await using b = await startMember();
    await using endpoint = await startMember(configOf(1, [a.id]));
    const client = followMember(endpoint, 'memorystore');
    const versions = versionsOf(client);
    await client.ready();
    for (let look = 0; look < 20; look++) {
      endpoint.config = look % 3 === 0 ? configOf(2, [a.id, b.id]) : configOf(1, [a.id]);
      await client.refresh();
      clock.skip(CONFIRM_AFTER_MS);
    }
    expect(versions).toEqual([1n, 2n]);
  });

  test('for a minute, always with the old one, is believed in the end', async () => {
    const clock = skippingClock();
    await using a = await startMember();
    await using b = await startMember();
    await using endpoint = await startMember(configOf(9, [a.id, b.id]));
    const client = followMember(endpoint, 'memorystore');
    const versions = versionsOf(client);
    await client.ready();
    endpoint.config = configOf(1, [a.id]);
    for (let passedMs = 0; passedMs < 60_000; passedMs += CONFIRM_AFTER_MS) {
      await client.refresh();
      expect(versions).toEqual([9n]);
      clock.skip(CONFIRM_AFTER_MS);
    }
    await client.refresh();
    expect(versions).toEqual([9n, 1n]);
  });
});

describe('addresses that change at an equal version', () => {
  test('move connections, and no key; what was true before is not followed back at once', async () => {
    const clock = skippingClock();
    await using cluster = await small(2);
    const client = follow(cluster);
    await client.ready();
    await client.setMany(KEYS.map((key) => [key, key] as const));
    const before = ownersOf(client);
    const diffs: TopologyDiff[] = [];
    client.on('topology', (_, diff) => diffs.push(diff));
    const inIpv6 = cluster.nodes.map(({ hostname, port }, i) => ({
      hostname,
      port,
      ip: `2001:db8::${i + 1}`,
    }));

    cluster.publish({ version: 1, nodes: inIpv6 });
    const reads = Promise.all(KEYS.map((key) => client.get(key)));
    await client.refresh();
    expect(diffs.map(({ added, removed, moved }) => [added.length, removed.length, moved.length])).toEqual([
      [0, 0, 2],
    ]);
    expect(await reads).toEqual(KEYS);
    expect(ownersOf(client)).toEqual(before);
    expect(await client.getMany(KEYS)).toEqual(new Map(KEYS.map((key) => [key, key])));

    cluster.publish({ version: 1, nodes: cluster.nodes });
    await client.refresh();
    await client.refresh();
    expect(diffs, 'a node that has not heard of it yet').toHaveLength(1);
    clock.skip(CONFIRM_AFTER_MS);
    await client.refresh();
    expect(diffs).toHaveLength(2);
    expect(ownersOf(client)).toEqual(before);
  });
});

describe('a node at whose address another cluster is', () => {
  test('is not believed, however high its version', async () => {
    const clock = skippingClock();
    await using lost = await startMember(configOf(99, ['10.9.9.9:11211']));
    await using node = await startMember();
    await using endpoint = await startMember(configOf(3, [lost.id, node.id]));
    node.config = endpoint.config;
    const client = followMember(endpoint);
    const versions = versionsOf(client);
    await client.ready();
    endpoint.config = 'SERVER_ERROR away\r\n';
    for (let look = 0; look < 6; look++) {
      await client.refresh();
      clock.skip(CONFIRM_AFTER_MS);
    }
    expect(versions).toEqual([3n]);
  });

  test('is never sent a command, where nodes are dialled by address', async () => {
    await using lost = await startMember(configOf(99, ['10.9.9.9:11211']));
    await using endpoint = await startMember(configOf(3, [lost.id]));
    const client = opened(
      createClient(endpoint.id, {
        protocol: 'classic',
        discovery: { mode: 'elasticache', connectTo: 'ip' },
      }),
    );
    await expect(client.get('a')).rejects.toThrow(
      'A node of another cluster answers at the address of this one',
    );
    expect(lost.server.asked.map(({ line }) => line)).not.toContain('get a');
    lost.config = 'ERROR\r\n';
    await expect
      .poll(() => client.get('a').catch((error: unknown) => error), { timeout: 4_000 })
      .toBe(lost.id);
  });
});
