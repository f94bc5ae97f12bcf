/**
 * Bob Jenkins's one-at-a-time hash of a byte string, 32 bits unsigned: libmemcached's default.
 *
 * @param signedBytes whether bytes from 0x80 are added as negative numbers, as C does where `char` is signed:
 * on x86-64. On ARM Linux `char` is unsigned, so libmemcached itself places keys outside ASCII differently.
 */
export function oneAtATime(bytes: string, signedBytes = true): number {
  const shift = signedBytes ? 24 : 0;
  let hash = 0;
  for (let i = 0; i < bytes.length; i++) {
    hash = (hash + ((bytes.charCodeAt(i) << shift) >> shift)) | 0;
    hash = (hash + (hash << 10)) | 0;
    hash ^= hash >>> 6;
  }
  hash = (hash + (hash << 3)) | 0;
  hash ^= hash >>> 11;
  return (hash + (hash << 15)) >>> 0;
}
