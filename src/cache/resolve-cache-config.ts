/** Checks a cache's config and fills in defaults, once: nothing below does either. */
import { type ResolvedOptions, resolveOptions } from '../client/resolve-options.ts';
import { parseConfigurationEndpoint, splitList } from '../client/target.ts';
import { type Duration, durationSeconds, type Ttl, ttlSeconds } from '../client/ttl.ts';
import { InvalidCacheConfigError } from '../errors.ts';
import { DummyBackend } from './backends/dummy-backend.ts';
import { MemcachedBackend } from './backends/memcached-backend.ts';
import { MemoryBackend } from './backends/memory-backend.ts';
import type { MemoryLimits } from './backends/memory-store.ts';
import type { CacheBackend } from './cache-backend.ts';
import type {
  CacheConfig,
  CustomConfig,
  ElastiCacheConfig,
  KeyFunction,
  MemcachedConfig,
  MemcachedOptions,
  MemoryConfig,
  MemoryOptions,
  NearOptions,
} from './cache-config.ts';
import type { NearLimits } from './near/near-store.ts';

export interface ResolvedCacheConfig {
  /** Seconds, or `null` for never. */
  readonly ttl: number | null;
  readonly keyPrefix: string;
  readonly version: number;
  readonly keyFunction: KeyFunction;
  readonly near: NearLimits | undefined;
  /** Seconds. */
  readonly generationTtl: number;
  /** Makes the backend; nothing is opened before. */
  readonly open: () => CacheBackend;
}

const SETTINGS: readonly string[] = [
  'backend',
  'ttl',
  'keyPrefix',
  'version',
  'keyFunction',
  'near',
  'generationTtl',
];
const STORE_SETTINGS: readonly string[] = [...SETTINGS, 'location', 'options'];
const MEMORY_OPTIONS: readonly (keyof MemoryOptions)[] = ['maxEntries', 'maxBytes'];
const NEAR_OPTIONS: readonly (keyof NearOptions)[] = ['maxEntries', 'maxBytes', 'ttl'];
const BACKEND_METHODS: readonly (keyof CacheBackend)[] = [
  'get',
  'getMany',
  'getEntry',
  'set',
  'setMany',
  'add',
  'touch',
  'delete',
  'deleteMany',
  'incr',
  'clear',
];
const METHODS_THAT_COME_TOGETHER: readonly (readonly [keyof CacheBackend, keyof CacheBackend])[] = [
  ['find', 'put'],
  ['claim', 'release'],
];
const DEFAULT_TTL = 300;
/** What other processes do may go unseen for so long. */
const DEFAULT_NEAR_TTL = 1;
const DEFAULT_GENERATION_TTL = 1;
const DEFAULT_MAX_ENTRIES = 10_000;
/** The LRU list takes its room at once. */
const MOST_ENTRIES = 16_777_216;
/** As memcached's own `-m`. */
const DEFAULT_MAX_BYTES = 67_108_864;

const defaultKey: KeyFunction = (key, keyPrefix, version) => `${keyPrefix}:${version}:${key}`;

/** @throws InvalidCacheConfigError naming the field and what it should be. */
export function resolveCacheConfig(config: CacheConfig): ResolvedCacheConfig {
  checkObject('config', config);
  const { keyFunction = defaultKey, keyPrefix = '', ttl = DEFAULT_TTL, version = 1 } = config;
  const open = resolveBackend(config);
  if (typeof keyPrefix !== 'string') throw new InvalidCacheConfigError('keyPrefix must be a string');
  if (typeof keyFunction !== 'function') {
    throw new InvalidCacheConfigError('keyFunction must be a function (key, keyPrefix, version) => string');
  }
  if (!Number.isSafeInteger(version)) throw new InvalidCacheConfigError('version must be a whole number');
  return {
    ttl: resolveTtl(ttl),
    keyPrefix,
    version,
    keyFunction,
    near: resolveNear(config.near),
    generationTtl: resolveSeconds('generationTtl', config.generationTtl, DEFAULT_GENERATION_TTL),
    open,
  };
}

function resolveBackend(config: CacheConfig): () => CacheBackend {
  const { backend } = config;
  if (typeof backend === 'object' && backend !== null) return resolveCustom(config as CustomConfig);
  switch (config.backend) {
    case 'elasticache':
      rejectUnknown(config, STORE_SETTINGS);
      return openMemcached(resolveElastiCache(config));
    case 'memcached':
      rejectUnknown(config, STORE_SETTINGS);
      return openMemcached(resolveMemcached(config));
    case 'memory':
      rejectUnknown(config, STORE_SETTINGS);
      return resolveMemory(config);
    case 'dummy':
      rejectUnknown(config, STORE_SETTINGS);
      return () => new DummyBackend();
    default:
      throw new InvalidCacheConfigError(
        `backend must be 'elasticache', 'memcached', 'memory', 'dummy' or a CacheBackend${typeof backend === 'string' ? `, not ${JSON.stringify(backend)}` : ''}`,
      );
  }
}

function openMemcached({ client, leaseKey }: ResolvedMemcached): () => CacheBackend {
  const { interoperable = false } = client.codec;
  if (leaseKey !== undefined && leaseKey !== 'inline' && leaseKey !== 'separate') {
    throw new InvalidCacheConfigError("options.leaseKey must be 'inline' or 'separate'");
  }
  return () => new MemcachedBackend(client, leaseKey ?? (interoperable ? 'separate' : 'inline'));
}

interface ResolvedMemcached {
  readonly client: ResolvedOptions;
  readonly leaseKey: MemcachedOptions['leaseKey'];
}

function resolveElastiCache({ location, options = {} }: ElastiCacheConfig): ResolvedMemcached {
  parseConfigurationEndpoint(location, 'location');
  checkObject('options', options);
  const { ignoreClusterErrors, leaseKey, discovery = {}, ...clientOptions } = options;
  const client = resolveOptions(
    { configurationEndpoint: location },
    {
      ...clientOptions,
      discovery: ignoreClusterErrors === undefined ? discovery : { ...discovery, ignoreClusterErrors },
    },
  );
  return { client, leaseKey };
}

function resolveMemcached({ location, options = {} }: MemcachedConfig): ResolvedMemcached {
  const servers = typeof location === 'string' ? splitList(location) : location;
  if (!Array.isArray(servers) || servers.length === 0) {
    throw new InvalidCacheConfigError(
      "location must be a list of 'host:port', or a string of them between commas or semicolons",
    );
  }
  checkObject('options', options);
  const { leaseKey, ...clientOptions } = options;
  return { client: resolveOptions({ servers }, clientOptions), leaseKey };
}

function resolveMemory({ location = '', options = {} }: MemoryConfig): () => CacheBackend {
  if (typeof location !== 'string') {
    throw new InvalidCacheConfigError('location must be a string, the name of the memory store');
  }
  checkObject('options', options);
  rejectUnknown(options, MEMORY_OPTIONS, 'option ');
  const limits = resolveLimits('options', options);
  return () => new MemoryBackend(location, limits);
}

function resolveNear(near: NearOptions | undefined): NearLimits | undefined {
  if (near === undefined) return undefined;
  checkObject('near', near);
  rejectUnknown(near, NEAR_OPTIONS, 'option near.');
  return { ...resolveLimits('near', near), ttl: resolveSeconds('near.ttl', near.ttl, DEFAULT_NEAR_TTL) };
}

function resolveCustom(config: CustomConfig): () => CacheBackend {
  rejectUnknown(config, SETTINGS);
  const { backend } = config;
  for (const method of BACKEND_METHODS) {
    if (typeof backend[method] !== 'function') {
      throw new InvalidCacheConfigError(`backend must have the method ${method}, as a CacheBackend does`);
    }
  }
  for (const [one, other] of METHODS_THAT_COME_TOGETHER) {
    if (typeof backend[one] === typeof backend[other]) continue;
    throw new InvalidCacheConfigError(
      `backend must have both of the methods ${one} and ${other}, or neither`,
    );
  }
  if (backend.claim !== undefined && backend.find === undefined) {
    throw new InvalidCacheConfigError('backend must have the methods find and put where it has claim');
  }
  return () => backend;
}

function resolveTtl(ttl: Ttl): number | null {
  return orConfigError(() => ttlSeconds(ttl), ', or null for never');
}

/** @param rest what else would be right. */
function orConfigError<T>(resolve: () => T, rest = ''): T {
  try {
    return resolve();
  } catch (error) {
    throw new InvalidCacheConfigError(`${(error as Error).message}${rest}`);
  }
}

/** A duration that is over some time, and not at once. */
function resolveSeconds(name: string, duration: Duration | undefined, fallback: number): number {
  if (duration === undefined) return fallback;
  const seconds = orConfigError(() => durationSeconds(duration, name));
  if (seconds > 0) return seconds;
  throw new InvalidCacheConfigError(`${name} must be above 0`);
}

/** @param of what the limits are named after. */
function resolveLimits(of: string, { maxEntries, maxBytes }: MemoryOptions): MemoryLimits {
  return {
    maxEntries: limit(`${of}.maxEntries`, maxEntries, MOST_ENTRIES, DEFAULT_MAX_ENTRIES),
    maxBytes: limit(`${of}.maxBytes`, maxBytes, Number.MAX_SAFE_INTEGER, DEFAULT_MAX_BYTES),
  };
}

function limit(name: string, value: number | undefined, most: number, fallback: number): number {
  if (value === undefined) return fallback;
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new InvalidCacheConfigError(`${name} must be a whole number from 1 to ${most}`);
}

function checkObject(name: string, value: unknown): void {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return;
  throw new InvalidCacheConfigError(`${name} must be an object`);
}

/** @param kind what a name is called in the error. */
function rejectUnknown(fields: object, known: readonly string[], kind = 'field '): void {
  for (const name of Object.keys(fields)) {
    if (known.includes(name)) continue;
    throw new InvalidCacheConfigError(`There is no ${kind}${name}; there is ${known.join(', ')}`);
  }
}
