import type { LookupFunction } from 'node:net';
import { expect, test } from 'vitest';
import { createClient } from '../../src/index.ts';
import { opened } from '../harness/follow.ts';
import { type ScriptedConnection, startScripted } from '../harness/scripted-server.ts';

/** After so many the name is found again, so that a storm of dials comes to an end. */
const STORM = 50;

test('a further connection that cannot be opened costs no call, and is not tried in a storm', async () => {
  const held: (() => void)[] = [];
  let lookups = 0;
  const lookup: LookupFunction = (_name, options, answer) => {
    lookups++;
    const found = lookups === 1 || lookups > STORM;
    setImmediate(() => {
      if (!found) answer(Object.assign(new Error('not found'), { code: 'ENOTFOUND' }), '');
      else if (options.all) answer(null, [{ address: '127.0.0.1', family: 4 }]);
      else answer(null, '127.0.0.1', 4);
    });
  };
  await using server = await startScripted((connection: ScriptedConnection, { key }) => {
    held.push(() => connection.value(key, key));
  });
  const port = server.endpoint.split(':').at(-1);
  const client = opened(
    createClient([`memcached.test:${port}`], { protocol: 'classic', connectionsPerNode: 2, lookup }),
  );
  const calls = [client.get('a')];
  await expect.poll(() => held.length).toBe(1);
  // The one connection is busy, so that each of these would have another.
  for (const key of ['b', 'c', 'd']) {
    calls.push(client.get(key));
    await expect.poll(() => held.length).toBe(calls.length);
  }
  for (const answer of held) answer();
  expect(await Promise.all(calls)).toEqual(['a', 'b', 'c', 'd']);
  expect(lookups).toBeLessThanOrEqual(3);
  expect(client.snapshot().nodes[0]).toMatchObject({ health: 'up', connections: 1 });
});
