/** Compresses values on their way to the wire. */
import { type CompressionAlgorithm, compress, compressLater } from '../codec/compression.ts';
import { ENVELOPE_FLAGS } from './envelope.ts';
import { PACKED_ENVELOPE_FLAGS, PACKED_FLAGS, PACKED_HEADER_BYTES, packedHeader } from './packed.ts';
import { toBytes, type WireValue } from './values.ts';

/** Up from here another thread compresses: this one would be held up for longer than the way there takes
 * (`bench/compression.mjs`). */
const LATER_BYTES = 32_768;

/** Counters have up to 20 digits, and must stay digits. */
const NEVER_BELOW = 32;

export interface PackerOptions {
  readonly algorithm: CompressionAlgorithm;
  readonly minBytes: number;
  /** {@link Codec.zlibFlag} */
  readonly zlibFlag: number | undefined;
  /** Above which a value that is compressed would not be read. */
  readonly maxBytes: number;
}

export class Packer {
  readonly #options: PackerOptions;
  /** Values below it are never compressed. */
  readonly minBytes: number;

  constructor(options: PackerOptions) {
    this.#options = options;
    this.minBytes = Math.max(NEVER_BELOW, options.minBytes);
  }

  takes({ data }: WireValue): boolean {
    return data.length >= this.minBytes && data.length <= this.#options.maxBytes;
  }

  isSlow({ data }: WireValue): boolean {
    return data.length >= LATER_BYTES;
  }

  pack(value: WireValue): WireValue {
    return this.#smaller(value, compress(this.#options.algorithm, toBytes(value.data)));
  }

  async packLater(value: WireValue): Promise<WireValue> {
    return this.#smaller(value, await compressLater(this.#options.algorithm, toBytes(value.data)));
  }

  #smaller(value: WireValue, stream: Buffer): WireValue {
    const { algorithm, zlibFlag } = this.#options;
    const { data, flags } = value;
    if (zlibFlag !== undefined) {
      return stream.length < data.length ? { data: stream, flags: (flags | zlibFlag) >>> 0 } : value;
    }
    if (PACKED_HEADER_BYTES + stream.length >= data.length) return value;
    return {
      data: Buffer.concat([packedHeader(algorithm, flags, data.length), stream]),
      flags: flags === ENVELOPE_FLAGS ? PACKED_ENVELOPE_FLAGS : PACKED_FLAGS,
    };
  }
}
