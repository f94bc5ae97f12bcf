const ALPHABET = /[A-Za-z0-9+/=]/g;

/**
 * Decodes a base64 key as memcached does, which is not as RFC 4648 says: characters out of the alphabet
 * are skipped, decoding stops after the first padded group, and it fails unless whole groups are left.
 * Returns latin1 text, or `undefined` on failure.
 */
export function decodeKey(text: string): string | undefined {
  const symbols = text.match(ALPHABET) ?? [];
  if (symbols.length === 0 || symbols.length % 4 !== 0) return undefined;
  let key = '';
  for (let i = 0; i < symbols.length; i += 4) {
    const group = symbols.slice(i, i + 4);
    const padding = group.filter((symbol) => symbol === '=').length;
    if (padding > 2) return undefined;
    // "=" counts as zero bits wherever it stands, and its number says how much of the group is dropped.
    const bytes = Buffer.from(group.join('').replaceAll('=', 'A'), 'base64');
    key += bytes.toString('latin1', 0, 3 - padding);
    if (padding > 0) break;
  }
  return key;
}

/** The reply token `k`: the key as sent, or encoded again and followed by the flag `b`. */
export function keyToken(key: string, binary: boolean): string {
  return binary ? ` k${Buffer.from(key, 'latin1').toString('base64')} b` : ` k${key}`;
}
