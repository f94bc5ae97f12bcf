import { describe, expect, test } from 'vitest';
import { AuthError, type ClientOptions, createClient, DiscoveryError } from '../../src/index.ts';
import { startMemcached } from '../../src/testing/cluster/memcached-process.ts';
import { startCluster, startServer } from '../../src/testing/index.ts';
import { opened } from '../harness/follow.ts';
import { startScripted } from '../harness/scripted-server.ts';

const AUTH = { username: 'ada', password: 'hunter2' } as const;
const WRONG = { username: 'ada', password: 'hunter3' } as const;

interface Place extends AsyncDisposable {
  readonly endpoint: string;
  /** Commands `set` that were taken, and items there are. */
  counts(): Promise<unknown>;
}

type Start = (auth: typeof AUTH | undefined) => Promise<Place>;

const startReal: Start = async (auth) => {
  const memcached = await startMemcached(auth);
  const endpoint = `127.0.0.1:${memcached.port}`;
  return {
    endpoint,
    counts: async () => countsIn([...(await opened(createClient(endpoint)).stats()).values()][0]),
    [Symbol.asyncDispose]: () => memcached.stop(),
  };
};

const startEmbedded: Start = async (auth) => {
  const server = await startServer(auth === undefined ? {} : { auth });
  return {
    endpoint: server.endpoint,
    counts: async () => countsIn(server.stats()),
    [Symbol.asyncDispose]: () => server.close(),
  };
};

function countsIn(stats: Readonly<Record<string, string>> | undefined): unknown {
  return { set: stats?.cmd_set, items: stats?.curr_items };
}

describe.each([
  ['memcached', startReal],
  ['embedded', startEmbedded],
] as const)('%s with a password', (_, start) => {
  test.each(['auto', 'meta', 'classic'] as const)(
    'is served to who knows it, in the dialect %s',
    async (protocol) => {
      await using server = await start(AUTH);
      const client = opened(createClient(server.endpoint, { auth: AUTH, protocol }));
      expect(await client.set('a', 1)).toBe(true);
      expect(await client.get('a')).toBe(1);
    },
  );

  const refused: readonly (readonly [string, ClientOptions, string])[] = [
    ['a wrong one', { auth: WRONG }, 'Server did not accept the username and password of the auth option'],
    ['none', {}, 'Server wants a username and password: set the auth option'],
  ];
  test.each(refused)('refuses %s, and says so at once', async (_name, options, message) => {
    await using server = await start(AUTH);
    const client = opened(createClient(server.endpoint, { requestTimeoutMs: 15_000, ...options }));
    const startedAt = performance.now();
    const failure = await client.get('a').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(AuthError);
    expect(failure).toMatchObject({ message, node: server.endpoint, operation: 'get' });
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    await expect(client.get('a')).rejects.toMatchObject({
      code: 'ERR_MEMFLEET_NODE_DOWN',
      message: expect.stringContaining(message),
    });
  });
});

describe.each([
  ['memcached', startReal],
  ['embedded', startEmbedded],
] as const)('%s without a password', (_, start) => {
  test('is not given one: it would store it, for everybody to read', async () => {
    await using server = await start(undefined);
    const client = opened(createClient(server.endpoint, { auth: AUTH }));
    expect(await client.get('auth')).toBeUndefined();
    expect(await client.get('a')).toBeUndefined();
    expect(await server.counts()).toEqual({ set: '0', items: '0' });
  });
});

test('a server that answers the question for a password with something else is not given one', async () => {
  for (const answer of ['ERROR Too many open connections\r\n', 'STORED\r\n']) {
    let said = '';
    await using server = await startScripted(() => undefined, {
      onConnect: ({ say, socket }) => {
        socket.setEncoding('latin1').on('data', (text: string) => {
          said += text;
          say(answer);
        });
      },
    });
    const client = opened(createClient(server.endpoint, { auth: AUTH }));
    await expect(client.get('a')).rejects.toThrow();
    expect(said).toBe('version\r\n');
  }
});

test('a cluster whose nodes want a password is discovered with it, and refuses another', async () => {
  await using cluster = await startCluster({ nodes: 2, engine: 'embedded', auth: AUTH });
  const target = { configurationEndpoint: cluster.configurationEndpoint };
  const { lookup } = cluster;
  const client = opened(createClient(target, { lookup, auth: AUTH }));
  expect(await client.set('a', 1)).toBe(true);
  await client.refresh();
  const wrong = opened(createClient(target, { lookup, auth: WRONG }));
  await expect(wrong.get('a')).rejects.toThrow(AuthError);
});

test('an endpoint that refuses the password is told of at once, as the cause', async () => {
  await using server = await startServer({ auth: AUTH });
  const client = opened(
    createClient({ configurationEndpoint: server.endpoint }, { auth: WRONG, requestTimeoutMs: 15_000 }),
  );
  const startedAt = performance.now();
  const failure = await client.get('a').catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(DiscoveryError);
  expect(failure).toMatchObject({
    message: `No configuration from ${server.endpoint}: Server did not accept the username and password of the auth option`,
    cause: expect.any(AuthError),
  });
  expect(performance.now() - startedAt).toBeLessThan(10_000);
});
