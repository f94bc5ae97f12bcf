/**
 * Where another thread compresses and decompresses sooner than this one is held up: the sizes of
 * `LATER_BYTES` in `src/client/packer.ts` and `src/client/packed.ts`, and how well each algorithm does.
 *
 * ```
 * node bench/compression.mjs
 * ```
 *
 * For each size: bytes compressed, then microseconds that a call takes on this thread, and by another one.
 */
import { promisify } from 'node:util';
import zlib from 'node:zlib';

const SIZES = [1_024, 4_096, 16_384, 32_768, 65_536, 262_144, 1_048_576];
const BROTLI = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 4 } };
const ALGORITHMS = [
  ['zlib', 'deflate', 'inflate', {}],
  ['brotli', 'brotliCompress', 'brotliDecompress', BROTLI],
  ['zstd', 'zstdCompress', 'zstdDecompress', {}],
].filter(([, compress]) => compress in zlib);
const MILLISECONDS = 200;

/** JSON as caches hold it. */
function sample(bytes) {
  const rows = [];
  for (let id = 0; rows.length * 60 < bytes; id++) {
    const name = ['ada', 'grace', 'alan', 'edsger'][id % 4];
    rows.push({
      id: Math.imul(id, 2_654_435_761) >>> 0,
      name,
      score: (id * 7_919) % 1_009,
      active: id % 3 > 0,
    });
  }
  return Buffer.from(JSON.stringify(rows).slice(0, bytes));
}

async function microseconds(call) {
  for (let i = 0; i < 5; i++) await call();
  const from = performance.now();
  let calls = 0;
  for (; performance.now() - from < MILLISECONDS; calls++) await call();
  return Math.round(((performance.now() - from) * 1_000) / calls);
}

const rows = [];
for (const [algorithm, compress, decompress, options] of ALGORITHMS) {
  const [pack, unpack] = [promisify(zlib[compress]), promisify(zlib[decompress])];
  for (const bytes of SIZES) {
    const value = sample(bytes);
    const stream = zlib[`${compress}Sync`](value, options);
    rows.push({
      algorithm,
      bytes,
      compressed: stream.length,
      compress: await microseconds(() => zlib[`${compress}Sync`](value, options)),
      'on a thread': await microseconds(() => pack(value, options)),
      decompress: await microseconds(() => zlib[`${decompress}Sync`](stream)),
      'on a thread ': await microseconds(() => unpack(stream)),
    });
  }
}
console.table(rows);
