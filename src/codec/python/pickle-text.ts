/**
 * The text forms of pickle protocol 0, and the strings of Python 2. One step a byte at most: a line may be
 * nothing but escapes.
 */
import { isUtf8 } from 'node:buffer';
import { DecodeError } from '../../errors.ts';

const HEX = /^[\da-f]+$/i;

/** The line of `UNICODE`, in Python's raw-unicode-escape: `\uXXXX`, `\UXXXXXXXX`, and latin-1. */
export function unescapeUnicode(line: Buffer): string {
  const raw = line.toString('latin1');
  let text = '';
  let taken = 0;
  let at = raw.indexOf('\\');
  while (at !== -1) {
    // What follows a backslash goes with it, so that an escaped one begins no escape.
    let end = at + 2;
    const kind = raw[at + 1];
    if (kind === 'u' || kind === 'U') {
      end += kind === 'u' ? 4 : 8;
      text += raw.slice(taken, at) + character(raw.slice(at + 2, end), end - at - 2);
      taken = end;
    }
    at = raw.indexOf('\\', end);
  }
  text += raw.slice(taken);
  // As in the binary forms, which are UTF-8.
  if (!text.isWellFormed()) throw new DecodeError('Pickle has text with an unpaired surrogate');
  return text;
}

function character(digits: string, length: number): string {
  const code = digits.length === length && HEX.test(digits) ? Number.parseInt(digits, 16) : Number.NaN;
  if (!(code <= 0x10_ffff)) throw noEscape();
  return String.fromCodePoint(code);
}

function noEscape(): DecodeError {
  return new DecodeError('Pickle has text with an escape that is none');
}

const BACKSLASH = 0x5c;
/** What may follow a backslash; one before anything else is a character like others. */
const ESCAPE = /^(?:x([\da-fA-F]{2})|([0-7]{1,3})|([\\'"abfnrtv])|([^x]))/s;
const CONTROLS: Readonly<Record<string, number>> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13 };

/** The line of `STRING`: a string of Python 2 between quotes, with its escapes. */
export function unquote(line: Buffer): Buffer {
  const quote = line[0];
  if (line.length < 2 || (quote !== 0x22 && quote !== 0x27) || line.at(-1) !== quote) {
    throw new DecodeError('Pickle has a string without quotes');
  }
  const quoted = line.subarray(1, -1);
  const bytes = Buffer.allocUnsafe(quoted.length);
  let length = 0;
  for (let at = 0; at < quoted.length; at++) {
    bytes[length++] = quoted[at] as number;
    if (quoted[at] !== BACKSLASH) continue;
    const escaped = ESCAPE.exec(quoted.toString('latin1', at + 1, at + 4));
    if (escaped === null) throw noEscape();
    const [, hex, octal, known, other] = escaped;
    if (hex !== undefined) bytes[length - 1] = Number.parseInt(hex, 16);
    else if (octal !== undefined) bytes[length - 1] = Number.parseInt(octal, 8);
    else if (known !== undefined) bytes[length - 1] = CONTROLS[known] ?? known.charCodeAt(0);
    else bytes[length++] = (other as string).charCodeAt(0);
    at += escaped[0].length;
  }
  return bytes.subarray(0, length);
}

/** Python 2 had one type for text and bytes: it is text where it can be. */
export function textOrBytes(bytes: Buffer): string | Buffer {
  return isUtf8(bytes) ? bytes.toString('utf8') : bytes;
}
