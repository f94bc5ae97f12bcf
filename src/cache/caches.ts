import { ClosedError, InvalidCacheConfigError } from '../errors.ts';
import { Cache } from './cache.ts';
import type { CacheConfig } from './cache-config.ts';
import { type ResolvedCacheConfig, resolveCacheConfig } from './resolve-cache-config.ts';

/** The caches of an application, by alias. Made by `createCaches`. */
export class Caches implements AsyncDisposable {
  readonly #configs: ReadonlyMap<string, ResolvedCacheConfig>;
  readonly #caches = new Map<string, Cache>();
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor(configs: ReadonlyMap<string, ResolvedCacheConfig>) {
    this.#configs = configs;
  }

  /**
   * The cache of an alias, made when it is first asked for, the same object after.
   *
   * @throws InvalidCacheConfigError for an alias that is not configured; ClosedError after `close`.
   * @example
   * ```ts
   * await caches.get('default').set('greeting', 'hello');
   * ```
   */
  get(alias: string): Cache {
    if (this.#closing !== undefined) throw new ClosedError('Caches are closed');
    const made = this.#caches.get(alias);
    if (made !== undefined) return made;
    const config = this.#configs.get(alias);
    if (config === undefined) {
      throw new InvalidCacheConfigError(
        `There is no cache ${JSON.stringify(alias)}; there is ${[...this.#configs.keys()].join(', ')}`,
      );
    }
    const cache = new Cache(config);
    this.#caches.set(alias, cache);
    return cache;
  }

  /**
   * All caches that are configured, made where they were not yet.
   *
   * @example
   * ```ts
   * for (const cache of caches.all()) cache.on('error', console.warn);
   * ```
   */
  all(): Cache[] {
    return [...this.#configs.keys()].map((alias) => this.get(alias));
  }

  /**
   * Closes the caches that were made.
   *
   * @example
   * ```ts
   * await caches.close();
   * ```
   */
  close(): Promise<void> {
    this.#closing ??= closeAll([...this.#caches.values()]);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * Makes the caches of an application, each when it is first asked for.
 *
 * @param configs by alias; there must be a `default`.
 * @throws InvalidCacheConfigError naming the alias, and the field or option that cannot be right.
 *
 * @example
 * ```ts
 * const caches = createCaches({
 *   default: { backend: 'elasticache', location: 'mycluster.abc123.cfg.use1.cache.amazonaws.com:11211' },
 *   local: { backend: 'memory', ttl: 30 },
 * });
 * await caches.get('local').set('greeting', 'hello');
 * ```
 */
export function createCaches(
  configs: Readonly<Record<string, CacheConfig>> & { readonly default: CacheConfig },
): Caches {
  if (typeof configs !== 'object' || configs === null) {
    throw new InvalidCacheConfigError('createCaches takes an object of configs by alias');
  }
  if (!Object.hasOwn(configs, 'default')) {
    throw new InvalidCacheConfigError("A config for the alias 'default' must be there");
  }
  return new Caches(
    new Map(Object.entries(configs).map(([alias, config]) => [alias, resolveNamed(alias, config)])),
  );
}

function resolveNamed(alias: string, config: CacheConfig): ResolvedCacheConfig {
  try {
    return resolveCacheConfig(config);
  } catch (error) {
    if (!(error instanceof InvalidCacheConfigError)) throw error;
    throw new InvalidCacheConfigError(`${alias}: ${error.message}`, { cause: error });
  }
}

async function closeAll(caches: readonly Cache[]): Promise<void> {
  await Promise.all(caches.map((cache) => cache.close()));
}
