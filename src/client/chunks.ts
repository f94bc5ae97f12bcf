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
import { MultiGet, type ValueOf } from './multi-get.ts';
import type { Operations } from './operations.ts';
import type { Rest } from './sequencer.ts';

/** A server counts the key, the header of an item and its CAS unique too, and refuses what is larger in all. */
export const ITEM_OVERHEAD_BYTES = 512;

/** Bytes of chunks under way at once. */
const WINDOW_BYTES = 8_388_608;

/**
 * Chunks asked for at once: more than any value has by the default sizes. A manifest says more than it is worth, and
 * makes nobody ask for the next of them where these are not there.
 */
const WINDOW_KEYS = 256;

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
    return this.#each(
      manifest,
      window,
      async (key, index) => {
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
      },
      (stored) => !stored.includes(false),
    );
  }

  /** The value; undefined where a chunk is gone, or is not what was stored. */
  async join(manifest: Manifest, slot: Slot): Promise<Buffer | undefined> {
    const { command } = slot;
    const rest = (): CallOptions => ({ timeoutMs: slot.restMs(performance.now()) });
    let whole: Buffer | undefined;
    const take: ValueOf = (_slot, { buffer, end, key, start }) => {
      if (key === undefined) return undefined;
      const index = chunkIndex(manifest, key);
      const part = openChunk(manifest, index, buffer.subarray(start, end));
      if (part === undefined) return undefined;
      // Not before there is one.
      whole ??= Buffer.allocUnsafeSlow(manifest.bytes);
      whole.set(part, index * manifest.chunkBytes);
      return true;
    };
    const count = chunkCount(manifest);
    for (let from = 0; from < count; from += WINDOW_KEYS) {
      const length = Math.min(WINDOW_KEYS, count - from);
      const keys = Array.from({ length }, (_, index) => chunkKey(manifest, from + index));
      const asked = { given: keys, wire: { texts: keys, routed: keys, base64: undefined } };
      const found = await MultiGet.run(this.#executor, 'getMany', asked, take, rest());
      if (found.size < length) return undefined;
    }
    if (command.kind === 'gat') await this.touch(manifest, command.exptime, rest);
    return whole;
  }

  /** Whether all chunks were there. */
  touch(manifest: Manifest, exptime: number, rest: Rest): Promise<boolean> {
    const until = lengthenExptime(exptime, SPARE_SECONDS);
    return this.#each(
      manifest,
      WINDOW_KEYS,
      (key) =>
        this.#executor.sendInTurn(
          { kind: 'touch', key, base64: false, exptime: until },
          this.#operations.touch,
          key,
          key,
          rest(),
        ),
      (touched) => !touched.includes(false),
    );
  }

  /** Deletes them, and nobody waits for it; those that cannot be are left to expire. */
  remove(manifest: Manifest): void {
    const removed = this.#each(
      manifest,
      WINDOW_KEYS,
      (key) =>
        this.#executor.sendInTurn(
          { kind: 'delete', key, base64: false },
          this.#operations.delete,
          key,
          key,
          undefined,
        ),
      (deleted) => deleted.includes(true),
    );
    this.#executor.sequencer.track(removed);
    removed.catch(this.#onError);
  }

  /** Sends so many at once, as long as it `goesOn` with what is answered; whether it did to the end. */
  async #each(
    manifest: Manifest,
    window: number,
    send: (key: string, index: number) => Promise<unknown>,
    goesOn: (answers: readonly unknown[]) => boolean,
  ): Promise<boolean> {
    const count = chunkCount(manifest);
    for (let from = 0; from < count; from += window) {
      const sent: Promise<unknown>[] = [];
      for (let index = from; index < Math.min(from + window, count); index++) {
        sent.push(send(chunkKey(manifest, index), index));
      }
      if (!goesOn(await Promise.all(sent))) return false;
    }
    return true;
  }
}
