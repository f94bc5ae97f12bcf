/** How a client of the binary dialect greets: SASL where it is asked for, and a clear word where it cannot go on. */
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import {
  AuthError,
  type ClientOptions,
  ConnectionLimitError,
  createClient,
  DiscoveryError,
  ProtocolError,
  TimeoutError,
} from '../../src/index.ts';
import { startMemcached } from '../../src/testing/cluster/memcached-process.ts';
import { startServer } from '../../src/testing/index.ts';
import { opened } from '../harness/follow.ts';
import { startSasl } from '../harness/sasl.ts';
import { type AskedFrame, goodFrame, OPCODES, startScriptedBinary } from '../harness/scripted-binary.ts';
import { startScripted } from '../harness/scripted-server.ts';
import { certFile, keyFile } from '../harness/tls.ts';

const USER = { username: 'ada@memfleet', password: 'hunter2 and more' } as const;
const AUTH = { ...USER, mechanism: 'plain' } as const;
const CREDENTIALS = `\0${USER.username}\0${USER.password}`;
const CONFIG_GET = 0x60;

async function failureOf(endpoint: string, options: ClientOptions): Promise<unknown> {
  const client = opened(createClient(endpoint, { requestTimeoutMs: 15_000, ...options }));
  const startedAt = performance.now();
  const failure = await client.get('a').catch((error: unknown) => error);
  expect(performance.now() - startedAt, 'when the connection fails, not the call').toBeLessThan(10_000);
  return failure;
}

describe('memcached with SASL', () => {
  test('is served to who knows the password', async () => {
    await using server = await startSasl(USER);
    for (const options of [{ auth: AUTH }, { auth: USER, protocol: 'binary' }] as const) {
      const client = opened(createClient(server.endpoint, { ...options, connectionsPerNode: 2 }));
      expect(await client.set('a', 1)).toBe(true);
      expect(await client.set('b', 2)).toBe(true);
      const calls = [client.get('a'), client.get('b'), client.getMany(['b', 'c', 'a'])];
      const both = [
        ['b', 2],
        ['a', 1],
      ] as const;
      expect(await Promise.all(calls)).toEqual([1, 2, new Map(both)]);
    }
  });

  test.each<readonly [string, ClientOptions, string]>([
    [
      'a wrong password',
      { auth: { ...AUTH, password: 'hunter3' } },
      'Server did not accept the username and password of the auth option',
    ],
    ['none', { protocol: 'binary' }, 'Server wants a username and password: set the auth option'],
  ])('refuses %s, and says so at once', async (_, options, message) => {
    await using server = await startSasl(USER);
    const failure = await failureOf(server.endpoint, options);
    expect(failure).toBeInstanceOf(AuthError);
    expect(failure).toMatchObject({ message, node: server.endpoint, operation: 'get' });
  });

  test('that does not take PLAIN is given no password', async () => {
    await using server = await startSasl(USER, 'cram-md5');
    const failure = await failureOf(server.endpoint, { auth: AUTH });
    expect(failure).toBeInstanceOf(AuthError);
    expect(failure).toMatchObject({ message: expect.stringContaining('does not take SASL PLAIN') });
  });

  test('says nothing to a client that speaks text, which is told what it may be', async () => {
    await using server = await startSasl(USER);
    const failure = await failureOf(server.endpoint, { connectTimeoutMs: 300 });
    expect(failure).toBeInstanceOf(TimeoutError);
    expect(failure).toMatchObject({
      message: expect.stringContaining("if it wants SASL, set auth.mechanism: 'plain'"),
    });
  });
});

test('a server without SASL is not given a password', async () => {
  await using server = await startScriptedBinary(goodFrame);
  const client = opened(createClient(server.endpoint, { auth: AUTH }));
  expect(await client.get('a')).toBe('value of a');
  expect(server.asked.map(({ opcode }) => opcode)).toEqual([
    OPCODES.mechanisms,
    OPCODES.noop,
    OPCODES.version,
    OPCODES.get,
  ]);
  expect(server.asked.map(({ value }) => value).join('')).not.toContain(USER.password);
});

test('a real memcached without SASL serves a client that has a password', async () => {
  await using server = await startMemcachedAt();
  const client = opened(createClient(server.endpoint, { auth: AUTH }));
  expect(await client.set('a', 1)).toBe(true);
});

describe('a server that answers the question for its mechanisms', () => {
  test.each<readonly [string, (asked: AskedFrame) => Buffer, string]>([
    ['with a refusal', ({ reply }) => reply({ status: 0x20 }), 'ERR_MEMFLEET_AUTH'],
    ['with an error', ({ reply }) => reply({ status: 0x84 }), 'ERR_MEMFLEET_CONNECTION'],
    ['with nothing', ({ reply }) => reply(), 'ERR_MEMFLEET_AUTH'],
    ['with a miss', ({ reply }) => reply({ status: 1 }), 'ERR_MEMFLEET_PROTOCOL'],
    ['to somebody else', ({ opaque, reply }) => reply({ opaque: opaque + 1 }), 'ERR_MEMFLEET_PROTOCOL'],
  ])('%s is not given a password', async (_, answer, code) => {
    await using server = await startScriptedBinary(answer);
    expect(await failureOf(server.endpoint, { auth: AUTH })).toMatchObject({ code });
    expect(server.asked.map(({ opcode }) => opcode)).toEqual([OPCODES.mechanisms]);
  });

  test('and wants to go on talking of the password does not get far', async () => {
    await using server = await startScriptedBinary((asked) => {
      if (asked.opcode === OPCODES.mechanisms) return asked.reply({ value: 'SCRAM-SHA-1 plain' });
      return asked.opcode === OPCODES.auth ? asked.reply({ status: 0x21 }) : goodFrame(asked);
    });
    expect(await failureOf(server.endpoint, { auth: AUTH })).toBeInstanceOf(AuthError);
    expect(server.asked[1]).toMatchObject({ opcode: OPCODES.auth, key: 'PLAIN', value: CREDENTIALS });
  });
});

test.each([
  ['auth', OPCODES.auth],
  ['no-op', OPCODES.noop],
  ['version', OPCODES.version],
])('a server that answers the %s of a greeting with a miss is no memcached', async (_, opcode) => {
  await using server = await startScriptedBinary((asked) => {
    if (asked.opcode === opcode) return asked.reply({ status: 1 });
    return asked.opcode === OPCODES.mechanisms ? asked.reply({ value: 'PLAIN' }) : goodFrame(asked);
  });
  expect(await failureOf(server.endpoint, { auth: AUTH })).toBeInstanceOf(ProtocolError);
});

describe('a server that speaks nothing but the binary protocol', () => {
  test.each<readonly [string, ClientOptions]>([
    ['a password', { auth: { username: 'ada', password: 'hunter2' } }],
    ['none', {}],
  ])('is told from others by its silence: with %s', async (_, options) => {
    await using server = await startMemcachedAt(['-B', 'binary']);
    const failure = await failureOf(server.endpoint, { ...options, connectTimeoutMs: 300 });
    expect(failure).toBeInstanceOf(TimeoutError);
    expect(failure).toMatchObject({
      message: expect.stringContaining(
        "if it speaks the binary protocol alone, set protocol: 'binary', else check",
      ),
    });
    expect(await opened(createClient(server.endpoint, { protocol: 'binary' })).set('a', 1)).toBe(true);
  });
});

describe('a server that does not speak the binary protocol', () => {
  const text = /^Server answers in text: it does not speak the binary protocol/;

  test.each<readonly [string, ClientOptions]>([
    ['a password', { auth: AUTH }],
    ['none', { protocol: 'binary' }],
  ])('is told from others at once: with %s', async (_, options) => {
    await using ascii = await startMemcachedAt(['-B', 'ascii']);
    await using withPassword = await startMemcachedAt([], { username: 'ada', password: 'hunter2' });
    await using embedded = await startServer();
    for (const { endpoint } of [ascii, withPassword, embedded]) {
      const failure = await failureOf(endpoint, options);
      expect(failure).toBeInstanceOf(ProtocolError);
      expect(failure).toMatchObject({ message: expect.stringMatching(text) });
    }
  });

  test('an HTTP server', async () => {
    const server = createHttpServer();
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const { port } = server.address() as AddressInfo;
    const failure = await failureOf(`127.0.0.1:${port}`, { protocol: 'binary' });
    expect(failure).toMatchObject({ message: 'An HTTP server answers at that address: check host and port' });
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });

  test.each<readonly [string, ClientOptions]>([
    ['a password', { auth: AUTH }],
    ['none', { protocol: 'binary' }],
  ])("memcached's port for TLS, with %s", async (_, options) => {
    await using server = await startMemcachedAt([
      '-Z',
      '-o',
      `ssl_chain_cert=${certFile},ssl_key=${keyFile}`,
    ]);
    const failure = await failureOf(server.endpoint, { ...options, connectTimeoutMs: 300 });
    expect(failure).toMatchObject({ message: expect.stringMatching(/set the tls option/) });
  });

  test('one that has no room is told from it', async () => {
    await using server = await startScripted(() => undefined, {
      onConnect: ({ say }) => say('ERROR Too many open connections\r\n'),
    });
    expect(await failureOf(server.endpoint, { protocol: 'binary' })).toBeInstanceOf(ConnectionLimitError);
  });
});

describe('a configuration endpoint with SASL', () => {
  /** One that is its only node. */
  async function startEndpoint(configured: boolean): ReturnType<typeof startScriptedBinary> {
    const authenticated = new WeakSet<object>();
    const server = await startScriptedBinary((asked, socket) => {
      const { key, opcode, reply, value } = asked;
      if (opcode === OPCODES.mechanisms) return reply({ value: 'PLAIN' });
      if (opcode === OPCODES.auth && value === CREDENTIALS) authenticated.add(socket);
      if (!authenticated.has(socket)) return reply({ status: 0x20 });
      if (opcode !== CONFIG_GET || key !== 'cluster') return goodFrame(asked);
      const port = server.endpoint.split(':')[1];
      const payload = `1\nnode.example|127.0.0.1|${port}\n`;
      return configured ? reply({ extras: Buffer.alloc(4), value: payload }) : reply({ status: 0x81 });
    });
    return server;
  }

  const lookup: ClientOptions['lookup'] = (_name, _options, answer) =>
    answer(null, [{ address: '127.0.0.1', family: 4 }]);

  test('is asked in the binary dialect', async () => {
    await using server = await startEndpoint(true);
    const client = opened(createClient({ configurationEndpoint: server.endpoint }, { auth: AUTH, lookup }));
    expect(await client.get('a')).toBe('value of a');
    expect(client.snapshot().nodes.map(({ id }) => id)).toEqual([
      server.endpoint.replace('127.0.0.1', 'node.example'),
    ]);
  });

  test('that does not know what it is asked is no endpoint, or used as the one server', async () => {
    await using server = await startEndpoint(false);
    const target = { configurationEndpoint: server.endpoint };
    const client = opened(createClient(target, { auth: AUTH, requestTimeoutMs: 15_000 }));
    const failure = await client.get('a').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DiscoveryError);
    expect(failure).toMatchObject({ message: expect.stringContaining('(it said ERROR)') });
    const discovery = { ignoreClusterErrors: true };
    expect(await opened(createClient(target, { auth: AUTH, discovery })).get('a')).toBe('value of a');
  });
});

async function startMemcachedAt(
  args: readonly string[] = [],
  auth?: { readonly username: string; readonly password: string },
): Promise<AsyncDisposable & { readonly endpoint: string }> {
  const { port, stop } = await startMemcached(auth, args);
  return { endpoint: `127.0.0.1:${port}`, [Symbol.asyncDispose]: stop };
}
