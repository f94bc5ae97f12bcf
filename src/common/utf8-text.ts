const NON_ASCII = /[\x80-\xff]/;

/** The string that a byte string is the UTF-8 of. Bytes that are not UTF-8 become U+FFFD. */
export function utf8Text(bytes: string): string {
  return NON_ASCII.test(bytes) ? Buffer.from(bytes, 'latin1').toString('utf8') : bytes;
}
