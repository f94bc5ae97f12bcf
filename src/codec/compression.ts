/** Compression as node:zlib has it: whole streams, bounded, on this thread or on another. */
import type { ZlibOptions } from 'node:zlib';
import { DecodeError } from '../errors.ts';

export type CompressionAlgorithm = 'zlib' | 'zstd' | 'brotli';

/** What makes a stream, and what reads it: names of node:zlib, there with `Sync` too. */
const FUNCTIONS = {
  zlib: ['deflate', 'inflate'],
  zstd: ['zstdCompress', 'zstdDecompress'],
  brotli: ['brotliCompress', 'brotliDecompress'],
} as const satisfies Record<CompressionAlgorithm, readonly [string, string]>;

/** The first Node.js with zstd: https://nodejs.org/api/zlib.html#zlibzstdcompressbuffer-options-callback */
const ZSTD_NODE = 'Node.js 22.15';

/** Brotli's own default, 11, takes a second for 1 MB; at 4 it is as fast as zlib (`bench/compression.mjs`). */
const BROTLI_QUALITY = 4;

/** A buffer of output at a time. Each costs a thread's way there and back. */
const MAX_OUTPUT_CHUNK = 262_144;

type Options = ZlibOptions & { readonly params?: Record<number, number> };
type Result = Buffer | { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } };
type Functions = Readonly<Record<string, unknown>>;
type Later = (
  bytes: Uint8Array,
  options: Options,
  done: (error: Error | null, result: Result) => void,
) => void;
type AtOnce = (bytes: Uint8Array, options: Options) => Result;

// Loaded when first needed (`bench` cold start).
function zlib(): typeof import('node:zlib') {
  return process.getBuiltinModule('node:zlib');
}

/** Why an algorithm cannot be used here; undefined where it can. */
export function lacking(algorithm: CompressionAlgorithm): string | undefined {
  const [name] = FUNCTIONS[algorithm];
  if (typeof (zlib() as unknown as Functions)[name] === 'function') return undefined;
  return `${algorithm} needs ${ZSTD_NODE} or newer, and this is ${process.version}`;
}

export function compress(algorithm: CompressionAlgorithm, bytes: Uint8Array): Buffer {
  return atOnce(FUNCTIONS[algorithm][0])(bytes, compressOptions(algorithm, bytes)) as Buffer;
}

/** {@link compress} on another thread; the bytes must not change meanwhile. */
export function compressLater(algorithm: CompressionAlgorithm, bytes: Uint8Array): Promise<Buffer> {
  return later(FUNCTIONS[algorithm][0], bytes, compressOptions(algorithm, bytes)) as Promise<Buffer>;
}

/**
 * What a stream holds, which must be all of the bytes.
 *
 * @param maxBytes no more memory than for so many bytes is taken.
 * @throws DecodeError where they are no stream, only the start of one, or hold more.
 */
export function decompress(algorithm: CompressionAlgorithm, bytes: Buffer, maxBytes: number): Buffer {
  checkReadable(algorithm);
  try {
    return whole(atOnce(FUNCTIONS[algorithm][1])(bytes, decompressOptions(maxBytes)), bytes);
  } catch (cause) {
    throw unreadable(algorithm, cause);
  }
}

/** {@link decompress} on another thread; the bytes must not change meanwhile. */
export async function decompressLater(
  algorithm: CompressionAlgorithm,
  bytes: Buffer,
  maxBytes: number,
): Promise<Buffer> {
  checkReadable(algorithm);
  try {
    return whole(await later(FUNCTIONS[algorithm][1], bytes, decompressOptions(maxBytes)), bytes);
  } catch (cause) {
    throw unreadable(algorithm, cause);
  }
}

/** Whether bytes could not be decompressed because that would take more than was allowed. */
export function holdsMore(error: unknown): boolean {
  return error instanceof DecodeError && isTooLarge(error.cause);
}

function isTooLarge(cause: unknown): boolean {
  return (cause as NodeJS.ErrnoException | undefined)?.code === 'ERR_BUFFER_TOO_LARGE';
}

function compressOptions(algorithm: CompressionAlgorithm, bytes: Uint8Array): Options {
  if (algorithm !== 'brotli') return {};
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT } = zlib().constants;
  return { params: { [BROTLI_PARAM_QUALITY]: BROTLI_QUALITY, [BROTLI_PARAM_SIZE_HINT]: bytes.length } };
}

function decompressOptions(maxBytes: number): Options {
  const chunkSize = Math.min(MAX_OUTPUT_CHUNK, Math.max(64, maxBytes));
  return { chunkSize, maxOutputLength: maxBytes, info: true };
}

function atOnce(name: string): AtOnce {
  return (zlib() as unknown as Functions)[`${name}Sync`] as AtOnce;
}

function later(name: string, bytes: Uint8Array, options: Options): Promise<Result> {
  const run = (zlib() as unknown as Functions)[name] as Later;
  return new Promise((resolve, reject) => {
    run(bytes, options, (error, result) => {
      if (error === null) resolve(result);
      else reject(error);
    });
  });
}

/** Streams end where they say so: what was put behind one is not noticed otherwise. */
function whole(result: Result, bytes: Buffer): Buffer {
  const { buffer, engine } = result as Exclude<Result, Buffer>;
  if (engine.bytesWritten !== bytes.length) throw new DecodeError('Something follows the compressed value');
  return buffer;
}

function checkReadable(algorithm: CompressionAlgorithm): void {
  const lack = lacking(algorithm);
  if (lack !== undefined) throw new DecodeError(`Value cannot be decompressed: ${lack}`);
}

function unreadable(algorithm: CompressionAlgorithm, cause: unknown): DecodeError {
  if (cause instanceof DecodeError) return cause;
  return isTooLarge(cause)
    ? new DecodeError('Compressed value holds more than is allowed', { cause })
    : new DecodeError(`Value is marked as compressed with ${algorithm}, and the stream is broken`, { cause });
}
