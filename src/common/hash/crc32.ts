/** CRC-32 (IEEE 802.3, as in zlib) of a byte string. `zlib.crc32` takes strings as UTF-8, and costs a crossing. */

const POLYNOMIAL = 0xedb8_8320;
let table: Int32Array | undefined;

/** @returns 32 bits unsigned. */
export function crc32(bytes: string): number {
  table ??= makeTable();
  let crc = -1;
  for (let i = 0; i < bytes.length; i++) {
    crc = (crc >>> 8) ^ (table[(crc ^ bytes.charCodeAt(i)) & 0xff] as number);
  }
  return ~crc >>> 0;
}

/** Made when first needed: few rings need it. */
function makeTable(): Int32Array {
  return Int32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    return crc;
  });
}
