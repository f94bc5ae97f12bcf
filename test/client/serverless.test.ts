import { describe, expect, onTestFinished, test } from 'vitest';
import { type ClientOptions, createCache, createClient, ServerError } from '../../src/index.ts';
import { MAX_GET_LINE_BYTES } from '../../src/protocol/index.ts';
import { startServer } from '../../src/testing/index.ts';
import { Authority } from '../harness/authority.ts';
import { opened } from '../harness/follow.ts';
import { startScripted } from '../harness/scripted-server.ts';

const NAME = 'cache-abc123.serverless.use1.cache.test';

const lookup: ClientOptions['lookup'] = (_name, _options, answer) =>
  answer(null, [{ address: '127.0.0.1', family: 4 }]);

describe('ElastiCache Serverless, known by its name', () => {
  test('is one server, with TLS and without discovery', async () => {
    const authority = new Authority();
    await using server = await startServer({ tls: authority.issue(NAME) });
    const endpoint = `${NAME}:${server.port}`;
    // Its authority is a public one; here a test's own has to stand in.
    const tls = { ca: authority.ca };
    const client = opened(createClient(endpoint, { lookup, tls }));
    expect(await client.set('a', 1)).toBe(true);
    expect(client.topology).toMatchObject({ source: { kind: 'static' }, nodes: [{ id: endpoint }] });
    expect(client.snapshot().discovery).toBeUndefined();

    const cache = createCache({ backend: 'elasticache', location: endpoint, options: { lookup, tls } });
    await cache.set('b', 2);
    expect(await cache.get('b')).toBe(2);
    await cache.close();
  });

  test('is asked with TLS where nothing is said of it', async () => {
    let first: Buffer | undefined;
    await using server = await startScripted(() => undefined, {
      onConnect: ({ socket }) => {
        socket.once('data', (bytes: Buffer) => {
          first = bytes;
          socket.destroy();
        });
      },
    });
    const client = opened(createClient(`${NAME}:${server.endpoint.split(':')[1]}`, { lookup }));
    await expect(client.get('a')).rejects.toThrow(/TLS/);
    // A TLS record that begins a handshake (RFC 8446, 5.1).
    expect(first?.[0]).toBe(0x16);
  });

  test('is reached without TLS where that is said: through a tunnel that has it', async () => {
    await using server = await startServer();
    const client = opened(createClient(`${NAME}:${server.port}`, { lookup, tls: false }));
    expect(await client.set('a', 1)).toBe(true);
  });

  test('is sent lines of at most 16 KB, and refuses to be flushed later without harm', async () => {
    await using server = await startScripted(({ say }, { line }) => {
      if (line.startsWith('flush_all ')) say('CLIENT_ERROR delayed flush is not supported\r\n');
      else if (line.startsWith('get ')) say('END\r\n');
      else say('OK\r\n');
    });
    const client = opened(
      createClient(`${NAME}:${server.endpoint.split(':')[1]}`, { lookup, tls: false, protocol: 'classic' }),
    );
    await client.getMany(Array.from({ length: 2_000 }, (_, i) => `a-key-of-some-length:${i}`));
    const lines = server.asked.map(({ line }) => line);
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(MAX_GET_LINE_BYTES + 'get \r\n'.length);

    const failure = await client.flushAll({ delay: 30 }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ServerError);
    expect(failure).toMatchObject({ status: 'CLIENT_ERROR', operation: 'flushAll' });
    await client.flushAll();
    expect(server.connections).toHaveLength(1);
    onTestFinished(() => client.close());
  });
});
