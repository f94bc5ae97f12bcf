import { DecodeError } from '../../errors.ts';
import { decompress } from '../compression.ts';
import { integerOf } from '../integer.ts';
import { textOf } from '../text.ts';
import { readPickle } from './pickle-reader.ts';
import { PythonClasses } from './python-classes.ts';
import type { ResolvedPythonOptions } from './python-codec-options.ts';
import { INTEGER_FLAGS, LONG_FLAGS, PICKLE_FLAGS, TEXT_FLAGS, typeOf, ZLIB_FLAG } from './python-flags.ts';

/** Reads what Python's clients store. */
export class PythonReader {
  readonly #options: ResolvedPythonOptions;
  readonly #classes: PythonClasses;

  constructor(options: ResolvedPythonOptions) {
    this.#options = options;
    this.#classes = new PythonClasses(
      options.unknownClasses === 'object',
      new Map(Object.entries(options.revive)),
    );
  }

  /**
   * Of `buffer[start, end)`, which what it gives holds nothing of. A client has decompressed it before: it does
   * so for all codecs, and large values on another thread.
   */
  decode(buffer: Buffer, start: number, end: number, flags: number): unknown {
    if ((flags & ZLIB_FLAG) === 0) return this.#decode(buffer, start, end, flags);
    const { maxInflatedBytes } = this.#options;
    const inflated = decompress('zlib', buffer.subarray(start, end), maxInflatedBytes);
    return this.#decode(inflated, 0, inflated.length, flags);
  }

  #decode(buffer: Buffer, start: number, end: number, flags: number): unknown {
    switch (typeOf(flags)) {
      case 0:
        return Buffer.from(buffer.subarray(start, end));
      case TEXT_FLAGS:
        return this.#options.pylibmc15 ? booleanOf(buffer, start, end) : textOf(buffer, start, end);
      case INTEGER_FLAGS:
        if (this.#options.booleans === 'pylibmc') return booleanOf(buffer, start, end);
        return integerOf(buffer.toString('latin1', start, end));
      case LONG_FLAGS:
        return integerOf(buffer.toString('latin1', start, end));
      case PICKLE_FLAGS:
        return readPickle(buffer.subarray(start, end), this.#classes);
      default:
        throw new DecodeError(`Value has client flags ${flags}, which no Python client writes`);
    }
  }
}

/** `incr` makes other digits of it, which are an integer then. */
function booleanOf(buffer: Buffer, start: number, end: number): boolean | number | bigint {
  const value = integerOf(buffer.toString('latin1', start, end));
  return value === 0 || value === 1 ? value === 1 : value;
}
