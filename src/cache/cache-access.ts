import { type Ttl, ttlSeconds } from '../client/ttl.ts';
import { ClientInputError, ClosedError } from '../errors.ts';
import type { CacheScope } from './cache-scope.ts';
import { type CacheSnapshot, CacheStore } from './cache-store.ts';
import { Namespace } from './namespace/namespace.ts';
import type { ResolvedCacheConfig } from './resolve-cache-config.ts';

/** By what the calls of a cache, or of one of its namespaces, come to what they work on. */
export class CacheAccess {
  readonly #config: ResolvedCacheConfig;
  readonly #store: CacheStore;
  readonly #parent: CacheAccess | undefined;
  readonly #namespace: Namespace | undefined;
  #closing: Promise<void> | undefined;

  /** @param report told of failures that no call reports. */
  static open(config: ResolvedCacheConfig, report: (error: Error) => void): CacheAccess {
    return new CacheAccess(config, new CacheStore(config, report));
  }

  private constructor(
    config: ResolvedCacheConfig,
    store: CacheStore,
    parent?: CacheAccess,
    namespace?: Namespace,
  ) {
    this.#config = config;
    this.#store = store;
    this.#parent = parent;
    this.#namespace = namespace;
  }

  /** @throws InvalidKeyError for a name that cannot be part of a key. */
  within(name: string): CacheAccess {
    this.checkOpen();
    const namespace = new Namespace(this.#store, name, this.#namespace);
    return new CacheAccess(this.#config, this.#store, this, namespace);
  }

  /** What a call works on; `undefined` where the generation of a namespace has to be read first. */
  scope(): CacheScope | undefined {
    this.checkOpen();
    return this.#namespace === undefined ? this.#store.scope : this.#namespace.scope;
  }

  /** As {@link scope}, once the generation is read. */
  find(): Promise<CacheScope> {
    return this.#find((namespace) => namespace.find());
  }

  /** As {@link find}; where it cannot be read, nothing is stored, and that is told. */
  findToServe(): Promise<CacheScope> {
    return this.#find((namespace) => namespace.findToServe());
  }

  /** As {@link scope}, without waiting: by the last generation that is known. */
  lastScope(): CacheScope {
    this.checkOpen();
    const scope = this.#namespace === undefined ? this.#store.scope : this.#namespace.lastScope;
    if (scope !== undefined) return scope;
    throw new ClientInputError(
      'No generation of this namespace is known yet: await another call on it first',
    );
  }

  /** Seconds, or `null` for never. */
  ttl(ttl: Ttl | undefined): number | null {
    return ttl === undefined ? this.#config.ttl : ttlSeconds(ttl);
  }

  async clear(): Promise<void> {
    this.checkOpen();
    await (this.#namespace ?? this.#store).clear();
  }

  /** A namespace leaves open what is its parent's. */
  close(): Promise<void> {
    this.#closing ??= this.#namespace === undefined ? this.#store.close() : Promise.resolve();
    return this.#closing;
  }

  snapshot(): CacheSnapshot {
    return this.#store.snapshot();
  }

  /** @throws ClosedError */
  checkOpen(): void {
    if (this.#closing !== undefined) throw new ClosedError('Cache is closed');
    this.#parent?.checkOpen();
  }

  /** Only a namespace has anything to be read first. */
  async #find(find: (namespace: Namespace) => Promise<CacheScope>): Promise<CacheScope> {
    const scope = await find(this.#namespace as Namespace);
    this.checkOpen();
    return scope;
  }
}
