/** What clients of memcached do more often than they need: each once a command, a byte or a key here. */
import { Socket } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { ReplyParser } from '../../src/protocol/reply-parser.ts';
import { ValueReply } from '../../src/protocol/value-reply.ts';
import { startServer } from '../../src/testing/index.ts';
import { clientOf } from '../harness/client-of.ts';
import { startScripted } from '../harness/scripted-server.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const KEYS = Array.from({ length: 2_000 }, (_, i) => `key:${i}`);

describe.each(['classic', 'meta'] as const)('%s', (protocol) => {
  test('the commands of one turn are one write', async () => {
    await using server = await startServer();
    const client = clientOf(server, { protocol });
    await client.get('a');
    const write = vi.spyOn(Socket.prototype, 'write');
    const port = client.nodeFor('a').port;
    await Promise.all(KEYS.slice(0, 100).map((key) => client.get(key)));
    const written = write.mock.contexts.filter((socket) => (socket as Socket).remotePort === port);
    expect(written).toHaveLength(1);
  });

  test('each byte is parsed once, however many commands are in flight', async () => {
    await using server = await startServer();
    const client = clientOf(server, { protocol });
    await client.setMany(KEYS.map((key) => [key, 'x'.repeat(100)] as const));
    const before = client.snapshot().nodes[0]?.bytesRead ?? 0;
    const push = vi.spyOn(ReplyParser.prototype, 'push');
    expect(await Promise.all(KEYS.map((key) => client.get(key)))).toHaveLength(KEYS.length);
    const parsed = push.mock.calls.reduce((sum, [chunk, length]) => sum + (length ?? chunk.length), 0);
    expect(parsed).toBe((client.snapshot().nodes[0]?.bytesRead ?? 0) - before);
  });

  test('a key of a batch is compared once, hit or miss', async () => {
    await using server = await startServer();
    const client = clientOf(server, { protocol });
    const stored = KEYS.filter((_, i) => i % 3 === 0);
    await client.setMany(stored.map((key) => [key, 1] as const));
    const hasKey = vi.spyOn(ValueReply.prototype, 'hasKey');
    expect((await client.getMany(KEYS)).size).toBe(stored.length);
    expect(hasKey.mock.calls.length).toBeLessThanOrEqual(KEYS.length);
  });

  test('a batch is one command a node, as long as its line is not too long', async () => {
    await using server = await startScripted((connection) => connection.say('END\r\n'));
    const client = clientOf(server, { protocol });
    await client.getMany(KEYS.slice(0, 1_000));
    expect(server.asked).toHaveLength(1);
    await client.getMany(KEYS);
    for (const { line } of server.asked) expect(line.length).toBeLessThanOrEqual(16_384);
  });
});
