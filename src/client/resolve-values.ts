/** Checks the options of how values are stored, against each other too. */
import type { Codec } from '../codec/codec.ts';
import { type CompressionAlgorithm, lacking } from '../codec/compression.ts';
import { jsonCodec } from '../codec/json-codec.ts';
import { InvalidCacheConfigError } from '../errors.ts';
import type { ClientOptions, CompressionOptions } from './client-options.ts';
import { integer, oneOf, rejectUnknown } from './option-checks.ts';

export interface ResolvedValues {
  readonly codec: Codec;
  /** Undefined where nothing is compressed. */
  readonly compression: Required<CompressionOptions> | undefined;
  readonly largeValues: 'throw' | 'split';
}

const COMPRESSION_NAMES: ReadonlySet<string> = new Set<keyof CompressionOptions>(['algorithm', 'minBytes']);
const ALGORITHMS: readonly CompressionAlgorithm[] = ['zlib', 'zstd', 'brotli'];
const DEFAULT_MIN_BYTES = 1_024;
/** Chunks have to be worth their keys. */
const MIN_SPLIT_BYTES = 4_096;
/** Keys of chunks are made of the prefix and up to 44 characters. */
const MAX_SPLIT_PREFIX_BYTES = 200;

/** @throws InvalidCacheConfigError */
export function resolveValues(options: ClientOptions, maxValueBytes: number): ResolvedValues {
  const codec = resolveCodec(options.codec);
  const largeValues = oneOf('largeValues', options.largeValues, ['throw', 'split'], 'throw');
  if (largeValues === 'split') checkSplits(codec, options.keyPrefix ?? '', maxValueBytes);
  return { codec, compression: resolveCompression(options.compression, codec), largeValues };
}

function resolveCodec(codec: Codec = jsonCodec()): Codec {
  if (typeof codec?.encode !== 'function' || typeof codec.decode !== 'function') {
    throw new InvalidCacheConfigError('codec must have the functions encode and decode');
  }
  const { zlibFlag } = codec;
  // Above are the flags of what memfleet wraps.
  if (
    zlibFlag !== undefined &&
    !(Number.isInteger(Math.log2(zlibFlag)) && zlibFlag >= 1 && zlibFlag < 65_536)
  ) {
    throw new InvalidCacheConfigError('codec.zlibFlag must be one of the lower 16 bits');
  }
  return codec;
}

function resolveCompression(
  compression: CompressionOptions | undefined,
  { interoperable, zlibFlag }: Codec,
): ResolvedValues['compression'] {
  if (compression === undefined) return undefined;
  rejectUnknown(compression, COMPRESSION_NAMES, 'compression.');
  if (compression.algorithm === undefined) {
    throw new InvalidCacheConfigError("compression.algorithm must be given: 'zlib', 'zstd' or 'brotli'");
  }
  const algorithm = oneOf('compression.algorithm', compression.algorithm, ALGORITHMS, 'zlib');
  if (zlibFlag !== undefined && algorithm !== 'zlib') {
    throw new InvalidCacheConfigError(
      "compression.algorithm must be 'zlib' with a codec whose values other languages decompress",
    );
  }
  if (interoperable && zlibFlag === undefined) {
    throw new InvalidCacheConfigError(
      'compression must be off with a codec whose values other languages read: it has no zlibFlag',
    );
  }
  const lack = lacking(algorithm);
  if (lack !== undefined) throw new InvalidCacheConfigError(`compression.algorithm cannot be used: ${lack}`);
  const max = Number.MAX_SAFE_INTEGER;
  return {
    algorithm,
    minBytes: integer('compression.minBytes', compression.minBytes, 1, max, DEFAULT_MIN_BYTES),
  };
}

function checkSplits({ interoperable }: Codec, keyPrefix: string, maxValueBytes: number): void {
  if (interoperable) {
    throw new InvalidCacheConfigError(
      "largeValues must be 'throw' with a codec whose values other languages read: they cannot put chunks together",
    );
  }
  if (maxValueBytes < MIN_SPLIT_BYTES) {
    throw new InvalidCacheConfigError(
      `maxValueBytes must be at least ${MIN_SPLIT_BYTES} with largeValues: 'split'`,
    );
  }
  if (Buffer.byteLength(keyPrefix) > MAX_SPLIT_PREFIX_BYTES) {
    throw new InvalidCacheConfigError(
      `keyPrefix must be at most ${MAX_SPLIT_PREFIX_BYTES} bytes with largeValues: 'split'`,
    );
  }
}
