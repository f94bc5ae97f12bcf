/**
 * How a compressed value is stored. Big endian:
 *
 * | bytes | |
 * | --- | --- |
 * | 0 | 1: zlib, 2: brotli, 3: zstd |
 * | 1 to 4 | client flags of the value |
 * | 5 to 8 | its bytes before they were compressed |
 * | 9 on | the stream |
 *
 * With a codec that has a `zlibFlag` it is the stream alone, as the clients of other languages have it.
 */
import { type CompressionAlgorithm, decompress, decompressLater, holdsMore } from '../codec/compression.ts';
import { DecodeError } from '../errors.ts';
import { ValueReply } from '../protocol/value-reply.ts';

/** Client flags of a compressed value: "MZ". As clear of what other languages' clients know as {@link ENVELOPE_FLAGS}. */
export const PACKED_FLAGS = 0x4d5a_0000;
/** Client flags of a compressed envelope: "MY". What may be over is told from what is not without reading it. */
export const PACKED_ENVELOPE_FLAGS = 0x4d59_0000;

export const PACKED_HEADER_BYTES = 9;

const ALGORITHMS = [undefined, 'zlib', 'brotli', 'zstd'] as const satisfies (
  | CompressionAlgorithm
  | undefined
)[];

/** Up from here another thread decompresses: this one would be held up for longer than the way there takes
 * (`bench/compression.mjs`). */
const LATER_BYTES = 262_144;

/** A stream alone does not say what it holds: as text shrinks by zlib. It is no more than a guess. */
const LIKELY_RATIO = 4;

export function isPacked(flags: number): boolean {
  return flags === PACKED_FLAGS || flags === PACKED_ENVELOPE_FLAGS;
}

export function packedHeader(algorithm: CompressionAlgorithm, flags: number, bytes: number): Buffer {
  const header = Buffer.allocUnsafe(PACKED_HEADER_BYTES);
  header.writeUInt8(ALGORITHMS.indexOf(algorithm), 0);
  header.writeUInt32BE(flags, 1);
  header.writeUInt32BE(bytes, 5);
  return header;
}

/**
 * The value as it was before it was compressed.
 *
 * @param reply its bytes may be the read buffer; what is needed of them later is copied.
 * @param maxBytes above which a value is not taken.
 * @throws DecodeError also by rejection.
 */
export function unpack(reply: ValueReply, maxBytes: number): ValueReply | Promise<ValueReply> {
  const { buffer, end, start } = reply;
  const algorithm = end - start > PACKED_HEADER_BYTES ? ALGORITHMS[buffer[start] as number] : undefined;
  if (algorithm === undefined) throw new DecodeError('Value is marked as compressed and is not');
  const flags = buffer.readUInt32BE(start + 1);
  const bytes = buffer.readUInt32BE(start + 5);
  if (bytes === 0 || bytes > maxBytes) {
    throw new DecodeError(`Compressed value says that it holds ${bytes} bytes; ${maxBytes} are allowed`);
  }
  const opened = (whole: Buffer): ValueReply => {
    if (whole.length !== bytes) throw new DecodeError('Compressed value holds less than it says');
    return restored(reply, whole, flags);
  };
  const from = start + PACKED_HEADER_BYTES;
  if (bytes < LATER_BYTES) return opened(decompress(algorithm, buffer.subarray(from, end), bytes));
  return decompressLater(algorithm, ownBytes(reply, from), bytes).then(opened);
}

/** {@link unpack} for a stream alone, whose value has the flags less `zlibFlag`. */
export function inflate(
  reply: ValueReply,
  zlibFlag: number,
  maxBytes: number,
): ValueReply | Promise<ValueReply> {
  const { buffer, end, start } = reply;
  const flags = (reply.flags & ~zlibFlag) >>> 0;
  if ((end - start) * LIKELY_RATIO < LATER_BYTES) {
    const most = Math.min(maxBytes, LATER_BYTES);
    try {
      return restored(reply, decompress('zlib', buffer.subarray(start, end), most), flags);
    } catch (error) {
      if (most === maxBytes || !holdsMore(error)) throw error;
    }
  }
  const whole = decompressLater('zlib', ownBytes(reply, start), maxBytes);
  return whole.then((bytes) => restored(reply, bytes, flags));
}

/** A reply as if it had brought these bytes. */
export function restored({ facts }: ValueReply, bytes: Buffer, flags: number): ValueReply {
  return new ValueReply(bytes, 0, bytes.length, flags, true, facts, undefined, 0, 0);
}

function ownBytes({ buffer, end, owned }: ValueReply, start: number): Buffer {
  const bytes = buffer.subarray(start, end);
  return owned ? bytes : Buffer.from(bytes);
}
