/** Clients pointed at what they should not be: each is told in time what is wrong, and what to do. */
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import {
  type ClientOptions,
  ConnectionError,
  createClient,
  DiscoveryError,
  ProtocolError,
  type Target,
  TimeoutError,
  TlsError,
} from '../../src/index.ts';
import { startMemcached } from '../../src/testing/cluster/memcached-process.ts';
import { opened } from '../harness/follow.ts';
import { ca, certFile, keyFile } from '../harness/tls.ts';

interface Place {
  readonly port: number;
  stop(): Promise<unknown>;
}

async function listening(server: Server): Promise<Place> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return { port: (server.address() as AddressInfo).port, stop };
}

/** Answers whatever it is asked with this. */
function saying(text: string): Server {
  return createServer((socket) => {
    socket.on('data', () => socket.write(text));
  });
}

async function nobody(): Promise<Place> {
  const place = await listening(createServer());
  await place.stop();
  return place;
}

const memcachedWithTls = (): Promise<Place> =>
  startMemcached(undefined, ['-Z', '-o', `ssl_chain_cert=${certFile},ssl_key=${keyFile}`]);

interface Misdirection {
  readonly what: string;
  readonly start: () => Promise<Place>;
  readonly tls?: { ca: string };
  readonly error: new (...args: never[]) => Error;
  readonly message: RegExp;
}

const misdirections: readonly Misdirection[] = [
  {
    what: 'a port where nobody listens',
    start: nobody,
    error: ConnectionError,
    message: /ECONNREFUSED, nobody listens at that address and port/,
  },
  {
    what: 'a port where nobody listens, with TLS',
    start: nobody,
    tls: { ca },
    error: ConnectionError,
    message: /ECONNREFUSED, nobody listens at that address and port/,
  },
  {
    what: 'a server that says nothing',
    start: () => listening(createServer()),
    error: TimeoutError,
    message:
      /No reply within 300 ms \(connect\): connected, but the server says nothing; if it speaks TLS, set the tls option/,
  },
  {
    what: 'a server that says nothing, with TLS',
    start: () => listening(createServer()),
    tls: { ca },
    error: TimeoutError,
    message:
      /\(connect\): connected, but the TLS handshake is not answered; if the server does not speak TLS, leave the tls option out/,
  },
  {
    what: 'a server that hangs up',
    start: () => listening(createServer((socket) => socket.destroy())),
    error: ConnectionError,
    message: /before it answered; if it speaks TLS, set the tls option/,
  },
  {
    what: 'a server that hangs up, with TLS',
    start: () => listening(createServer((socket) => socket.end())),
    tls: { ca },
    error: ConnectionError,
    message: /in the TLS handshake; if it does not speak TLS, leave the tls option out/,
  },
  {
    what: 'an HTTP server',
    start: () => listening(createHttpServer()),
    error: ProtocolError,
    message: /An HTTP server answers at that address: check host and port/,
  },
  {
    what: 'an HTTP server, with TLS',
    start: () => listening(createHttpServer()),
    tls: { ca },
    error: TlsError,
    message: /the server answers without TLS: leave the tls option out/,
  },
  {
    what: 'a Redis',
    start: () => listening(saying("-ERR unknown command 'version'\r\n")),
    error: ProtocolError,
    message: /Something that is no memcached answers at that address: check host and port/,
  },
  {
    what: 'a server that greets first',
    start: () => listening(createServer((socket) => socket.write('220 mail.example ESMTP\r\n'))),
    error: ProtocolError,
    message: /Something that is no memcached answers at that address/,
  },
  {
    what: "memcached's port for TLS",
    start: memcachedWithTls,
    error: ConnectionError,
    message: /if it speaks TLS, set the tls option/,
  },
  {
    what: "memcached's port without TLS, with TLS",
    start: () => startMemcached(),
    tls: { ca },
    error: TlsError,
    message: /the server answers without TLS: leave the tls option out, or use the server's port for TLS/,
  },
];

const CONNECT_MS = 300;

async function failureOf(target: Target, options: ClientOptions): Promise<Error> {
  const client = opened(createClient(target, { connectTimeoutMs: CONNECT_MS, ...options }));
  return client.get('a').then(
    () => {
      throw new Error('It was answered');
    },
    (reason: Error) => reason,
  );
}

describe.each(misdirections)('$what', ({ start, tls, error, message }) => {
  const options: ClientOptions = tls === undefined ? {} : { tls };

  test('given as a server', async () => {
    const place = await start();
    const startedAt = performance.now();
    const failure = await failureOf(`127.0.0.1:${place.port}`, { requestTimeoutMs: 15_000, ...options });
    expect(failure).toBeInstanceOf(error);
    expect(failure.message).toMatch(message);
    expect(performance.now() - startedAt, 'when the connection fails, not the call').toBeLessThan(10_000);
    await place.stop();
  });

  test('given as a configuration endpoint', async () => {
    const place = await start();
    const target = { configurationEndpoint: `127.0.0.1:${place.port}` };
    const failure = await failureOf(target, { requestTimeoutMs: 1_000, ...options });
    expect(failure).toBeInstanceOf(DiscoveryError);
    expect(failure.message).toMatch(message);
    expect(failure.message).toContain(target.configurationEndpoint);
    await place.stop();
  });
});

test('a plain memcached, given as a configuration endpoint', async () => {
  const memcached = await startMemcached();
  const target = { configurationEndpoint: `127.0.0.1:${memcached.port}` };
  const startedAt = performance.now();
  const failure = await failureOf(target, { requestTimeoutMs: 15_000 });
  expect(failure).toBeInstanceOf(DiscoveryError);
  expect(failure.message).toBe(
    `${target.configurationEndpoint} does not answer config get cluster (it said ERROR): it is no configuration ` +
      'endpoint. Give its servers as fixed servers, or set ignoreClusterErrors to use it as the one server',
  );
  expect(performance.now() - startedAt, 'at once').toBeLessThan(10_000);
  await memcached.stop();
});

test('a call in more of a hurry than the connection is told the same', async () => {
  const place = await listening(createServer());
  const failure = await failureOf(`127.0.0.1:${place.port}`, {
    connectTimeoutMs: 5_000,
    requestTimeoutMs: 100,
  });
  expect(failure).toBeInstanceOf(TimeoutError);
  expect(failure.message).toMatch(
    /^No reply within 100 ms \(request\): connected, but the server says nothing/,
  );
  await place.stop();
});
