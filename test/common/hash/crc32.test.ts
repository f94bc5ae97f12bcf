import { crc32 as zlibCrc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { crc32 } from '../../../src/common/hash/crc32.ts';

test.each([
  ['', 0],
  ['123456789', 0xcbf4_3926],
])('%s', (bytes, hash) => {
  expect(crc32(bytes)).toBe(hash);
});

test('is that of zlib, for any bytes', () => {
  for (let length = 0; length < 300; length++) {
    const bytes = Buffer.from(Array.from({ length }, (_, i) => (i * 37 + length) & 0xff));
    expect(crc32(bytes.toString('latin1'))).toBe(zlibCrc32(bytes));
  }
});
