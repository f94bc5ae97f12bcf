import { expect, test } from 'vitest';
import { createClient } from '../../src/index.ts';
import { formatConfigReply } from '../../src/protocol/index.ts';
import { opened } from '../harness/follow.ts';
import { startScripted } from '../harness/scripted-server.ts';

test('of Memorystore the endpoint alone is asked for the nodes, and never sent data', async () => {
  await using node = await startScripted(({ say, value }, { line, key }) => {
    if (line.startsWith('get ')) value(key, 'here');
    else say('ERROR\r\n');
  });
  const port = Number(node.endpoint.split(':')[1]);
  const nodes = [{ hostname: '127.0.0.1', address: '127.0.0.1', port }];
  await using endpoint = await startScripted(({ say }, { line }) => {
    say(line === 'config get cluster' ? formatConfigReply({ version: 1n, nodes }, 'config') : 'ERROR\r\n');
  });

  const client = opened(
    createClient(endpoint.endpoint, { protocol: 'classic', discovery: { mode: 'memorystore' } }),
  );
  for (let i = 0; i < 6; i++) {
    expect(await client.get(`key:${i}`)).toBe('here');
    await client.refresh();
  }
  expect(endpoint.asked.map(({ line }) => line)).toEqual(new Array(7).fill('config get cluster'));
  expect(node.asked).toHaveLength(6);
});

test('of Memorystore nodes are dialled by their addresses, whatever they are called', async () => {
  await using node = await startScripted(({ value }, { key }) => value(key, 'here'));
  const port = Number(node.endpoint.split(':')[1]);
  const nodes = [{ hostname: 'no-such-name.example', address: '127.0.0.1', port }];
  await using endpoint = await startScripted(({ say }) => {
    say(formatConfigReply({ version: 1n, nodes }, 'config'));
  });
  const client = opened(
    createClient(endpoint.endpoint, {
      protocol: 'classic',
      discovery: { mode: 'memorystore' },
      lookup: (_name, _options, answer) => answer(new Error('Nothing is to be resolved'), []),
    }),
  );
  expect(await client.get('a')).toBe('here');
});
