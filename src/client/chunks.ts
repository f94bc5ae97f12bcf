/** The chunks of values that are larger than the server takes: {@link Manifest} says how they are stored. */
import type { Slot } from '../connection/slot.ts';
import { lengthenExptime } from '../protocol/exptime.ts';
import { isSafeKey, toByteString } from '../protocol/key.ts';
import type { CallOptions } from './client-options.ts';
import type { Executor } from './executor.ts';
import {
  CHUNK_FLAGS,
  CHUNK_HEADER_BYTES,
  chunkCount,
  chunkIndex,
  chunkKey,
  type Manifest,
  openChunk,
  sealChunk,
} from './manifest.ts';
import { MultiGet } from './multi-get.ts';
import type { Operations } from './operations.ts';
import type { Rest } from './sequencer.ts';

/** A server counts the key, the header of an item and its CAS unique too, and refuses what is larger in all. */
export const ITEM_OVERHEAD_BYTES = 512;

/** Bytes of chunks under way at once. */
const WINDOW_BYTES = 8_388_608;

/** Chunks live on for so many seconds after the manifest, which is written last. */
const SPARE_SECONDS = 60;

export interface ChunksOptions {
  readonly keyPrefix: string;
  readonly maxValueBytes: number;
  /** Told of chunks that could not be deleted: they are in nobody's way. */
  readonly onError: (error: Error) => void;
}

export class Chunks {
  readonly #executor: Executor;
  readonly #operations: Operations;
  readonly #chunkBytes: number;
  /** What their keys begin with. */
  readonly #prefix: string;
  readonly #onError: (error: Error) => void;

  constructor(
    executor: Executor,
    operations: Operations,
    { keyPrefix, maxValueBytes, onError }: ChunksOptions,
  ) {
    this.#executor = executor;
    this.#operations = operations;
    this.#chunkBytes = maxValueBytes - ITEM_OVERHEAD_BYTES - CHUNK_HEADER_BYTES;
    const prefix = toByteString(keyPrefix);
    // One that needs base64 would do so in each of these.
    this.#prefix = isSafeKey(prefix) ? `${prefix}~` : '~';
    this.#onError = onError;
  }

  /** Of a value that is to be written: its chunks get keys that no other has. */
  plan(bytes: number, flags: number): Manifest {
    const count = Math.ceil(bytes / this.#chunkBytes);
    const base = this.#prefix + crypto.randomUUID();
    return { flags, bytes, chunkBytes: Math.ceil(bytes / count), base };
  }

  /** Whether all chunks are stored; where a failure is a miss, it may be false. */
  async write(manifest: Manifest, value: Uint8Array, exptime: number, rest: Rest): Promise<boolean> {
    const window = Math.max(1, Math.floor(WINDOW_BYTES / manifest.chunkBytes));
    const until = lengthenExptime(exptime, SPARE_SECONDS);
    for (let from = 0; from < chunkCount(manifest); from += window) {
      const stored = await this.#each(manifest, from, from + window, async (key, index) => {
        const command = {
          kind: 'store',
          mode: 'set',
          key,
          base64: false,
          flags: CHUNK_FLAGS,
          exptime: until,
          data: sealChunk(manifest, index, value),
          casToken: undefined,
        } as const;
        return this.#executor.sendInTurn(command, this.#operations.set, key, key, rest());
      });
      if (stored.includes(false)) return false;
    }
    return true;
  }

  /** The value; undefined where a chunk is gone, or is not what was stored. */
  async join(manifest: Manifest, slot: Slot): Promise<Buffer | undefined> {
    const { command } = slot;
    const keys = Array.from({ length: chunkCount(manifest) }, (_, index) => chunkKey(manifest, index));
    const rest = { timeoutMs: slot.restMs(performance.now()) };
    const asked = { given: keys, wire: { texts: keys, routed: keys, base64: undefined } };
    let whole: Buffer | undefined;
    const found = await MultiGet.run<string, true>(
      this.#executor,
      'getMany',
      asked,
      (_slot, { buffer, end, key, start }) => {
        if (key === undefined) return undefined;
        const index = chunkIndex(manifest, key);
        const part = openChunk(manifest, index, buffer.subarray(start, end));
        if (part === undefined) return undefined;
        // Not before there is one: a manifest says more than it is worth.
        whole ??= Buffer.allocUnsafeSlow(manifest.bytes);
        whole.set(part, index * manifest.chunkBytes);
        return true;
      },
      rest,
    );
    if (found.size < keys.length) return undefined;
    if (command.kind === 'gat') await this.touch(manifest, command.exptime, rest);
    return whole;
  }

  /** Whether all chunks were there. */
  async touch(manifest: Manifest, exptime: number, rest: CallOptions): Promise<boolean> {
    const until = lengthenExptime(exptime, SPARE_SECONDS);
    const touched = await this.#each(manifest, 0, Number.POSITIVE_INFINITY, (key) =>
      this.#executor.sendInTurn(
        { kind: 'touch', key, base64: false, exptime: until },
        this.#operations.touch,
        key,
        key,
        rest,
      ),
    );
    return !touched.includes(false);
  }

  /** Deletes them, and nobody waits for it; those that cannot be are left to expire. */
  remove(manifest: Manifest): void {
    const removed = this.#each(manifest, 0, Number.POSITIVE_INFINITY, (key) =>
      this.#executor.sendInTurn(
        { kind: 'delete', key, base64: false },
        this.#operations.delete,
        key,
        key,
        undefined,
      ),
    );
    this.#executor.sequencer.track(removed);
    removed.catch(this.#onError);
  }

  #each(
    manifest: Manifest,
    from: number,
    to: number,
    send: (key: string, index: number) => Promise<unknown>,
  ): Promise<unknown[]> {
    const sent: Promise<unknown>[] = [];
    for (let index = from; index < Math.min(to, chunkCount(manifest)); index++) {
      sent.push(send(chunkKey(manifest, index), index));
    }
    return Promise.all(sent);
  }
}
