import { InvalidValueError } from '../errors.ts';
import type { Codec } from './codec.ts';

/**
 * Bytes in, bytes out: for callers with a format of their own, or to read what others stored. Takes
 * `Uint8Array` and strings (as UTF-8), gives a `Buffer` whatever the client flags.
 *
 * @param flags client flags to store with; default 0.
 *
 * @example
 * ```ts
 * const raw = createClient('localhost:11211', { codec: bytesCodec() });
 * ```
 */
export function bytesCodec(flags = 0): Codec {
  return {
    encode(value) {
      if (typeof value === 'string' || value instanceof Uint8Array) return { data: value, flags };
      throw new InvalidValueError(`bytesCodec stores bytes or strings, not a value of type ${typeof value}`);
    },
    decode: (bytes) => bytes,
  };
}
