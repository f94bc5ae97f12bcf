/** SHA-384 of a byte string, as AWS's client for Java uses it to spread keys. */
import type { hash as Hash } from 'node:crypto';

/** The first four digest bytes, read as an unsigned little-endian integer. */
export function sha384Uint32LE(bytes: string): number {
  return digest(bytes).readUInt32LE(0);
}

/** The first 16 digest bytes as four unsigned little-endian integers, written to `out[0]` to `out[3]`. */
export function sha384Words(bytes: string, out: Uint32Array): void {
  const buffer = digest(bytes);
  for (let i = 0; i < 4; i++) out[i] = buffer.readUInt32LE(4 * i);
}

let hash: typeof Hash | undefined;

function digest(bytes: string): Buffer {
  // Loaded when first needed: few need it, and it takes its time (`bench` cold start).
  hash ??= process.getBuiltinModule('node:crypto').hash;
  return hash('sha384', Buffer.from(bytes, 'latin1'), 'buffer');
}
