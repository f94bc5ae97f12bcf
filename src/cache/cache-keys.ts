import { ClientInputError, InvalidKeyError } from '../errors.ts';
import { encodeKey } from '../protocol/key.ts';
import type { CacheBackend } from './cache-backend.ts';
import type { KeyFunction } from './cache-config.ts';

export interface CacheKeysOptions {
  readonly keyPrefix: string;
  readonly version: number;
  readonly keyFunction: KeyFunction;
}

/** Makes final keys of callers' keys, and checks them. */
export class CacheKeys {
  readonly #options: CacheKeysOptions;
  readonly #backend: CacheBackend;
  readonly #before: string;

  /** @param before put before each key that is given. */
  constructor(options: CacheKeysOptions, backend: CacheBackend, before = '') {
    this.#options = options;
    this.#backend = backend;
    this.#before = before;
  }

  /** Makes keys that begin with `before`, for the same backend. */
  within(before: string): CacheKeys {
    return new CacheKeys(this.#options, this.#backend, before);
  }

  /** @throws InvalidKeyError; ClientInputError for a version that is none. */
  make(key: string, version: number = this.#options.version): string {
    if (typeof key !== 'string') throw new InvalidKeyError(`Key must be a string, not ${typeof key}`);
    if (!Number.isSafeInteger(version)) throw new ClientInputError('version must be a whole number');
    const finalKey = this.#options.keyFunction(this.#before + key, this.#options.keyPrefix, version);
    if (typeof finalKey !== 'string') throw new InvalidKeyError('keyFunction must give a string', { key });
    this.#check(finalKey);
    return finalKey;
  }

  #check(finalKey: string): void {
    if (this.#backend.checkKey === undefined) encodeKey(finalKey);
    else this.#backend.checkKey(finalKey);
  }

  /** Final keys by the keys as given, once all of them are checked. */
  makeMany(keys: Iterable<string>, version: number | undefined): Map<string, string> {
    const finalKeys = new Map<string, string>();
    for (const key of keys) finalKeys.set(key, this.make(key, version));
    return finalKeys;
  }
}
