/** Keys go where the clients of Python put them, on real servers, and the other way round. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  bytesCodec,
  type ClientOptions,
  createClient,
  libmemcached,
  type MemcachedClient,
  type ServerSpec,
} from '../../src/index.ts';
import { type MemcachedProcess, startMemcached } from '../../src/testing/cluster/memcached-process.ts';
import { type Python, startPython } from '../harness/python.ts';

interface Case {
  readonly name: string;
  /** An expression that makes a client with `set(key, bytes)` and `get(key)`, of `servers` and `weights`. */
  readonly client: string;
  readonly hashing: NonNullable<ClientOptions['hashing']>;
  /** What Python's client puts before a key. */
  readonly prefix?: string;
  readonly weights?: readonly number[];
}

const WEIGHTS = [1, 2, 3, 4];

const pylibmc = (behaviors: string): string => `pylibmc.Client(servers, behaviors=${behaviors})`;
const django = (backend: string, options: string): string =>
  `django_cache('${backend}', servers, ${options})`;

const CASES: readonly Case[] = [
  { name: 'pylibmc', client: pylibmc('{}'), hashing: 'modula' },
  { name: 'pylibmc with md5', client: pylibmc("{'hash': 'md5'}"), hashing: libmemcached({ hash: 'md5' }) },
  {
    name: 'pylibmc with jenkins',
    client: pylibmc("{'hash': 'jenkins'}"),
    hashing: libmemcached({ hash: 'jenkins' }),
  },
  { name: 'pylibmc with ketama', client: pylibmc("{'ketama': True}"), hashing: 'pylibmc' },
  {
    name: 'pylibmc with ketama over the binary protocol, as Django is often told',
    client: "pylibmc.Client(servers, binary=True, behaviors={'ketama': True, 'tcp_nodelay': True})",
    hashing: 'pylibmc',
  },
  {
    name: 'pylibmc with ketama and md5',
    client: pylibmc("{'ketama': True, 'hash': 'md5'}"),
    hashing: libmemcached({ distribution: 'consistent', hash: 'md5' }),
  },
  { name: 'pylibmc with ketama_weighted', client: pylibmc("{'ketama_weighted': True}"), hashing: 'ketama' },
  {
    name: 'pylibmc with ketama_weighted and weights',
    client: pylibmc("{'ketama_weighted': True}"),
    hashing: 'ketama',
    weights: WEIGHTS,
  },
  {
    name: 'pylibmc with ketama and weights',
    client: pylibmc("{'ketama': True}"),
    hashing: 'pylibmc',
    weights: WEIGHTS,
  },
  {
    name: "pylibmc with distribution 'consistent'",
    client: pylibmc("{'distribution': 'consistent'}"),
    hashing: 'pylibmc',
  },
  {
    name: "pylibmc with distribution 'consistent weighted'",
    client: pylibmc("{'distribution': 'consistent weighted'}"),
    hashing: libmemcached({ distribution: 'consistent weighted' }),
  },
  {
    name: "pylibmc with distribution 'consistent ketama spy' and weights",
    client: pylibmc("{'distribution': 'consistent ketama spy', 'hash': 'md5'}"),
    hashing: libmemcached({ distribution: 'consistent ketama spy', hash: 'md5' }),
    weights: WEIGHTS,
  },
  {
    name: "pylibmc with distribution 'virtual bucket'",
    client: pylibmc("{'distribution': 'virtual bucket'}"),
    hashing: libmemcached({ distribution: 'virtual bucket' }),
  },
  {
    name: 'pymemcache',
    client: 'HashClient([parse(server) for server in servers], allow_unicode_keys=True)',
    hashing: 'pymemcache',
  },
  {
    name: "Django's PyLibMCCache",
    client: django('PyLibMCCache', '{}'),
    hashing: 'modula',
    prefix: ':1:',
  },
  {
    name: "Django's PyLibMCCache with ketama",
    client: django('PyLibMCCache', "{'behaviors': {'ketama': True}}"),
    hashing: 'pylibmc',
    prefix: ':1:',
  },
  {
    name: "Django's PyLibMCCache with ketama_weighted, a prefix and a version",
    client: `django_cache('PyLibMCCache', servers, {'behaviors': {'ketama_weighted': True}}, KEY_PREFIX='app', VERSION=7)`,
    hashing: 'ketama',
    prefix: 'app:7:',
  },
  {
    name: "Django's PyMemcacheCache",
    client: django('PyMemcacheCache', '{}'),
    hashing: 'pymemcache',
    prefix: ':1:',
  },
];

const SETUP = `
import pylibmc
from django.conf import settings
from django.core.cache import CacheHandler
from pymemcache.client.hash import HashClient

settings.configure()

def parse(server):
    host, port = server.split(':')[:2]
    return host, int(port)

def django_cache(backend, servers, options, **more):
    config = {'BACKEND': 'django.core.cache.backends.memcached.' + backend, 'LOCATION': servers, 'OPTIONS': options, **more}
    return CacheHandler({'default': config})['default']
`;

let memcacheds: MemcachedProcess[] = [];
let python: Python;

const WORDS = ['key', 'user:profile', 'é', 'ключ', '日本語', 'naïve', '😀'];
const keysFrom = (start: number): string[] =>
  Array.from({ length: 210 }, (_, i) => `${WORDS[i % WORDS.length]}:${start + i}`);

function serversOf({ weights }: Case): ServerSpec[] {
  return memcacheds.map(({ port }, i) => ({ host: '127.0.0.1', port, weight: weights?.[i] ?? 1 }));
}

/** In pylibmc's form. */
function addressesOf(one: Case): string[] {
  const weighted = one.weights !== undefined;
  return serversOf(one).map(({ host, port, weight }) => `${host}:${port}${weighted ? `:${weight}` : ''}`);
}

/** Where each key is: asks each server by itself. */
async function placesOf(keys: readonly string[]): Promise<Map<string, number[]>> {
  const places = new Map<string, number[]>(keys.map((key) => [key, []]));
  for (const { port } of memcacheds) {
    await using single = createClient(`127.0.0.1:${port}`, { codec: bytesCodec() });
    for (const key of (await single.getMany(keys)).keys()) places.get(key)?.push(port);
  }
  return places;
}

function textsOf(values: Map<string, unknown>): Map<string, string> {
  return new Map([...values].map(([key, value]) => [key, Buffer.from(value as Uint8Array).toString()]));
}

beforeAll(async () => {
  memcacheds = await Promise.all([1, 2, 3, 4].map(() => startMemcached()));
  python = startPython();
  await python.run(SETUP);
}, 60_000);

afterAll(async () => {
  await python?.close();
  await Promise.all(memcacheds.map((memcached) => memcached.stop()));
});

describe.each(CASES.map((one, index) => [one.name, one, index] as const))('%s', (_name, one, index) => {
  const { client: source, hashing, prefix = '' } = one;
  const written = keysFrom(index * 1000);
  const answered = keysFrom(index * 1000 + 500);
  const connect = (): MemcachedClient => createClient(serversOf(one), { hashing, codec: bytesCodec() });

  test('has its keys found', async () => {
    await python.run(
      `servers = args['servers']\nclient = ${source}\nfor key in args['keys']: client.set(key, key.encode())`,
      { servers: addressesOf(one), keys: written },
    );
    await using client = connect();
    const wire = written.map((key) => prefix + key);
    expect(textsOf(await client.getMany(wire))).toEqual(new Map(wire.map((key, i) => [key, written[i]])));
    const told = new Map(wire.map((key) => [key, [client.nodeFor(key).port]]));
    expect(await placesOf(wire)).toEqual(told);
    expect(new Set([...told.values()].flat()).size).toBe(4);
  });

  test('finds keys', async () => {
    await using client = connect();
    expect(await client.setMany(answered.map((key) => [prefix + key, Buffer.from(key)] as const))).toEqual(
      [],
    );
    const found = await python.run<Record<string, string>>(
      `servers = args['servers']\nclient = ${source}\nresult = {key: bytes(client.get(key) or b'').decode() for key in args['keys']}`,
      { servers: addressesOf(one), keys: answered },
    );
    expect(found).toEqual(Object.fromEntries(answered.map((key) => [key, key])));
  });
});

describe('the fingerprint of the ring', () => {
  /** What the documentation shows. */
  const shown = (): string => {
    const page = readFileSync(new URL('../../docs/sharing-a-cluster.md', import.meta.url), 'utf8');
    const [, source] = /^```python\n([\s\S]*?)^```$/m.exec(page) ?? [];
    if (source === undefined) throw new Error('No Python in docs/sharing-a-cluster.md');
    return source;
  };

  test.each([
    ['pymemcache', 'pymemcache', 'HashClient([parse(server) for server in servers]).hasher.get_node'],
    [
      'pylibmc with ketama',
      'pylibmc',
      "asking_servers(pylibmc.Client(servers, behaviors={'ketama': True}), servers)",
    ],
    [
      'pylibmc with ketama_weighted',
      'ketama',
      "asking_servers(pylibmc.Client(servers, behaviors={'ketama_weighted': True}), servers)",
    ],
    ['pylibmc', 'modula', 'asking_servers(pylibmc.Client(servers), servers)'],
  ] as const)('is that of %s', async (_name, hashing, serverOf) => {
    const servers = memcacheds.map(({ port }) => `127.0.0.1:${port}`);
    await python.run(shown());
    const fingerprint = await python.run(`servers = args\nresult = ring_fingerprint(${serverOf})`, servers);
    await using client = createClient(servers, { hashing });
    expect(client.ringFingerprint).toMatch(/^[\da-f]{16}$/);
    expect(fingerprint).toBe(client.ringFingerprint);
    await using other = createClient(servers, { hashing: 'rendezvous' });
    expect(other.ringFingerprint).not.toBe(fingerprint);
  });
});
