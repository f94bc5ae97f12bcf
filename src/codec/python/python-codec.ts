import type { Codec, EncodedValue } from '../codec.ts';
import { wellFormed } from '../text.ts';
import { writePickle } from './pickle-writer.ts';
import {
  type PythonCodecOptions,
  type ResolvedPythonOptions,
  resolvePythonOptions,
} from './python-codec-options.ts';
import { INTEGER_FLAGS, isBytes, PICKLE_FLAGS, TEXT_FLAGS, ZLIB_FLAG } from './python-flags.ts';
import { checkedInteger } from './python-integer.ts';
import { PythonReader } from './python-reader.ts';

/**
 * Values as Python's clients have them: pylibmc, pymemcache with `pickle_serde`, python-memcached, and
 * Django on any of them. Pickles are read as data; no name in one is looked up.
 *
 * | value | stored | client flags |
 * | --- | --- | --- |
 * | string | UTF-8 | 16 |
 * | `Uint8Array` | the bytes | 0 |
 * | integer, bigint | decimal digits | 4 |
 * | anything else | a pickle | 1 |
 *
 * | Python | here |
 * | --- | --- |
 * | `str`, `bytes`, `float`, `bool`, `None` | string, `Buffer`, number, boolean, `null` |
 * | `int` | number; bigint beyond 2^53 |
 * | `list`, `tuple`; `set`, `frozenset` | `Array`; `Set` |
 * | `dict` | plain object; `Map` where a key is no string |
 * | aware `datetime` | `Date`, to the millisecond |
 * | naive `datetime`, `date`, `timedelta`, `Decimal`, `UUID`, … | {@link PythonObject} |
 *
 * Caches with this codec keep leases in keys of their own, and do not take what other programs could not
 * read: see docs/python-values.md.
 *
 * @throws InvalidCacheConfigError naming the option that cannot be right.
 *
 * @example
 * ```ts
 * const cache = createCache({ backend: 'elasticache', location: endpoint, options: { codec: pythonCodec() } });
 * ```
 */
export function pythonCodec(options: PythonCodecOptions = {}): Codec {
  const resolved = resolvePythonOptions(options);
  const reader = new PythonReader(resolved);
  return {
    interoperable: true,
    zlibFlag: ZLIB_FLAG,
    maxInflatedBytes: resolved.maxInflatedBytes,
    encode: (value) => encode(value, resolved),
    // The bytes are ours to keep.
    decode: (bytes, flags) => (isBytes(flags) ? bytes : reader.decode(bytes, 0, bytes.length, flags)),
    decodeSlice: (buffer, start, end, flags) => reader.decode(buffer, start, end, flags),
    keepsBuffer: isBytes,
  };
}

function encode(value: unknown, { booleans, integerFlags, pylibmc15 }: ResolvedPythonOptions): EncodedValue {
  switch (typeof value) {
    case 'string':
      if (!pylibmc15) return { data: wellFormed(value), flags: TEXT_FLAGS };
      break;
    case 'boolean':
      if (booleans === 'pylibmc') return { data: value ? '1' : '0', flags: INTEGER_FLAGS };
      break;
    case 'number':
      if (Number.isSafeInteger(value) && !Object.is(value, -0))
        return { data: String(value), flags: integerFlags };
      break;
    case 'bigint':
      return { data: String(checkedInteger(value)), flags: integerFlags };
    case 'object':
      if (value instanceof Uint8Array) return { data: value, flags: 0 };
  }
  return { data: writePickle(value), flags: PICKLE_FLAGS };
}
