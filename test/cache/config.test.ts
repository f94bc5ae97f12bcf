import { describe, expect, test } from 'vitest';
import {
  type CacheConfig,
  createCache,
  createCaches,
  InvalidCacheConfigError,
  type MemcachedConfig,
} from '../../src/index.ts';
import { type Server, startServer } from '../../src/testing/index.ts';
import { MapBackend } from './map-backend.ts';

/** Configs that cannot be right, and what their error must say. */
const wrong: readonly (readonly [name: string, config: unknown, message: RegExp])[] = [
  ['nothing', undefined, /config must be an object/],
  ['a string', 'memory', /config must be an object/],
  ['no backend', {}, /backend must be 'elasticache', 'memcached', 'memory', 'dummy' or a CacheBackend/],
  ['an unknown backend', { backend: 'redis' }, /backend must be .*, not "redis"/],
  ['an unknown field', { backend: 'memory', timeout: 5 }, /no field timeout; there is .*ttl/],
  ['an unknown field of dummy', { backend: 'dummy', Location: '' }, /no field Location/],
  ['a ttl in odd words', { backend: 'memory', ttl: 'soon' }, /ttl must be seconds.* or null for never/],
  ['a ttl of NaN', { backend: 'memory', ttl: Number.NaN }, /ttl must be seconds/],
  ['a prefix that is no string', { backend: 'memory', keyPrefix: 1 }, /keyPrefix must be a string/],
  ['a version that is no number', { backend: 'memory', version: '1' }, /version must be a whole number/],
  ['a fractional version', { backend: 'memory', version: 1.5 }, /version must be a whole number/],
  ['a key function by name', { backend: 'memory', keyFunction: 'md5' }, /keyFunction must be a function/],
  ['elasticache without a location', { backend: 'elasticache' }, /location must be exactly one 'host:port'/],
  [
    'elasticache without a port',
    { backend: 'elasticache', location: 'x.cfg.use1.cache.amazonaws.com' },
    /location must be exactly one 'host:port'/,
  ],
  [
    'elasticache with a list',
    { backend: 'elasticache', location: ['a:11211'] },
    /location must be exactly one 'host:port'/,
  ],
  [
    'elasticache with two locations',
    { backend: 'elasticache', location: 'a:11211,b:11211' },
    /location must be exactly one 'host:port'/,
  ],
  [
    'elasticache with an unknown option',
    { backend: 'elasticache', location: 'a:11211', options: { poolSize: 3 } },
    /no option poolSize/,
  ],
  [
    'elasticache with a wrong option',
    { backend: 'elasticache', location: 'a:11211', options: { ignoreClusterErrors: 1 } },
    /ignoreClusterErrors must be true or false/,
  ],
  ['options that are none', { backend: 'elasticache', location: 'a:11211', options: 5 }, /options must be/],
  ['memcached without a location', { backend: 'memcached' }, /location must be a list/],
  ['memcached with nothing between commas', { backend: 'memcached', location: ' , ;' }, /location must be/],
  ['memcached with an empty list', { backend: 'memcached', location: [] }, /location must be a list/],
  ['memcached with a wrong port', { backend: 'memcached', location: 'a:99999' }, /port of a must be/],
  [
    'memcached with an option of elasticache',
    { backend: 'memcached', location: 'a', options: { ignoreClusterErrors: true } },
    /no option ignoreClusterErrors/,
  ],
  [
    'memcached with a wrong option',
    { backend: 'memcached', location: 'a', options: { requestTimeoutMs: 0 } },
    /requestTimeoutMs must be/,
  ],
  ['near that is none', { backend: 'memory', near: true }, /near must be an object/],
  ['near: null', { backend: 'memory', near: null }, /near must be an object/],
  [
    'near with an unknown option',
    { backend: new MapBackend(), near: { max: 5 } },
    /no option near\.max; there is maxEntries, maxBytes, ttl/,
  ],
  ['near of no entries', { backend: 'dummy', near: { maxEntries: 0 } }, /near\.maxEntries must be a whole/],
  ['near of half a byte', { backend: 'dummy', near: { maxBytes: 0.5 } }, /near\.maxBytes must be a whole/],
  ['near for no time', { backend: 'memory', near: { ttl: 0 } }, /near\.ttl must be above 0/],
  ['near for ever', { backend: 'memory', near: { ttl: null } }, /near\.ttl must be seconds or a duration/],
  ['near in odd words', { backend: 'memory', near: { ttl: 'soon' } }, /near\.ttl must be seconds/],
  ['generations of no time', { backend: 'memory', generationTtl: '0s' }, /generationTtl must be above 0/],
  ['generations for ever', { backend: 'memory', generationTtl: null }, /generationTtl must be seconds/],
  ['memory with a list', { backend: 'memory', location: ['a'] }, /location must be a string/],
  [
    'memory with an unknown option',
    { backend: 'memory', options: { maxItems: 1 } },
    /no option maxItems; there is maxEntries, maxBytes/,
  ],
  ['memory without entries', { backend: 'memory', options: { maxEntries: 0 } }, /options.maxEntries must be/],
  ['memory of too many', { backend: 'memory', options: { maxEntries: 2 ** 24 + 1 } }, /to 16777216/],
  ['memory of no bytes', { backend: 'memory', options: { maxBytes: 1.5 } }, /options.maxBytes must be/],
  [
    'a backend that is none',
    { backend: { get: async () => undefined } },
    /backend must have the method getMany/,
  ],
  ['an own backend with a location', { backend: new MapBackend(), location: 'a' }, /no field location/],
];

describe('a config that cannot be right', () => {
  test.each(wrong)('%s', (_name, config, message) => {
    const make = (): unknown => createCache(config as CacheConfig);
    expect(make).toThrow(InvalidCacheConfigError);
    expect(make).toThrow(message);
  });

  test('is named by its alias, and found before the cache is asked for', () => {
    const make = (): unknown =>
      createCaches({ default: { backend: 'dummy' }, other: { backend: 'memory', version: 0.5 } });
    expect(make).toThrow(InvalidCacheConfigError);
    expect(make).toThrow(/^other: version must be/);
  });

  test.each([undefined, {}, { other: { backend: 'dummy' } }])('%o has no default', (configs) => {
    expect(() => createCaches(configs as { default: CacheConfig })).toThrow(InvalidCacheConfigError);
  });
});

describe('a location of memcached', () => {
  test.each<[string, (first: Server, second: Server) => MemcachedConfig['location']]>([
    ['a list', (first, second) => [first.endpoint, second.endpoint]],
    ['commas', (first, second) => `${first.endpoint},${second.endpoint}`],
    ['semicolons and spaces', (first, second) => `${first.endpoint}; ${second.endpoint};`],
    ['server specs', (first, second) => [first, second].map(({ host, port }) => ({ host, port }))],
  ])('may be %s, and each of its servers gets keys', async (_name, locate) => {
    await using first = await startServer();
    await using second = await startServer();
    await using cache = createCache({ backend: 'memcached', location: locate(first, second) });
    const entries = Array.from({ length: 100 }, (_, index) => [`key:${index}`, index] as const);
    expect(await cache.setMany(entries)).toEqual([]);
    const items = [first, second].map((server) => Number(server.stats().curr_items));
    expect(items[0]).toBeGreaterThan(0);
    expect(items[1]).toBeGreaterThan(0);
    expect(items).toEqual([items[0], 100 - (items[0] as number)]);
  });
});

describe('client options', () => {
  test('longKeys and unsafeKeys allow keys that are refused otherwise', async () => {
    const options = { longKeys: 'hash', unsafeKeys: 'base64' } as const;
    await using cache = createCache({ backend: 'memcached', location: 'a', options });
    expect(cache.makeKey('a b')).toBe(':1:a b');
    expect(cache.makeKey('a'.repeat(300))).toHaveLength(303);
  });
});
