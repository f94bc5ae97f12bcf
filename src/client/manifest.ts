/**
 * How a value is stored that is larger than the server takes: in chunks under keys of their own, and under
 * its key a manifest, which says what they are. The keys hold a UUID: no two writes share a chunk, and
 * whoever reads a manifest reads the chunks of that write or none. Big endian:
 *
 * | bytes | of a manifest |
 * | --- | --- |
 * | 0 to 3 | CRC-32 of the rest |
 * | 4 to 7 | client flags of the value |
 * | 8 to 11 | its bytes |
 * | 12 to 15 | bytes of each chunk, but the last, which has what is left |
 * | 16 on | what the keys of the chunks begin with; a dot and a number follow, from 0 |
 *
 * | bytes | of a chunk |
 * | --- | --- |
 * | 0 to 3 | CRC-32 of its key and the rest |
 * | 4 on | its part of the value |
 */
import { DecodeError } from '../errors.ts';
import { isSafeKey } from '../protocol/key.ts';

/** Client flags of a manifest: "MS". As clear of what other languages' clients know as {@link ENVELOPE_FLAGS}. */
export const SPLIT_FLAGS = 0x4d53_0000;
/** Client flags of a chunk: "MC". */
export const CHUNK_FLAGS = 0x4d43_0000;

export const CHUNK_HEADER_BYTES = 4;

/** Fewest bytes of a chunk: no manifest makes a reader ask for more keys than 64 Ki. */
export const MIN_CHUNK_BYTES = 1_024;

const HEADER_BYTES = 16;

export interface Manifest {
  readonly flags: number;
  readonly bytes: number;
  readonly chunkBytes: number;
  /** A byte string. */
  readonly base: string;
}

export function writeManifest({ base, bytes, chunkBytes, flags }: Manifest): Buffer {
  const manifest = Buffer.allocUnsafe(HEADER_BYTES + base.length);
  manifest.writeUInt32BE(flags, 4);
  manifest.writeUInt32BE(bytes, 8);
  manifest.writeUInt32BE(chunkBytes, 12);
  manifest.write(base, HEADER_BYTES, 'latin1');
  manifest.writeUInt32BE(crc32(manifest.subarray(4)), 0);
  return manifest;
}

/**
 * @param maxBytes above which a value is not taken.
 * @throws DecodeError
 */
export function readManifest(buffer: Buffer, start: number, end: number, maxBytes: number): Manifest {
  if (end - start <= HEADER_BYTES || crc32(buffer.subarray(start + 4, end)) !== buffer.readUInt32BE(start)) {
    throw new DecodeError('Value is marked as split into chunks, and its manifest is broken');
  }
  const manifest = {
    flags: buffer.readUInt32BE(start + 4),
    bytes: buffer.readUInt32BE(start + 8),
    chunkBytes: buffer.readUInt32BE(start + 12),
    base: buffer.toString('latin1', start + HEADER_BYTES, end),
  };
  const { bytes, chunkBytes } = manifest;
  if (bytes === 0 || bytes > maxBytes || chunkBytes < MIN_CHUNK_BYTES) {
    throw new DecodeError(`Value is split in a way that is not allowed: ${bytes} bytes by ${chunkBytes}`);
  }
  if (!isSafeKey(chunkKey(manifest, chunkCount(manifest)))) {
    throw new DecodeError('Value is split into chunks under keys that memcached cannot carry');
  }
  return manifest;
}

export function chunkCount({ bytes, chunkBytes }: Manifest): number {
  return Math.ceil(bytes / chunkBytes);
}

export function chunkKey({ base }: Manifest, index: number): string {
  return `${base}.${index}`;
}

/** Which chunk a key is of. */
export function chunkIndex({ base }: Manifest, key: string): number {
  return Number(key.slice(base.length + 1));
}

export function sealChunk(manifest: Manifest, index: number, value: Uint8Array): Buffer {
  const { chunkBytes } = manifest;
  const part = value.subarray(index * chunkBytes, (index + 1) * chunkBytes);
  const chunk = Buffer.allocUnsafe(CHUNK_HEADER_BYTES + part.length);
  chunk.set(part, CHUNK_HEADER_BYTES);
  chunk.writeUInt32BE(checksum(manifest, index, chunk.subarray(CHUNK_HEADER_BYTES)), 0);
  return chunk;
}

/** The part of the value in a chunk; undefined where it is damaged, or another. */
export function openChunk(manifest: Manifest, index: number, chunk: Buffer): Buffer | undefined {
  const { bytes, chunkBytes } = manifest;
  const length = Math.min(chunkBytes, bytes - index * chunkBytes);
  if (chunk.length !== CHUNK_HEADER_BYTES + length) return undefined;
  const part = chunk.subarray(CHUNK_HEADER_BYTES);
  return checksum(manifest, index, part) === chunk.readUInt32BE(0) ? part : undefined;
}

function checksum(manifest: Manifest, index: number, part: Buffer): number {
  return crc32(part, crc32(Buffer.from(chunkKey(manifest, index), 'latin1')));
}

function crc32(bytes: Buffer, seed = 0): number {
  return process.getBuiltinModule('node:zlib').crc32(bytes, seed);
}
