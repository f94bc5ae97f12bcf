import { expect, test } from 'vitest';
import { createClient, TimeoutError } from '../../src/index.ts';
import { opened } from '../harness/follow.ts';
import { startScripted } from '../harness/scripted-server.ts';

const TIMEOUT_MS = 1_000;

test('a batch that is sent anew, its node gone, ends when it would have ended', async () => {
  await using silent = await startScripted(() => undefined, { onConnect: () => undefined });
  await using mute = await startScripted(() => undefined);
  let nodes = [silent.endpoint];
  const client = opened(
    createClient({ topology: () => ({ nodes }) }, { protocol: 'classic', connectTimeoutMs: 10_000 }),
  );
  await client.ready();
  const startedAt = performance.now();
  const outcome = client.getMany(['a', 'b'], { timeoutMs: TIMEOUT_MS }).catch((error: unknown) => error);
  await new Promise((resolve) => setTimeout(resolve, TIMEOUT_MS * 0.7));
  nodes = [mute.endpoint];
  await client.refresh();
  await expect.poll(() => mute.asked.length).toBe(1);
  expect(await outcome).toBeInstanceOf(TimeoutError);
  expect(performance.now() - startedAt).toBeLessThan(TIMEOUT_MS * 1.5);
});

test('an empty value is found, though the connection breaks before it was asked what it is', async () => {
  await using server = await startScripted((connection, { line }) => {
    const [verb, ...keys] = line.split(' ');
    if (verb === 'mg') connection.say('VA 0 f0\r\n\r\n');
    else if (connection.index === 0) {
      connection.say(`VALUE ${keys[0]} 0 0\r\n\r\n`);
      setTimeout(() => connection.socket.destroy(), 20);
    } else connection.say(`${keys.map((key) => `VALUE ${key} 0 0\r\n\r\n`).join('')}END\r\n`);
  });
  const client = opened(createClient(server.endpoint, { protocol: 'meta', failover: 'next' }));
  const found = await client.getMany(['a', 'b']);
  expect([...found]).toEqual([
    ['a', ''],
    ['b', ''],
  ]);
});
