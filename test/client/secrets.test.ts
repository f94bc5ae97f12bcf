import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import {
  type ClientOptions,
  createCache,
  createClient,
  type MemcachedClient,
  MemfleetError,
  type Target,
} from '../../src/index.ts';
import { startServer } from '../../src/testing/index.ts';
import { opened } from '../harness/follow.ts';
import { startSasl } from '../harness/sasl.ts';
import { ca, cert, key } from '../harness/tls.ts';

const SECRET = 'hunter2';
const AUTH = { username: 'ada', password: SECRET } as const;
/** Of the private key, and of what callers store. */
const HIDDEN = [SECRET, key.split('\n')[1] as string, 'secret-key', 'secret-value'];

/** Everything that a program might print of something. */
function printed(subject: unknown): string {
  const bigints = (_name: string, value: unknown): unknown =>
    typeof value === 'bigint' ? `${value}` : value;
  const parts = [
    String(subject),
    inspect(subject),
    inspect(subject, { depth: Number.POSITIVE_INFINITY, getters: true }),
  ];
  // What the platform throws may be circular.
  if (!(subject instanceof Error) || subject instanceof MemfleetError)
    parts.push(JSON.stringify(subject, bigints));
  return parts.join('\n');
}

/** Of an error all that hangs on it: causes, and its stack. */
function chain(error: unknown): string {
  const parts: string[] = [];
  for (let each = error; each instanceof Error; each = each.cause) {
    parts.push(printed(each), each.message, each.stack ?? '');
    if (each instanceof AggregateError) parts.push(...each.errors.map(printed));
  }
  return parts.join('\n');
}

function expectHidden(text: string): void {
  expect(text.length).toBeGreaterThan(0);
  for (const hidden of HIDDEN) expect(text).not.toContain(hidden);
}

/** What every call of a client that fails rejects with, and every event tells. */
async function failuresOf(client: MemcachedClient): Promise<unknown[]> {
  const failures: unknown[] = [];
  for (const event of ['error', 'discoveryError'] as const) client.on(event, (error) => failures.push(error));
  client.on('nodeDown', (event) => failures.push(event.error));
  const calls = [
    () => client.get('secret-key'),
    () => client.set('secret-key', 'secret-value'),
    () => client.getMany(['secret-key', 'other']),
    () => client.setMany({ 'secret-key': 'secret-value' }),
    () => client.refresh(),
    () => client.ready({ timeoutMs: 50 }),
  ];
  for (const call of calls) await call().catch((error: unknown) => failures.push(error));
  return failures;
}

const options: ClientOptions = { auth: AUTH, requestTimeoutMs: 300, connectTimeoutMs: 200 };

describe('a password, private key, key and value are in no error, event, or print of a client', () => {
  test('that a server refuses', async () => {
    await using server = await startServer({ auth: { username: 'ada', password: 'another' } });
    const client = opened(createClient(server.endpoint, options));
    const failures = await failuresOf(client);
    expect(failures.some((error) => error instanceof MemfleetError)).toBe(true);
    expectHidden(failures.map(chain).join('\n'));
    expectHidden(printed(client));
    expectHidden(printed(client.snapshot()));
  });

  test('that a server with SASL refuses', async () => {
    await using server = await startSasl({ username: 'ada@memfleet', password: 'another' });
    const auth = { username: 'ada@memfleet', password: SECRET, mechanism: 'plain' } as const;
    const client = opened(createClient(server.endpoint, { ...options, auth }));
    const failures = await failuresOf(client);
    expect(failures).toContainEqual(expect.objectContaining({ code: 'ERR_MEMFLEET_AUTH' }));
    expectHidden(failures.map(chain).join('\n'));
    expectHidden(printed(client));
    expectHidden(printed(client.snapshot()));
  });

  test.each<readonly [string, Target]>([
    ['a server', '127.0.0.1:1'],
    ['a URL', `memcached://ada:${SECRET}@127.0.0.1:1`],
    ['an endpoint', { configurationEndpoint: '127.0.0.1:1' }],
  ])('of %s that is not there', async (_, target) => {
    const client = opened(
      createClient(target, typeof target === 'string' && target.includes('@') ? {} : options),
    );
    const failures = await failuresOf(client);
    expect(failures.length).toBeGreaterThan(0);
    expectHidden(failures.map(chain).join('\n'));
    expectHidden(printed(client));
  });

  test('whose TLS cannot be set up', async () => {
    await using server = await startServer({ tls: { cert, key } });
    const client = opened(
      createClient(`elsewhere.example:${server.port}`, {
        ...options,
        tls: { ca, cert, key, passphrase: SECRET },
        lookup: (_name, _options, answer) => answer(null, [{ address: '127.0.0.1', family: 4 }]),
      }),
    );
    const failures = await failuresOf(client);
    expect(failures).toContainEqual(expect.objectContaining({ code: 'ERR_MEMFLEET_TLS' }));
    expectHidden(failures.map(chain).join('\n'));
    expectHidden(printed(client));
  });

  test('that was given what it cannot use', () => {
    const attempts = [
      () => createClient(`memcached://ada:${SECRET}%zz@h`),
      () => createClient(`ada:${SECRET}@h:1`),
      () => createClient('h', { auth: { username: 'a b', password: SECRET } }),
      () => createClient('h', { auth: { username: 'ada', password: `${SECRET}\n` } }),
      () => createClient('h', { auth: { ...AUTH, mechanism: 'plain' }, protocol: 'meta' }),
      () => createClient('h', { auth: { ...AUTH, password: `${SECRET}\0`, mechanism: 'plain' } }),
      () => createClient('h', { tls: { key: `${key.slice(0, 60)}${SECRET}`, cert } }),
      () =>
        createCache({ backend: 'memcached', location: 'h', options: { auth: { ...AUTH, username: '' } } }),
    ];
    for (const attempt of attempts) {
      let failure: unknown;
      try {
        attempt();
      } catch (error) {
        failure = error;
      }
      expect(failure).toMatchObject({ code: 'ERR_MEMFLEET_INVALID_CACHE_CONFIG' });
      expectHidden(chain(failure));
    }
  });

  test('of a cache on such a client', async () => {
    const cache = createCache({ backend: 'memcached', location: '127.0.0.1:1', options });
    const failure = await cache.get('secret-key').catch((error: unknown) => error);
    expectHidden(chain(failure));
    expectHidden(printed(cache));
    await cache.close();
  });
});
