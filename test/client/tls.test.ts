import { describe, expect, test } from 'vitest';
import { type ClientOptions, ConnectionError, createClient, TlsError } from '../../src/index.ts';
import { startMemcached } from '../../src/testing/cluster/memcached-process.ts';
import { startServer } from '../../src/testing/index.ts';
import { opened } from '../harness/follow.ts';
import { startScripted } from '../harness/scripted-server.ts';
import { ca, cert, certFile, key, keyFile } from '../harness/tls.ts';

const CONNECT_MS = 500;

async function failureOf(target: string, options: ClientOptions): Promise<Error & { cause?: unknown }> {
  const client = opened(
    createClient(target, { connectTimeoutMs: CONNECT_MS, requestTimeoutMs: 5_000, ...options }),
  );
  const startedAt = performance.now();
  const error = await client.get('a').then(
    () => new Error('It was answered'),
    (reason: Error) => reason,
  );
  // It is told when the connection fails, not when the call would have run out of time.
  expect(performance.now() - startedAt).toBeLessThan(4_000);
  return error;
}

describe('a server with TLS', () => {
  test('is reached by who trusts its authority and calls it by its name', async () => {
    await using server = await startServer({ tls: { cert, key } });
    const client = opened(createClient(`localhost:${server.port}`, { tls: { ca } }));
    expect(await client.set('a', 1)).toBe(true);
    expect(await client.get('a')).toBe(1);
  });

  test('of an unknown authority is a TlsError', async () => {
    await using server = await startServer({ tls: { cert, key } });
    expect(await failureOf(`localhost:${server.port}`, { tls: true })).toBeInstanceOf(TlsError);
  });

  test('whose certificate is for another name is a TlsError', async () => {
    await using server = await startServer({ tls: { cert, key } });
    const lookup: ClientOptions['lookup'] = (_name, options, answer) =>
      options.all ? answer(null, [{ address: '127.0.0.1', family: 4 }]) : answer(null, '127.0.0.1', 4);
    const error = await failureOf(`elsewhere.example:${server.port}`, { tls: { ca }, lookup });
    expect(error).toBeInstanceOf(TlsError);
    expect(error.message).toContain('elsewhere.example');
  });

  test('and a client without it fail with what to change', async () => {
    await using server = await startServer({ tls: { cert, key } });
    const error = await failureOf(`localhost:${server.port}`, {});
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error.message).toContain('set the tls option');
  });
});

test('a TLS alert in answer to a plain client is a TlsError', async () => {
  const alert = Buffer.from([0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46]);
  await using server = await startScripted(() => undefined, {
    onConnect: ({ socket }) => socket.once('data', () => socket.write(alert)),
  });
  const error = await failureOf(server.endpoint, {});
  expect(error).toBeInstanceOf(TlsError);
  expect(error.message).toContain('set the tls option');
});

test('a plain server and a client with TLS fail with a TlsError', async () => {
  await using server = await startServer();
  expect(await failureOf(`localhost:${server.port}`, { tls: { ca } })).toBeInstanceOf(TlsError);
});

test('a port where nobody listens is a ConnectionError, with TLS too', async () => {
  const server = await startServer();
  await server.close();
  const error = await failureOf(server.endpoint, { tls: { ca } });
  expect(error).toBeInstanceOf(ConnectionError);
  expect(error).not.toBeInstanceOf(TlsError);
});

test.each(['binary', 'meta', 'classic'] as const)(
  'a batch that takes several TLS records is answered to its end: %s',
  async (protocol) => {
    const { port, stop } = await startMemcached(undefined, [
      '-Z',
      '-o',
      `ssl_chain_cert=${certFile},ssl_key=${keyFile}`,
    ]);
    try {
      const client = opened(
        createClient(`localhost:${port}`, { protocol, tls: { ca }, requestTimeoutMs: 5_000 }),
      );
      // In the binary dialect 744 frames of 44 bytes and one of 24: two records of 16 KB, but for 8 bytes. Of the
      // second, memcached reads 16 bytes less at first, those of the frame that the first one ended in.
      const keys = Array.from({ length: 744 }, (_, i) => `${i}`.padEnd(20, '.'));
      await client.set(keys[743] as string, 'last');
      expect(await client.getMany(keys)).toEqual(new Map([[keys[743], 'last']]));
    } finally {
      await stop();
    }
  },
);
