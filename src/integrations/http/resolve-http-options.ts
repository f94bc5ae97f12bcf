/** Checks what `httpCache` is given and fills in defaults, once. */
import type { Cache } from '../../cache/cache.ts';
import { type Duration, durationSeconds } from '../../client/ttl.ts';
import { InvalidCacheConfigError, InvalidKeyError } from '../../errors.ts';
import type { HttpCacheOptions } from './http-cache-options.ts';
import { digest } from './page-request.ts';
import { variantsKey } from './page-store.ts';

export interface ResolvedHttpCacheOptions {
  readonly cache: Cache;
  readonly keyPrefix: string;
  /** Seconds; `undefined`: what the page says, else the default. */
  readonly ttl: number | undefined;
  readonly defaultTtl: number;
  readonly maxBodyBytes: number;
  readonly waitMs: number;
}

const OPTIONS: readonly (keyof HttpCacheOptions)[] = [
  'cache',
  'ttl',
  'defaultTtl',
  'keyPrefix',
  'maxBodyBytes',
  'waitMs',
];
/** As Django's CACHE_MIDDLEWARE_SECONDS. */
const DEFAULT_TTL = 600;
/** Below memcached's 1 MiB for an item, with room for its head. */
const DEFAULT_MAX_BODY_BYTES = 1_000_000;
/** As nginx's proxy_cache_lock_timeout. */
const DEFAULT_WAIT_MS = 5_000;

/** @throws InvalidCacheConfigError naming the option and what it should be. */
export function resolveHttpOptions(options: HttpCacheOptions): ResolvedHttpCacheOptions {
  if (typeof options !== 'object' || options === null) {
    throw new InvalidCacheConfigError('httpCache takes an object of options');
  }
  for (const name of Object.keys(options)) {
    if ((OPTIONS as readonly string[]).includes(name)) continue;
    throw new InvalidCacheConfigError(`There is no option ${name}; there is ${OPTIONS.join(', ')}`);
  }
  const { cache, keyPrefix = 'http', ttl, defaultTtl = DEFAULT_TTL } = options;
  if (typeof cache?.getOrSet !== 'function') {
    throw new InvalidCacheConfigError('cache must be a cache, as createCache makes one');
  }
  checkKeyPrefix(cache, keyPrefix);
  return {
    cache,
    keyPrefix,
    ttl: ttl === undefined ? undefined : lifetime('ttl', ttl),
    defaultTtl: lifetime('defaultTtl', defaultTtl),
    maxBodyBytes: wholeNumber('maxBodyBytes', options.maxBodyBytes, DEFAULT_MAX_BODY_BYTES),
    waitMs: wholeNumber('waitMs', options.waitMs, DEFAULT_WAIT_MS),
  };
}

/** Now, rather than with every request. */
function checkKeyPrefix(cache: Cache, keyPrefix: string): void {
  if (typeof keyPrefix !== 'string') throw new InvalidCacheConfigError('keyPrefix must be a string');
  try {
    cache.makeKey(variantsKey(keyPrefix, digest([])));
  } catch (cause) {
    if (!(cause instanceof InvalidKeyError)) throw cause;
    throw new InvalidCacheConfigError(`keyPrefix makes no key that the cache can carry: ${cause.message}`, {
      cause,
    });
  }
}

function lifetime(name: string, duration: Duration): number {
  const seconds = toSeconds(name, duration);
  if (seconds > 0) return seconds;
  throw new InvalidCacheConfigError(`${name} must be longer than 0`);
}

function toSeconds(name: string, duration: Duration): number {
  try {
    return durationSeconds(duration, name);
  } catch (error) {
    throw new InvalidCacheConfigError((error as Error).message);
  }
}

function wholeNumber(name: string, value: number | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  if (Number.isInteger(value) && value >= 1 && value < 2 ** 31) return value;
  throw new InvalidCacheConfigError(`${name} must be a whole number from 1`);
}
