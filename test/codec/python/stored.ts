/** Values there and back by codecs with options. */
import { type PythonCodecOptions, pythonCodec } from '../../../src/index.ts';

/** Bytes, as a byte string, and client flags. */
export function stored(value: unknown, options: PythonCodecOptions = {}): [string, number] {
  const { data, flags } = pythonCodec(options).encode(value);
  return [Buffer.from(data).toString('latin1'), flags];
}

/** What is read of what was written. */
export function back(value: unknown, options: PythonCodecOptions = {}): unknown {
  const { data, flags } = pythonCodec(options).encode(value);
  return pythonCodec(options).decode(Buffer.from(data), flags);
}

/** @param bytes or a byte string. */
export function read(bytes: string | Buffer, flags: number, options: PythonCodecOptions = {}): unknown {
  return pythonCodec(options).decode(Buffer.from(bytes as string, 'latin1'), flags);
}
