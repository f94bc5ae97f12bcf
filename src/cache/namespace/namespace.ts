import { ClosedError, InvalidKeyError } from '../../errors.ts';
import type { CacheScope } from '../cache-scope.ts';
import type { CacheStore } from '../cache-store.ts';
import { SAMPLE_GENERATION } from './generation.ts';
import type { Marker } from './marker.ts';

/** Ends a name: before the generation in keys, and at the end of a marker's own key. */
const AT = '~';
/** A generation is of all versions, so its marker is of none. */
const MARKER_VERSION = 0;

/**
 * A group of keys that is dropped together. What its key `ada` is stored under holds its generation, as in
 * `:1:users~lz3k8q2a0c9x4m1p:ada`, so that another generation hides all that was stored. The one in force
 * is the value of its marker, which is the key `users~` of version 0.
 *
 * The marker of a namespace within another is a key of that one. So it has a marker, and a generation, for
 * each generation of the outer one, and its keys need to hold no other than its own.
 */
export class Namespace {
  readonly #store: CacheStore;
  readonly #outer: Namespace | undefined;
  readonly #name: string;
  /** The names from the outermost on. */
  readonly #path: string;
  /** What was made last: it is right for as long as the generation is. */
  #made: { readonly generation: string; readonly scope: CacheScope } | undefined;
  /** As `#made`, for the scope of the outer one. */
  #marked: { readonly outer: CacheScope; readonly key: string } | undefined;

  /** @throws InvalidKeyError for a name that cannot be part of a key. */
  constructor(store: CacheStore, name: string, outer: Namespace | undefined) {
    if (typeof name !== 'string' || name === '') {
      throw new InvalidKeyError('The name of a namespace must be a string that is not empty');
    }
    this.#store = store;
    this.#outer = outer;
    this.#name = name;
    this.#path = outer === undefined ? name : `${outer.#path}:${name}`;
    this.#checkName();
  }

  /** Where calls work now; `undefined` where a generation has to be read first. */
  get scope(): CacheScope | undefined {
    const outer = this.#outer === undefined ? this.#store.scope : this.#outer.scope;
    const generation = outer && this.#markerIn(outer).current();
    return generation === undefined ? undefined : this.#scopeOf(generation);
  }

  /** As {@link scope}, by the last generation that this process knows of, in force or not. */
  get lastScope(): CacheScope | undefined {
    const outer = this.#outer === undefined ? this.#store.scope : this.#outer.lastScope;
    const generation = outer && this.#markerIn(outer).latest;
    return generation === undefined ? undefined : this.#scopeOf(generation);
  }

  /** Where calls work once what has to be read is read. Rejects where it cannot be. */
  async find(): Promise<CacheScope> {
    const marker = await this.#findMarker();
    const generation = await marker?.ready();
    return generation === undefined ? this.#lostScope() : this.#scopeOf(generation);
  }

  /** As {@link find}, where a failure is told and stops nobody. */
  async findToServe(): Promise<CacheScope> {
    try {
      return await this.find();
    } catch (error) {
      if (error instanceof ClosedError || error instanceof InvalidKeyError) throw error;
      this.#store.report(error as Error);
      return this.#lostScope();
    }
  }

  /** Puts another generation in force. */
  async clear(): Promise<void> {
    const outer = this.#outer === undefined ? this.#store.scope : this.#outer.scope;
    const marker = outer === undefined ? await this.#findMarker() : this.#markerIn(outer);
    await marker?.renew();
  }

  #checkName(): void {
    try {
      this.#scopeOf(SAMPLE_GENERATION).keys.make(AT);
    } catch (cause) {
      if (!(cause instanceof InvalidKeyError)) throw cause;
      const message = `The name of a namespace must be fit for keys: ${cause.message}`;
      throw new InvalidKeyError(message, { cause, key: this.#name });
    }
  }

  /** `undefined` where the outer namespace is lost. */
  async #findMarker(): Promise<Marker | undefined> {
    const outer = this.#outer === undefined ? this.#store.scope : await this.#outer.find();
    return outer.backend === this.#store.lost.backend ? undefined : this.#markerIn(outer);
  }

  #markerIn(outer: CacheScope): Marker {
    if (this.#marked?.outer !== outer) {
      this.#marked = { outer, key: outer.keys.make(this.#name + AT, MARKER_VERSION) };
    }
    return this.#store.markers.of(this.#marked.key);
  }

  #scopeOf(generation: string): CacheScope {
    if (this.#made?.generation !== generation) {
      this.#made = { generation, scope: { ...this.#store.scope, keys: this.#keys(generation) } };
    }
    return this.#made.scope;
  }

  /** No generation can be had: what is read is a miss, and what is written is not stored. */
  #lostScope(): CacheScope {
    return { ...this.#store.lost, keys: this.#keys(SAMPLE_GENERATION) };
  }

  #keys(generation: string): CacheScope['keys'] {
    return this.#store.scope.keys.within(`${this.#path}${AT}${generation}:`);
  }
}
