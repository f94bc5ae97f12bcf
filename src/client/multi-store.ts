/** Many writes at once, pipelined, in windows that keep memory bounded. */
import {
  BackpressureError,
  ClosedError,
  DiscoveryError,
  MemfleetError,
  NodeDownError,
  NoNodesError,
} from '../errors.ts';
import type { Key } from './key-encoder.ts';
import type { WireValue } from './values.ts';

/** Writes and bytes of values under way at once. */
const WINDOW_WRITES = 2_000;
const WINDOW_BYTES = 8_388_608;

export class MultiStore<K extends Key> {
  readonly #store: (key: K, value: WireValue) => Promise<unknown>;
  readonly #onError: (error: Error) => void;
  readonly #failedKeys: K[] = [];
  readonly #reported = new Set<string>();
  #tried = 0;
  #firstError: Error | undefined;

  /** @param onError told of failures, once for each kind and node. */
  constructor(store: (key: K, value: WireValue) => Promise<unknown>, onError: (error: Error) => void) {
    this.#store = store;
    this.#onError = onError;
  }

  /** The keys that failed, in order. Rejects where nothing could be tried. */
  async run(entries: readonly (readonly [K, WireValue])[]): Promise<K[]> {
    let at = 0;
    while (at < entries.length) {
      const window: Promise<void>[] = [];
      for (
        let bytes = 0;
        at < entries.length && window.length < WINDOW_WRITES && bytes < WINDOW_BYTES;
        at++
      ) {
        const [key, value] = entries[at] as readonly [K, WireValue];
        bytes += value.data.length;
        window.push(this.#one(key, value));
      }
      await Promise.all(window);
    }
    if (this.#tried === 0 && this.#firstError !== undefined) throw this.#firstError;
    return entries.length === 0 ? [] : inOrder(entries, this.#failedKeys);
  }

  async #one(key: K, value: WireValue): Promise<void> {
    try {
      const stored = await this.#store(key, value);
      this.#tried++;
      if (stored !== true) this.#failedKeys.push(key);
    } catch (error) {
      this.#failed(key, error as Error);
    }
  }

  #failed(key: K, error: Error): void {
    this.#failedKeys.push(key);
    this.#firstError ??= error;
    if (!wasNotSent(error)) this.#tried++;
    const kind = error instanceof MemfleetError ? `${error.code} ${error.node}` : error.name;
    if (this.#reported.has(kind)) return;
    this.#reported.add(kind);
    this.#onError(error);
  }
}

function wasNotSent(error: Error): boolean {
  return [NodeDownError, NoNodesError, DiscoveryError, ClosedError, BackpressureError].some(
    (kind) => error instanceof kind,
  );
}

function inOrder<K extends Key>(entries: readonly (readonly [K, WireValue])[], failed: readonly K[]): K[] {
  if (failed.length === 0) return [];
  const set = new Set(failed);
  return entries.map(([key]) => key).filter((key) => set.has(key));
}
