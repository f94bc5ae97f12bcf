import { describe, expect, test, vi } from 'vitest';
import { resolveOptions } from '../../src/client/resolve-options.ts';
import { resolveTarget } from '../../src/client/target.ts';
import {
  bytesCodec,
  type ClientOptions,
  createClient,
  InvalidCacheConfigError,
  type Target,
} from '../../src/index.ts';

const CFG = 'c.abc123.cfg.use1.cache.amazonaws.com:11211';
const SERVERLESS = 'c-abc123.serverless.use1.cache.amazonaws.com:11211';

describe('a target', () => {
  test.each<readonly [Target, object]>([
    ['h', { kind: 'servers', endpoints: [{ id: 'h:11211' }] }],
    ['a:1,b:2;c:3', { endpoints: [{ id: 'a:1' }, { id: 'b:2' }, { id: 'c:3' }] }],
    [
      ['a:1', '[::1]:2', 'unix:/s', { host: 'h', weight: 2 }],
      { endpoints: [{}, { host: '::1' }, { path: '/s' }, { weight: 2 }] },
    ],
    [CFG, { kind: 'endpoint', endpoint: { id: CFG } }],
    ['cfg.internal:11211', { kind: 'endpoint' }],
    [`${CFG},b:1`, { kind: 'servers' }],
    [[CFG], { kind: 'servers' }],
    [{ configurationEndpoint: 'h:1' }, { kind: 'endpoint', endpoint: { id: 'h:1' } }],
    [{ servers: 'a:1,b:1' }, { kind: 'servers', endpoints: [{ id: 'a:1' }, { id: 'b:1' }] }],
    [{ topology: async () => ({ nodes: ['a'] }) }, { kind: 'function' }],
    ['memcached://h1:1,h2:2', { kind: 'servers', endpoints: [{ id: 'h1:1' }, { id: 'h2:2' }] }],
    ['memcacheds://u%40x:p%3A@h', { tls: true, auth: { username: 'u@x', password: 'p:' } }],
    [`memcacheds://${CFG}`, { kind: 'endpoint', tls: true }],
    [SERVERLESS, { kind: 'servers', tls: true, endpoints: [{ id: SERVERLESS }] }],
    [`memcached://${SERVERLESS}`, { kind: 'servers', tls: true }],
    [{ servers: [SERVERLESS] }, { kind: 'servers', tls: true }],
    [{ configurationEndpoint: SERVERLESS }, { kind: 'servers', tls: true, endpoints: [{ id: SERVERLESS }] }],
  ])('%o', (target, expected) => {
    expect(resolveTarget(target, 'auto')).toMatchObject(expected);
  });

  test('is an endpoint or not as discovery.mode says', () => {
    expect(resolveTarget(CFG, 'off')).toMatchObject({ kind: 'servers' });
    expect(resolveTarget('10.0.0.1:11211', 'memorystore')).toMatchObject({ kind: 'endpoint' });
    expect(resolveTarget('h:11211', 'elasticache')).toMatchObject({ kind: 'endpoint' });
  });

  test('is Serverless by its name, whatever else: TLS is on, unless it is said to be off', () => {
    expect(resolveOptions(SERVERLESS, {}).node.tls).toEqual({});
    expect(resolveOptions(SERVERLESS, { tls: false }).node.tls).toBeUndefined();
    expect(resolveOptions(`${SERVERLESS},b:1`, {}).node.tls).toBeUndefined();
    for (const mode of ['elasticache', 'memorystore'] as const) {
      for (const target of [SERVERLESS, { configurationEndpoint: SERVERLESS }]) {
        expect(() => resolveTarget(target, mode)).toThrow(/discovery\.mode.*Serverless/);
      }
    }
  });

  test('that is an endpoint by its name alone is used as it is if it does not know what it is asked', () => {
    expect(resolveTarget(CFG, 'auto')).toMatchObject({ fallback: 'unknownCommand' });
    expect(resolveTarget(CFG, 'auto', false)).toMatchObject({ fallback: 'never' });
    expect(resolveTarget(CFG, 'auto', true)).toMatchObject({ fallback: 'always' });
    expect(resolveTarget(CFG, 'elasticache')).toMatchObject({ fallback: 'never' });
    expect(resolveTarget({ configurationEndpoint: CFG }, 'auto')).toMatchObject({ fallback: 'never' });
    expect(resolveTarget('10.0.0.1:11211', 'memorystore', true)).toMatchObject({
      fallback: 'unknownCommand',
    });
  });

  test.each<unknown>([
    '',
    ',',
    [],
    null,
    undefined,
    1,
    {},
    ['a:1', 'a:1'],
    'a,a',
    { servers: [] },
    { servers: undefined },
    { servers: null },
    { servers: 11211 },
    { servers: [null] },
    [undefined],
    { topology: 'x' },
    { configurationEndpoint: 'a:1,b:1' },
    { configurationEndpoint: ['a:1'] },
    { configurationEndpoint: 'host-without-port' },
    'http://h:1',
    'memcached://h:1/path',
    'memcached://h:1?x=1',
    'memcached://h:1?codec=json',
    'memcached://h:1?requestTimeoutMs=soon',
    'memcached://h:1?requestTimeoutMs=0',
    'memcached://h:1?tls=yes',
    'memcached://h:1?discovery.mode=sometimes',
    'memcached://h:1?discovery.codec=x',
    'memcached://h:1/path?requestTimeoutMs=5',
    'memcached://user@h:1',
    'memcached://u:%zz@h:1',
  ])('%o is none', (target) => {
    expect(() => createClient(target as Target)).toThrow(InvalidCacheConfigError);
  });

  test('of a URL may have options in its query, beneath those given as such', () => {
    const url =
      'memcacheds://u:p@h1:1,h2:2?requestTimeoutMs=250&keyPrefix=app%3A&hashing=pylibmc&discovery.mode=off&tls=false';
    const { discovery, keys, node, target } = resolveOptions(url, { requestTimeoutMs: 99 });
    expect(node).toMatchObject({ requestTimeoutMs: 99, tls: undefined, credentials: { username: 'u' } });
    expect(keys.keyPrefix).toBe('app:');
    expect(discovery.mode).toBe('off');
    expect(target).toMatchObject({ kind: 'servers', endpoints: [{ id: 'h1:1' }, { id: 'h2:2' }] });
    expect(resolveOptions(url, {}).node.requestTimeoutMs).toBe(250);
  });

  test('with a password never shows it', () => {
    for (const target of [
      'user:hunter2@h:1',
      'memcached://u:hunter2%zz@h:1',
      'memcached://u:a@hunter2@h:1',
      'memcached://u:hunter2@',
    ]) {
      expect(() => createClient(target)).toThrow(/^(?!.*hunter2)/);
    }
  });
});

describe('options', () => {
  test('have defaults', () => {
    const { node, discovery, failover, keys, onError, ringKey } = resolveOptions('h', {});
    expect(node).toMatchObject({
      dialect: 'auto',
      connectionsPerNode: 1,
      connectTimeoutMs: 1_000,
      requestTimeoutMs: 1_000,
      maxValueBytes: 1_048_576,
      tls: undefined,
      credentials: undefined,
      connectTo: 'hostname',
    });
    expect(discovery).toEqual({
      mode: 'auto',
      intervalMs: 60_000,
      timeoutMs: 2_000,
      startup: 'lazy',
      connectTo: 'hostname',
    });
    expect(keys).toEqual({ keyPrefix: '', longKeys: 'throw', unsafeKeys: 'throw' });
    expect([onError, ringKey]).toEqual(['throw', 'hostname']);
    expect(failover).toEqual({ kind: 'fail-fast' });
  });

  test('of how values are stored have defaults, and what other languages read is compressed as they do', () => {
    expect(resolveOptions('h', {})).toMatchObject({ compression: undefined, largeValues: 'throw' });
    const codec = { ...bytesCodec(), interoperable: true, zlibFlag: 8 };
    const { compression } = resolveOptions('h', { codec, compression: { algorithm: 'zlib' } });
    expect(compression).toEqual({ algorithm: 'zlib', minBytes: 1_024 });
    expect(resolveOptions('memcached://h?largeValues=split', {}).largeValues).toBe('split');
  });

  test('name the Node.js that zstd needs, where this is an older one', () => {
    const { zstdCompress: _, ...zlib } = process.getBuiltinModule('node:zlib') as Record<string, unknown>;
    const spy = vi.spyOn(process, 'getBuiltinModule').mockReturnValue(zlib);
    const attempt = (): unknown => resolveOptions('h', { compression: { algorithm: 'zstd' } });
    expect(attempt).toThrow(InvalidCacheConfigError);
    expect(attempt).toThrow(/^compression\.algorithm cannot be used: zstd needs Node\.js 22\.15 or newer/);
    spy.mockRestore();
  });

  const bad: readonly (readonly [string, unknown])[] = [
    ['nonsense', { nonsense: 1 }],
    ['discovery.nonsense', { discovery: { nonsense: 1 } }],
    ['discovery.mode', { discovery: { mode: 'on' } }],
    ['discovery.intervalMs', { discovery: { intervalMs: 999 } }],
    ['discovery.timeoutMs', { discovery: { timeoutMs: 0 } }],
    ['discovery.startup', { discovery: { startup: 'now' } }],
    ['discovery.connectTo', { discovery: { connectTo: 'name' } }],
    ['discovery.ignoreClusterErrors', { discovery: { ignoreClusterErrors: 'yes' } }],
    ['discovery', { discovery: true }],
    ['hashing', { hashing: 'crc32' }],
    ['ringKey', { ringKey: 'name' }],
    ['protocol', { protocol: 'text' }],
    ['protocol', { protocol: 'binary', auth: { username: 'u', password: 'p', mechanism: 'ascii' } }],
    ['connectionsPerNode', { connectionsPerNode: 0 }],
    ['connectTimeoutMs', { connectTimeoutMs: 0 }],
    ['connectTimeoutMs', { connectTimeoutMs: '5' }],
    ['requestTimeoutMs', { requestTimeoutMs: Number.NaN }],
    ['requestTimeoutMs', { requestTimeoutMs: 2 ** 31 }],
    ['maxInFlight', { maxInFlight: 0 }],
    ['maxQueuedBytes', { maxQueuedBytes: -1 }],
    ['tls', { tls: 'yes' }],
    ['tls', { tls: { cert: 'no certificate' } }],
    ['tls', { tls: { key: 'hunter2' } }],
    ['tls', { tls: { minVersion: 'TLSv9' } }],
    ['tls.host', { tls: { host: 'elsewhere' } }],
    ['tls.socket', { tls: { socket: {} } }],
    ['auth.username', { auth: { username: 'a b', password: 'p' } }],
    ['auth.username', { auth: { username: '', password: 'p' } }],
    ['auth.password', { auth: { username: 'u' } }],
    ['auth.password', { auth: { username: 'u', password: 'a b' } }],
    ['auth.password', { auth: { username: 'u', password: 'hunter2\r\nflush_all' } }],
    ['auth.mechanism', { auth: { username: 'u', password: 'p', mechanism: 'digest' } }],
    ['auth.mechanism', { protocol: 'meta', auth: { username: 'u', password: 'p', mechanism: 'plain' } }],
    ['protocol', { protocol: 'meta', auth: { username: 'u', password: 'p', mechanism: 'plain' } }],
    ['auth.mechanism', { protocol: 'binary', auth: { username: 'u', password: 'p', mechanism: 'ascii' } }],
    ['auth.username', { auth: { username: 'u\0', password: 'p', mechanism: 'plain' } }],
    ['auth.password', { auth: { username: 'u', password: 'hunter2\0', mechanism: 'plain' } }],
    ['auth.password', { auth: { username: 'u', password: '', mechanism: 'plain' } }],
    ['failover', { failover: 'gutter' }],
    ['failover', { failover: null }],
    ['failover', { failover: { ttl: 5 } }],
    ['failover', { failover: { gutter: 'a:1' } }],
    ['failover.nonsense', { failover: { gutter: ['a:1'], nonsense: 1 } }],
    ['failover.gutter', { failover: { gutter: [] } }],
    ['failover.gutter', { failover: { gutter: ['a:1', 'a:1'] } }],
    ['failover.gutter', { failover: { gutter: ['a:x'] } }],
    ['failover.gutter', { failover: { gutter: ['h'] } }],
    ['failover.ttl', { failover: { gutter: ['a:1'], ttl: 0 } }],
    ['failover.ttl', { failover: { gutter: ['a:1'], ttl: null } }],
    ['failover.ttl', { failover: { gutter: ['a:1'], ttl: 'soon' } }],
    ['failover.ttl', { failover: { gutter: ['a:1'], ttl: '31d' } }],
    ['onError', { onError: 'ignore' }],
    ['onDecodeError', { onDecodeError: 'ignore' }],
    ['codec', { codec: {} }],
    ['codec', { codec: null }],
    ['keyPrefix', { keyPrefix: 1 }],
    ['keyPrefix', { keyPrefix: '\ud800' }],
    ['longKeys', { longKeys: 'cut' }],
    ['unsafeKeys', { unsafeKeys: 'escape' }],
    ['codec.zlibFlag', { codec: { ...bytesCodec(), zlibFlag: 3 } }],
    ['codec.zlibFlag', { codec: { ...bytesCodec(), zlibFlag: 65_536 } }],
    ['codec.zlibFlag', { codec: { ...bytesCodec(), zlibFlag: 0 } }],
    ['compression', { compression: true }],
    ['compression', { compression: null }],
    ['compression.nonsense', { compression: { algorithm: 'zlib', nonsense: 1 } }],
    ['compression.algorithm', { compression: {} }],
    ['compression.algorithm', { compression: { algorithm: 'gzip' } }],
    [
      'compression.algorithm',
      { compression: { algorithm: 'brotli' }, codec: { ...bytesCodec(), zlibFlag: 8 } },
    ],
    ['compression', { compression: { algorithm: 'zlib' }, codec: { ...bytesCodec(), interoperable: true } }],
    ['compression.minBytes', { compression: { algorithm: 'zlib', minBytes: 0 } }],
    ['compression.minBytes', { compression: { algorithm: 'zlib', minBytes: 1.5 } }],
    ['maxValueBytes', { maxValueBytes: 0 }],
    ['largeValues', { largeValues: 'chunk' }],
    ['largeValues', { largeValues: 'split', codec: { ...bytesCodec(), interoperable: true } }],
    ['maxValueBytes', { largeValues: 'split', maxValueBytes: 4_095 }],
    ['keyPrefix', { largeValues: 'split', keyPrefix: 'é'.repeat(101) }],
    ['lookup', { lookup: 'dns' }],
    ['options', null],
  ];
  test.each(bad)('%s is named where it is wrong: %o', (name, options) => {
    const attempt = (): unknown => resolveOptions('h', options as ClientOptions);
    expect(attempt).toThrow(InvalidCacheConfigError);
    expect(attempt).toThrow(new RegExp(`\\b${name.replace('.', '\\.')}\\b`));
    expect(attempt).toThrow(/^(?!.*hunter2)/);
  });

  test('say where the keys of a node that is down go, and how long they may stay there', () => {
    const gutter = ['g1:1', { host: 'g2', port: 2 }];
    const endpoints = [{ id: 'g1:1' }, { id: 'g2:2' }];
    const resolved = (failover: NonNullable<ClientOptions['failover']>): unknown =>
      resolveOptions('h', { failover }).failover;
    expect(resolved('next')).toEqual({ kind: 'next', maxTtl: 60 });
    expect(resolved({ gutter })).toMatchObject({ kind: 'gutter', maxTtl: 10, endpoints });
    expect(resolved({ gutter, ttl: '1m' })).toMatchObject({ maxTtl: 60 });
    expect(resolved({ gutter, ttl: 1.5 })).toMatchObject({ maxTtl: 2 });
    expect(resolveOptions('memcached://h1,h2?failover=next', {}).failover).toMatchObject({ kind: 'next' });
  });

  test('TLS dials by name, whatever discovery.connectTo says', () => {
    const discovery = { connectTo: 'ip' } as const;
    expect(resolveOptions('h', { discovery, tls: true }).node.connectTo).toBe('hostname');
    expect(resolveOptions('h', { discovery }).node.connectTo).toBe('ip');
  });

  test('the binary dialect is spoken where it is named, and with SASL', () => {
    const auth = { username: 'two words', password: 'a pass word' } as const;
    const plain = { ...auth, mechanism: 'plain' } as const;
    for (const options of [
      { auth: plain },
      { auth, protocol: 'binary' },
      { auth: plain, protocol: 'auto' },
    ] as const)
      expect(resolveOptions('h', options).node).toMatchObject({ dialect: 'binary', credentials: auth });
    const url = 'memcached://u:p@h?protocol=binary';
    expect(resolveOptions(url, {}).node).toMatchObject({ dialect: 'binary', credentials: { username: 'u' } });
    expect(resolveOptions('h', { protocol: 'binary' }).node).toMatchObject({
      dialect: 'binary',
      credentials: undefined,
    });
    expect(resolveOptions('h', { auth: { username: 'u', password: 'p' } }).node.dialect).toBe('auto');
  });

  test('the binary dialect dials by name, as it cannot ask whose an address is; but not Memorystore', () => {
    const [binary, ip] = [{ protocol: 'binary' }, { connectTo: 'ip' }] as const;
    expect(resolveOptions('h', { ...binary, discovery: ip }).node.connectTo).toBe('hostname');
    const memorystore = { ...binary, discovery: { mode: 'memorystore' } } as const;
    expect(resolveOptions('10.0.0.1:11211', memorystore).node.connectTo).toBe('ip');
  });

  test('Memorystore dials by address, for its nodes have no names', () => {
    const discovery = { mode: 'memorystore' } as const;
    expect(resolveOptions('10.0.0.1:11211', { discovery }).node.connectTo).toBe('ip');
  });
});
