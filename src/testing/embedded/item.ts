/** One stored item, and how much memory memcached accounts for it. */

export interface Item {
  /** The key's bytes as a latin1 string. */
  readonly key: string;
  /** Never written to after it is stored: replies refer to it. */
  value: Buffer;
  clientFlags: number;
  /** Unix time in seconds at which the item is gone; 0 never. */
  exptime: number;
  cas: bigint;
  /** Unix time in seconds of the last access. */
  time: number;
  /** Read since it was stored (meta flag `h`). */
  fetched: boolean;
  /** Marked by `md … I` or stored as such by `ms … I` (reply token `X`). */
  stale: boolean;
  /** A client was told to recache it (`W`); the others see `Z`. */
  tokenSent: boolean;
  /** Stored by a base64 key, so that replies encode it again. */
  readonly binaryKey: boolean;
}

/** `sizeof(item)` of memcached 1.6 on 64-bit, and the CAS unique after it. */
const HEADER_BYTES = 56;

/** What memcached calls `ntotal`: header, key and its NUL, client flags unless 0, value and its CRLF. */
export function itemBytes(keyBytes: number, clientFlags: number, valueBytes: number): number {
  return HEADER_BYTES + keyBytes + 1 + (clientFlags === 0 ? 0 : 4) + valueBytes + 2;
}

/** Chunk sizes of memcached's slab classes with its default growth factor (`-f 1.25`, `-n 48`). */
const SLAB_CHUNK_BYTES: readonly number[] = slabChunks();

function slabChunks(): number[] {
  const largest = 524_288;
  const chunks: number[] = [];
  for (let size = 96; size <= largest / 1.25; size = Math.trunc(size * 1.25)) {
    size = Math.ceil(size / 8) * 8;
    chunks.push(size);
  }
  chunks.push(largest);
  return chunks;
}

/** The slab class (from 1) an item of this size falls in: `cls=` of the `me` command, `stats items`. */
export function slabClass(bytes: number): number {
  const index = SLAB_CHUNK_BYTES.findIndex((chunk) => bytes <= chunk);
  return index === -1 ? SLAB_CHUNK_BYTES.length : index + 1;
}

/** Bytes of one chunk of that class. */
export function slabChunkBytes(slab: number): number {
  return SLAB_CHUNK_BYTES[slab - 1] ?? 0;
}
