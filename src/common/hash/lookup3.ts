/** Bob Jenkins's lookup3 (`hashlittle`) of a byte string, seeded with 13 as libmemcached does (`libhashkit/jenkins.cc`). */
import { wordAt } from './word.ts';

const SEED = 13;
const BLOCK_BYTES = 12;

/** @returns 32 bits unsigned. */
export function lookup3(bytes: string): number {
  const { length } = bytes;
  let a = (0xdead_beef + length + SEED) | 0;
  let b = a;
  let c = a;
  let i = 0;
  // The last block, whole or not, is not mixed but finished.
  for (; length - i > BLOCK_BYTES; i += BLOCK_BYTES) {
    a = (a + wordAt(bytes, i)) | 0;
    b = (b + wordAt(bytes, i + 4)) | 0;
    c = (c + wordAt(bytes, i + 8)) | 0;
    a = ((a - c) ^ rotated(c, 4)) | 0;
    c = (c + b) | 0;
    b = ((b - a) ^ rotated(a, 6)) | 0;
    a = (a + c) | 0;
    c = ((c - b) ^ rotated(b, 8)) | 0;
    b = (b + a) | 0;
    a = ((a - c) ^ rotated(c, 16)) | 0;
    c = (c + b) | 0;
    b = ((b - a) ^ rotated(a, 19)) | 0;
    a = (a + c) | 0;
    c = ((c - b) ^ rotated(b, 4)) | 0;
    b = (b + a) | 0;
  }
  if (i === length) return c >>> 0;
  a = (a + wordAt(bytes, i)) | 0;
  b = (b + wordAt(bytes, i + 4)) | 0;
  c = (c + wordAt(bytes, i + 8)) | 0;
  c = ((c ^ b) - rotated(b, 14)) | 0;
  a = ((a ^ c) - rotated(c, 11)) | 0;
  b = ((b ^ a) - rotated(a, 25)) | 0;
  c = ((c ^ b) - rotated(b, 16)) | 0;
  a = ((a ^ c) - rotated(c, 4)) | 0;
  b = ((b ^ a) - rotated(a, 14)) | 0;
  return ((c ^ b) - rotated(b, 24)) >>> 0;
}

function rotated(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
