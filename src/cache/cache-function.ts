import { FactoryError, InvalidCacheConfigError } from '../errors.ts';
import type { Cache } from './cache.ts';
import type { GetOrSetOptions } from './call-options.ts';

/** A function whose results can be cached. */
type AsyncFunction = (...args: never[]) => Promise<unknown>;

/** What `cacheFunction` takes: where results are kept, under which key, and what `getOrSet` takes. */
export interface CacheFunctionOptions<F extends AsyncFunction> extends Omit<GetOrSetOptions, 'signal'> {
  /** Where the results are kept. */
  readonly cache: Cache;
  /** The key of a call, made of its arguments. Calls of one key have one result. */
  readonly key: (...args: Parameters<F>) => string;
}

/** A function with the signature of `F`, and a way to drop a result. */
export type CachedFunction<F extends AsyncFunction> = F & {
  /** Deletes the result of a call with these arguments; resolves to whether there was one. */
  forget(...args: Parameters<F>): Promise<boolean>;
};

/**
 * Wraps an async function: a call gives what is stored under its key, else what the function resolves to,
 * which is then stored. However many calls of one key miss at once, the function runs once; take what it
 * gives as read-only. Calls are those of `cache.getOrSet`, with two differences: a rejection is the
 * function's own, not a `FactoryError`, and `this` is passed on.
 *
 * @param options `cache` and `key`, and the options of `getOrSet` but `signal`, which belongs to one call.
 * @throws InvalidCacheConfigError for a function, cache or key that is none.
 *
 * @example
 * ```ts
 * const findUser = cacheFunction((id: number) => database.findUser(id), {
 *   cache,
 *   key: (id) => `user:${id}`,
 *   ttl: '10m',
 * });
 * await findUser(1);
 * await findUser.forget(1); // after a change
 * ```
 */
export function cacheFunction<F extends AsyncFunction>(
  fn: F,
  options: CacheFunctionOptions<F>,
): CachedFunction<F> {
  if (typeof options !== 'object' || options === null) {
    throw new InvalidCacheConfigError('cacheFunction takes a function and an object of options');
  }
  const { cache, key, ...callOptions } = options;
  if (typeof fn !== 'function') throw new InvalidCacheConfigError('cacheFunction takes a function');
  if (typeof key !== 'function') {
    throw new InvalidCacheConfigError('key must be a function (...args) => string');
  }
  if (typeof cache?.getOrSet !== 'function') {
    throw new InvalidCacheConfigError('cache must be a cache, as createCache makes one');
  }

  async function cached(this: unknown, ...args: Parameters<F>): Promise<unknown> {
    try {
      return await cache.getOrSet(key(...args), () => fn.apply(this, args), callOptions);
    } catch (error) {
      // Of the wrapper: what the function itself rejected with is what its callers know.
      throw error instanceof FactoryError ? error.cause : error;
    }
  }

  async function forget(...args: Parameters<F>): Promise<boolean> {
    return cache.delete(key(...args), callOptions);
  }

  return Object.assign(cached, { forget }) as unknown as CachedFunction<F>;
}
