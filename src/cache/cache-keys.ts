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
  readonly #check: (finalKey: string) => void;

  constructor(options: CacheKeysOptions, backend: CacheBackend) {
    this.#options = options;
    this.#check = (finalKey) => {
      if (backend.checkKey === undefined) encodeKey(finalKey);
      else backend.checkKey(finalKey);
    };
  }

  /** @throws InvalidKeyError; ClientInputError for a version that is none. */
  make(key: string, version: number = this.#options.version): string {
    if (typeof key !== 'string') throw new InvalidKeyError(`Key must be a string, not ${typeof key}`);
    if (!Number.isSafeInteger(version)) throw new ClientInputError('version must be a whole number');
    const finalKey = this.#options.keyFunction(key, this.#options.keyPrefix, version);
    if (typeof finalKey !== 'string') throw new InvalidKeyError('keyFunction must give a string', { key });
    this.#check(finalKey);
    return finalKey;
  }

  /** Final keys by the keys as given, once all of them are checked. */
  makeMany(keys: Iterable<string>, version: number | undefined): Map<string, string> {
    const finalKeys = new Map<string, string>();
    for (const key of keys) finalKeys.set(key, this.make(key, version));
    return finalKeys;
  }
}
