import { expect, test } from 'vitest';
import { createClient } from '../../src/index.ts';
import { startServer } from '../../src/testing/index.ts';

test('a long tick has its first commands written before it ends', async () => {
  await using server = await startServer();
  await using client = createClient(server.endpoint);
  await client.set('key', 'value');
  const commands = 5_000;
  const calls = Array.from({ length: commands }, () => client.get('key'));
  // Counted within the tick that made the calls: each one weighs something while it waits.
  const [node] = client.snapshot().nodes;
  expect(node?.pending).toBe(commands);
  expect(node?.queuedBytes).toBeLessThan(commands * 32);
  expect(new Set(await Promise.all(calls))).toEqual(new Set(['value']));
});
