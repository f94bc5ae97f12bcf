import { expect, test } from 'vitest';
import { createClient } from '../../src/index.ts';
import { follow, opened, small } from '../harness/follow.ts';
import { startScripted } from '../harness/scripted-server.ts';

/** As a garbage collection, a debugger or a frozen container does: nothing runs meanwhile. */
function pauseProcess(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

test('a pause of the process while it connects is not the silence of the server', async () => {
  await using server = await startScripted(({ value }, { key }) => value(key, 'here'));
  const client = opened(
    createClient(server.endpoint, { protocol: 'classic', connectTimeoutMs: 100, requestTimeoutMs: 5_000 }),
  );
  const call = client.get('a');
  setImmediate(() => pauseProcess(600));
  expect(await call).toBe('here');
  expect(server.connections).toHaveLength(1);
});

test('a pause of the process marks no node down, and fails no look', async () => {
  await using cluster = await small(3);
  const client = follow(cluster, {
    connectTimeoutMs: 100,
    requestTimeoutMs: 100,
    discovery: { timeoutMs: 100 },
  });
  const events: string[] = [];
  for (const event of ['nodeDown', 'discoveryError'] as const) client.on(event, () => events.push(event));
  await client.ready({ timeoutMs: 5_000 });
  await client.version({ timeoutMs: 5_000 });
  for (let i = 0; i < 3; i++) {
    const versions = client.version({ timeoutMs: 5_000 });
    const look = client.refresh();
    setImmediate(() => pauseProcess(500));
    await Promise.all([versions, look]);
  }
  expect(events).toEqual([]);
  for (const node of client.snapshot().nodes)
    expect(node).toMatchObject({ health: 'up', connectionsOpened: 1 });
});
