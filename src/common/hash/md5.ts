/**
 * MD5 (RFC 1321) of a byte string, as consistent hashing uses it: it spreads keys, it protects nothing.
 *
 * It runs once for each key of a fleet of several nodes. Over keys of 20 to 40 bytes it takes about
 * a quarter of the time of `crypto.hash` and a tenth of that of `createHash`, whose cost is in the
 * crossing to native code and in what they allocate; nothing is allocated here.
 */

const BLOCK_BYTES = 64;
/** The last 8 bytes of the last block are the length. */
const LENGTH_OFFSET = 56;

// Scratch of the module: a digest is computed without a pause, so it needs no copies of its own.
const block = new Int32Array(16);
let stateA = 0;
let stateB = 0;
let stateC = 0;
let stateD = 0;

/**
 * The first four digest bytes, read as an unsigned little-endian integer: libmemcached's
 * `hashkit_md5`.
 *
 * @param bytes a byte string: each character is one byte.
 */
export function md5Uint32LE(bytes: string): number {
  digest(bytes);
  return stateA >>> 0;
}

/** The whole digest as four unsigned little-endian integers, written to `out[0]` to `out[3]`. */
export function md5Words(bytes: string, out: Uint32Array): void {
  digest(bytes);
  out[0] = stateA;
  out[1] = stateB;
  out[2] = stateC;
  out[3] = stateD;
}

function digest(bytes: string): void {
  stateA = 0x6745_2301;
  stateB = 0xefcd_ab89 | 0;
  stateC = 0x98ba_dcfe | 0;
  stateD = 0x1032_5476;
  const { length } = bytes;
  let offset = 0;
  for (; offset + BLOCK_BYTES <= length; offset += BLOCK_BYTES) {
    loadBlock(bytes, offset, offset + BLOCK_BYTES);
    compress();
  }
  loadBlock(bytes, offset, length);
  appendMarker(bytes, length);
  if (length - offset >= LENGTH_OFFSET) {
    compress();
    block.fill(0);
  }
  // The length counts bits in 64 bits; a string's fits in the low 32 up to 512 MB, the longest there is.
  block[14] = length << 3;
  compress();
}

/** Fills the block with whole little-endian words of `bytes[start, end)`, then zeros. */
function loadBlock(bytes: string, start: number, end: number): void {
  let word = 0;
  for (let i = start; i + 4 <= end; i += 4) {
    block[word++] =
      bytes.charCodeAt(i) |
      (bytes.charCodeAt(i + 1) << 8) |
      (bytes.charCodeAt(i + 2) << 16) |
      (bytes.charCodeAt(i + 3) << 24);
  }
  while (word < 16) block[word++] = 0;
}

/** Writes the last 0 to 3 bytes and, after them, the 0x80 that ends the message. */
function appendMarker(bytes: string, length: number): void {
  const whole = length & ~3;
  let word = 0x80;
  for (let i = length - 1; i >= whole; i--) word = (word << 8) | bytes.charCodeAt(i);
  block[(length & (BLOCK_BYTES - 1)) >> 2] = word;
}

/**
 * One block into the state, written out step by step: a loop over tables of the constants takes half
 * as long again, and functions for the four round formulas are not inlined and take four times as long.
 */
function compress(): void {
  let a = stateA;
  let b = stateB;
  let c = stateC;
  let d = stateD;
  let t = 0;
  const w0 = block[0] as number;
  const w1 = block[1] as number;
  const w2 = block[2] as number;
  const w3 = block[3] as number;
  const w4 = block[4] as number;
  const w5 = block[5] as number;
  const w6 = block[6] as number;
  const w7 = block[7] as number;
  const w8 = block[8] as number;
  const w9 = block[9] as number;
  const w10 = block[10] as number;
  const w11 = block[11] as number;
  const w12 = block[12] as number;
  const w13 = block[13] as number;
  const w14 = block[14] as number;
  const w15 = block[15] as number;

  // Round 1.
  t = (a + (d ^ (b & (c ^ d))) + w0 + 0xd76a_a478) | 0;
  a = (((t << 7) | (t >>> 25)) + b) | 0;
  t = (d + (c ^ (a & (b ^ c))) + w1 + 0xe8c7_b756) | 0;
  d = (((t << 12) | (t >>> 20)) + a) | 0;
  t = (c + (b ^ (d & (a ^ b))) + w2 + 0x2420_70db) | 0;
  c = (((t << 17) | (t >>> 15)) + d) | 0;
  t = (b + (a ^ (c & (d ^ a))) + w3 + 0xc1bd_ceee) | 0;
  b = (((t << 22) | (t >>> 10)) + c) | 0;
  t = (a + (d ^ (b & (c ^ d))) + w4 + 0xf57c_0faf) | 0;
  a = (((t << 7) | (t >>> 25)) + b) | 0;
  t = (d + (c ^ (a & (b ^ c))) + w5 + 0x4787_c62a) | 0;
  d = (((t << 12) | (t >>> 20)) + a) | 0;
  t = (c + (b ^ (d & (a ^ b))) + w6 + 0xa830_4613) | 0;
  c = (((t << 17) | (t >>> 15)) + d) | 0;
  t = (b + (a ^ (c & (d ^ a))) + w7 + 0xfd46_9501) | 0;
  b = (((t << 22) | (t >>> 10)) + c) | 0;
  t = (a + (d ^ (b & (c ^ d))) + w8 + 0x6980_98d8) | 0;
  a = (((t << 7) | (t >>> 25)) + b) | 0;
  t = (d + (c ^ (a & (b ^ c))) + w9 + 0x8b44_f7af) | 0;
  d = (((t << 12) | (t >>> 20)) + a) | 0;
  t = (c + (b ^ (d & (a ^ b))) + w10 + 0xffff_5bb1) | 0;
  c = (((t << 17) | (t >>> 15)) + d) | 0;
  t = (b + (a ^ (c & (d ^ a))) + w11 + 0x895c_d7be) | 0;
  b = (((t << 22) | (t >>> 10)) + c) | 0;
  t = (a + (d ^ (b & (c ^ d))) + w12 + 0x6b90_1122) | 0;
  a = (((t << 7) | (t >>> 25)) + b) | 0;
  t = (d + (c ^ (a & (b ^ c))) + w13 + 0xfd98_7193) | 0;
  d = (((t << 12) | (t >>> 20)) + a) | 0;
  t = (c + (b ^ (d & (a ^ b))) + w14 + 0xa679_438e) | 0;
  c = (((t << 17) | (t >>> 15)) + d) | 0;
  t = (b + (a ^ (c & (d ^ a))) + w15 + 0x49b4_0821) | 0;
  b = (((t << 22) | (t >>> 10)) + c) | 0;

  // Round 2.
  t = (a + (c ^ (d & (b ^ c))) + w1 + 0xf61e_2562) | 0;
  a = (((t << 5) | (t >>> 27)) + b) | 0;
  t = (d + (b ^ (c & (a ^ b))) + w6 + 0xc040_b340) | 0;
  d = (((t << 9) | (t >>> 23)) + a) | 0;
  t = (c + (a ^ (b & (d ^ a))) + w11 + 0x265e_5a51) | 0;
  c = (((t << 14) | (t >>> 18)) + d) | 0;
  t = (b + (d ^ (a & (c ^ d))) + w0 + 0xe9b6_c7aa) | 0;
  b = (((t << 20) | (t >>> 12)) + c) | 0;
  t = (a + (c ^ (d & (b ^ c))) + w5 + 0xd62f_105d) | 0;
  a = (((t << 5) | (t >>> 27)) + b) | 0;
  t = (d + (b ^ (c & (a ^ b))) + w10 + 0x0244_1453) | 0;
  d = (((t << 9) | (t >>> 23)) + a) | 0;
  t = (c + (a ^ (b & (d ^ a))) + w15 + 0xd8a1_e681) | 0;
  c = (((t << 14) | (t >>> 18)) + d) | 0;
  t = (b + (d ^ (a & (c ^ d))) + w4 + 0xe7d3_fbc8) | 0;
  b = (((t << 20) | (t >>> 12)) + c) | 0;
  t = (a + (c ^ (d & (b ^ c))) + w9 + 0x21e1_cde6) | 0;
  a = (((t << 5) | (t >>> 27)) + b) | 0;
  t = (d + (b ^ (c & (a ^ b))) + w14 + 0xc337_07d6) | 0;
  d = (((t << 9) | (t >>> 23)) + a) | 0;
  t = (c + (a ^ (b & (d ^ a))) + w3 + 0xf4d5_0d87) | 0;
  c = (((t << 14) | (t >>> 18)) + d) | 0;
  t = (b + (d ^ (a & (c ^ d))) + w8 + 0x455a_14ed) | 0;
  b = (((t << 20) | (t >>> 12)) + c) | 0;
  t = (a + (c ^ (d & (b ^ c))) + w13 + 0xa9e3_e905) | 0;
  a = (((t << 5) | (t >>> 27)) + b) | 0;
  t = (d + (b ^ (c & (a ^ b))) + w2 + 0xfcef_a3f8) | 0;
  d = (((t << 9) | (t >>> 23)) + a) | 0;
  t = (c + (a ^ (b & (d ^ a))) + w7 + 0x676f_02d9) | 0;
  c = (((t << 14) | (t >>> 18)) + d) | 0;
  t = (b + (d ^ (a & (c ^ d))) + w12 + 0x8d2a_4c8a) | 0;
  b = (((t << 20) | (t >>> 12)) + c) | 0;

  // Round 3.
  t = (a + (b ^ c ^ d) + w5 + 0xfffa_3942) | 0;
  a = (((t << 4) | (t >>> 28)) + b) | 0;
  t = (d + (a ^ b ^ c) + w8 + 0x8771_f681) | 0;
  d = (((t << 11) | (t >>> 21)) + a) | 0;
  t = (c + (d ^ a ^ b) + w11 + 0x6d9d_6122) | 0;
  c = (((t << 16) | (t >>> 16)) + d) | 0;
  t = (b + (c ^ d ^ a) + w14 + 0xfde5_380c) | 0;
  b = (((t << 23) | (t >>> 9)) + c) | 0;
  t = (a + (b ^ c ^ d) + w1 + 0xa4be_ea44) | 0;
  a = (((t << 4) | (t >>> 28)) + b) | 0;
  t = (d + (a ^ b ^ c) + w4 + 0x4bde_cfa9) | 0;
  d = (((t << 11) | (t >>> 21)) + a) | 0;
  t = (c + (d ^ a ^ b) + w7 + 0xf6bb_4b60) | 0;
  c = (((t << 16) | (t >>> 16)) + d) | 0;
  t = (b + (c ^ d ^ a) + w10 + 0xbebf_bc70) | 0;
  b = (((t << 23) | (t >>> 9)) + c) | 0;
  t = (a + (b ^ c ^ d) + w13 + 0x289b_7ec6) | 0;
  a = (((t << 4) | (t >>> 28)) + b) | 0;
  t = (d + (a ^ b ^ c) + w0 + 0xeaa1_27fa) | 0;
  d = (((t << 11) | (t >>> 21)) + a) | 0;
  t = (c + (d ^ a ^ b) + w3 + 0xd4ef_3085) | 0;
  c = (((t << 16) | (t >>> 16)) + d) | 0;
  t = (b + (c ^ d ^ a) + w6 + 0x0488_1d05) | 0;
  b = (((t << 23) | (t >>> 9)) + c) | 0;
  t = (a + (b ^ c ^ d) + w9 + 0xd9d4_d039) | 0;
  a = (((t << 4) | (t >>> 28)) + b) | 0;
  t = (d + (a ^ b ^ c) + w12 + 0xe6db_99e5) | 0;
  d = (((t << 11) | (t >>> 21)) + a) | 0;
  t = (c + (d ^ a ^ b) + w15 + 0x1fa2_7cf8) | 0;
  c = (((t << 16) | (t >>> 16)) + d) | 0;
  t = (b + (c ^ d ^ a) + w2 + 0xc4ac_5665) | 0;
  b = (((t << 23) | (t >>> 9)) + c) | 0;

  // Round 4.
  t = (a + (c ^ (b | ~d)) + w0 + 0xf429_2244) | 0;
  a = (((t << 6) | (t >>> 26)) + b) | 0;
  t = (d + (b ^ (a | ~c)) + w7 + 0x432a_ff97) | 0;
  d = (((t << 10) | (t >>> 22)) + a) | 0;
  t = (c + (a ^ (d | ~b)) + w14 + 0xab94_23a7) | 0;
  c = (((t << 15) | (t >>> 17)) + d) | 0;
  t = (b + (d ^ (c | ~a)) + w5 + 0xfc93_a039) | 0;
  b = (((t << 21) | (t >>> 11)) + c) | 0;
  t = (a + (c ^ (b | ~d)) + w12 + 0x655b_59c3) | 0;
  a = (((t << 6) | (t >>> 26)) + b) | 0;
  t = (d + (b ^ (a | ~c)) + w3 + 0x8f0c_cc92) | 0;
  d = (((t << 10) | (t >>> 22)) + a) | 0;
  t = (c + (a ^ (d | ~b)) + w10 + 0xffef_f47d) | 0;
  c = (((t << 15) | (t >>> 17)) + d) | 0;
  t = (b + (d ^ (c | ~a)) + w1 + 0x8584_5dd1) | 0;
  b = (((t << 21) | (t >>> 11)) + c) | 0;
  t = (a + (c ^ (b | ~d)) + w8 + 0x6fa8_7e4f) | 0;
  a = (((t << 6) | (t >>> 26)) + b) | 0;
  t = (d + (b ^ (a | ~c)) + w15 + 0xfe2c_e6e0) | 0;
  d = (((t << 10) | (t >>> 22)) + a) | 0;
  t = (c + (a ^ (d | ~b)) + w6 + 0xa301_4314) | 0;
  c = (((t << 15) | (t >>> 17)) + d) | 0;
  t = (b + (d ^ (c | ~a)) + w13 + 0x4e08_11a1) | 0;
  b = (((t << 21) | (t >>> 11)) + c) | 0;
  t = (a + (c ^ (b | ~d)) + w4 + 0xf753_7e82) | 0;
  a = (((t << 6) | (t >>> 26)) + b) | 0;
  t = (d + (b ^ (a | ~c)) + w11 + 0xbd3a_f235) | 0;
  d = (((t << 10) | (t >>> 22)) + a) | 0;
  t = (c + (a ^ (d | ~b)) + w2 + 0x2ad7_d2bb) | 0;
  c = (((t << 15) | (t >>> 17)) + d) | 0;
  t = (b + (d ^ (c | ~a)) + w9 + 0xeb86_d391) | 0;
  b = (((t << 21) | (t >>> 11)) + c) | 0;

  stateA = (stateA + a) | 0;
  stateB = (stateB + b) | 0;
  stateC = (stateC + c) | 0;
  stateD = (stateD + d) | 0;
}
