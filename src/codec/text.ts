/** Text as it is stored: UTF-8. */
import { isAscii, isUtf8 } from 'node:buffer';
import { DecodeError, InvalidValueError } from '../errors.ts';

/**
 * What `buffer.toString('utf8', …)` calls in the end, on every Node.js there is and missing in its types: a
 * short value is read in half the time without the way there (`bench` multi-get).
 */
interface SlicingBuffer extends Buffer {
  utf8Slice(start: number, end: number): string;
}

/** From here on a look for ASCII pays. */
const LONG_TEXT = 8192;

/** UTF-8 has no form for an unpaired surrogate; an encoder would store U+FFFD for it, another string. */
export function wellFormed(value: string): string {
  if (!value.isWellFormed())
    throw new InvalidValueError('A string with an unpaired surrogate cannot be stored as UTF-8');
  return value;
}

/** @throws DecodeError where it is no UTF-8. */
export function textOf(buffer: Buffer, start: number, end: number): string {
  // ASCII is its own byte string, and found out faster than UTF-8 is decoded (`bench` get of 100 KB).
  if (end - start >= LONG_TEXT && isAscii(buffer.subarray(start, end)))
    return buffer.toString('latin1', start, end);
  const value = (buffer as SlicingBuffer).utf8Slice(start, end);
  // U+FFFD stands where bytes were no UTF-8, unless it was stored itself.
  if (value.includes('\ufffd') && !isUtf8(buffer.subarray(start, end))) {
    throw new DecodeError('Value is marked as text and is not valid UTF-8');
  }
  return value;
}
