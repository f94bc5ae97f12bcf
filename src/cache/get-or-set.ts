/** The decision of `getOrSet`: what is stored, else what one caller computes. */
import { ClosedError, FactoryError, InvalidKeyError, InvalidValueError, NodeDownError } from '../errors.ts';
import type { CacheBackend } from './cache-backend.ts';
import type { Factory } from './call-options.ts';
import { type IsCurrent, type Share, SingleFlight } from './single-flight.ts';
import { untilAborted } from './until-aborted.ts';

export interface GetOrSetCall {
  readonly key: string;
  /** Seconds, or `null` for never. */
  readonly ttl: number | null;
  readonly factory: Factory<unknown>;
  readonly signal: AbortSignal | undefined;
}

export class GetOrSet {
  readonly #backend: CacheBackend;
  readonly #report: (error: Error) => void;
  readonly #flights = new SingleFlight();

  /** @param report told of failures of the backend, which no caller has to suffer from. */
  constructor(backend: CacheBackend, report: (error: Error) => void) {
    this.#backend = backend;
    this.#report = report;
  }

  run(call: GetOrSetCall): Promise<unknown> {
    call.signal?.throwIfAborted();
    const outcome = this.#flights.run(call.key, (share) => this.#run(call, share));
    return untilAborted(outcome, call.signal);
  }

  /** Something was deleted: what is being computed for it must neither be stored nor shared any more. */
  forget(keys: Iterable<string>): void {
    for (const key of keys) this.#flights.forget(key);
  }

  forgetAll(): void {
    this.#flights.forgetAll();
  }

  async #run(call: GetOrSetCall, share: Share): Promise<unknown> {
    let reachable = true;
    // Each caller reads for itself, so that it sees its own writes; only the computation is shared.
    const stored = await this.#backend.get(call.key).catch((error: Error) => {
      if (isFinal(error)) throw error;
      reachable = false;
      this.#report(error);
    });
    if (stored !== undefined) return stored;
    call.signal?.throwIfAborted();
    return share((isCurrent) => this.#compute(call, reachable, isCurrent));
  }

  async #compute(
    { key, ttl, factory }: GetOrSetCall,
    store: boolean,
    isCurrent: IsCurrent,
  ): Promise<unknown> {
    const value = await callFactory(factory, key);
    if (value === undefined || !store || !isCurrent()) return value;
    try {
      if (await this.#add(key, value, ttl, isCurrent)) return value;
      // Another writer was first, maybe in another process: its value is the one that all see.
      const first = await this.#backend.get(key);
      return first === undefined ? value : first;
    } catch (error) {
      if (error instanceof InvalidValueError) throw error;
      this.#report(error as Error);
      return value;
    }
  }

  /** No stand-in takes an `add`, for one may be a lock. This one is none. */
  async #add(key: string, value: unknown, ttl: number | null, isCurrent: IsCurrent): Promise<boolean> {
    try {
      return await this.#backend.add(key, value, ttl);
    } catch (error) {
      if (!(error instanceof NodeDownError) || !isCurrent()) throw error;
      return this.#backend.set(key, value, ttl);
    }
  }
}

async function callFactory(factory: Factory<unknown>, key: string): Promise<unknown> {
  try {
    return await factory();
  } catch (cause) {
    throw new FactoryError('The factory given to getOrSet failed', { cause, operation: 'getOrSet', key });
  }
}

/** The caller's own doing, which no factory makes good. */
function isFinal(error: Error): boolean {
  return error instanceof ClosedError || error instanceof InvalidKeyError;
}
