/** The text forms of pickle protocol 0, and the strings of Python 2. */
import { isUtf8 } from 'node:buffer';
import { DecodeError } from '../../errors.ts';

/** A backslash takes what follows it along, so that an escaped one begins no escape. */
const UNICODE_ESCAPES = /\\(?:u([\da-fA-F]{4})|U([\da-fA-F]{8})|([uU])|.?)/gs;

/** The line of `UNICODE`, in Python's raw-unicode-escape: `\uXXXX`, `\UXXXXXXXX`, and latin-1. */
export function unescapeUnicode(line: Buffer): string {
  const replacement = (whole: string, short?: string, long?: string, broken?: string): string => {
    if (broken !== undefined) throw noEscape();
    const digits = short ?? long;
    return digits === undefined ? whole : codePoint(Number.parseInt(digits, 16));
  };
  const text = line.toString('latin1').replace(UNICODE_ESCAPES, replacement);
  // As in the binary forms, which are UTF-8.
  if (!text.isWellFormed()) throw new DecodeError('Pickle has text with an unpaired surrogate');
  return text;
}

function codePoint(value: number): string {
  if (value > 0x10_ffff) throw noEscape();
  return String.fromCodePoint(value);
}

function noEscape(): DecodeError {
  return new DecodeError('Pickle has text with an escape that is none');
}

const STRING_ESCAPES = /\\(?:x([\da-fA-F]{2})|([0-7]{1,3})|([\\'"abfnrtv])|(.?))/gs;
const CONTROLS: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** The line of `STRING`: a string of Python 2 between quotes, with its escapes. */
export function unquote(line: Buffer): Buffer {
  const quoted = line.toString('latin1');
  const quote = quoted[0];
  if (quoted.length < 2 || (quote !== "'" && quote !== '"') || !quoted.endsWith(quote)) {
    throw new DecodeError('Pickle has a string without quotes');
  }
  const bytes = quoted
    .slice(1, -1)
    .replace(STRING_ESCAPES, (whole, hex?: string, octal?: string, known?: string, other?: string) => {
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
      if (known !== undefined) return CONTROLS[known] ?? known;
      if (other === '' || other === 'x') throw noEscape();
      return whole;
    });
  return Buffer.from(bytes, 'latin1');
}

/** Python 2 had one type for text and bytes: it is text where it can be. */
export function textOrBytes(bytes: Buffer): string | Buffer {
  return isUtf8(bytes) ? bytes.toString('utf8') : bytes;
}
