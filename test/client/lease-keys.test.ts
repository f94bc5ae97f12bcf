import { expect, test } from 'vitest';
import type { Client } from '../../src/client/client.ts';
import { createClient } from '../../src/index.ts';
import { startServer } from '../../src/testing/index.ts';
import { followed, keysOf, nodeAt, opened, small } from '../harness/follow.ts';

test.each([
  ['as this one', 0, false],
  ['half a second ahead', 500, false],
  ['an hour ahead', 3_600_000, true],
  ['an hour behind', -3_600_000, true],
])(
  'who took a lease over by a clock that is %s keeps it for a moment at most',
  async (_name, aheadMs, isTaken) => {
    await using server = await startServer();
    const client = opened(createClient(server.endpoint)) as Client;
    await client.set('key!lease', `taker holder ${Date.now() + aheadMs}`);
    expect((await client.leaseKeys.held('key'))?.after).toBe('holder');
    const token = await client.leaseKeys.takeOver('key', 60);
    expect(token !== undefined).toBe(isTaken);
    expect((await client.leaseKeys.held('key'))?.token).toBe(token ?? 'taker');
  },
);

test('leases that are revoked while the connection breaks are revoked where they are', async () => {
  await using cluster = await small(3);
  const client = (await followed(cluster, { failover: 'next' })) as Client;
  const node = nodeAt(cluster, 0);
  const keys = keysOf(client, node).slice(0, 20);
  for (const key of keys) expect(await client.leaseKeys.win(key, 60)).toBeDefined();
  node.hang();
  const revoked = keys.map((key) => client.leaseKeys.revoke(key));
  await new Promise((resolve) => setTimeout(resolve, 20));
  node.reset();
  node.resume();
  await Promise.all(revoked);
  for (const key of keys) expect(await client.leaseKeys.held(key)).toBeUndefined();
});
