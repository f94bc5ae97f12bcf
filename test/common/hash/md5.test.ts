import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { md5Uint32LE, md5Words } from '../../../src/common/hash/md5.ts';

function words(bytes: string): number[] {
  const out = new Uint32Array(4);
  md5Words(bytes, out);
  return [...out];
}

function wordsOfNode(bytes: string): number[] {
  const digest = createHash('md5').update(bytes, 'latin1').digest();
  return [0, 4, 8, 12].map((offset) => digest.readUInt32LE(offset));
}

/** Bytes that differ by length and position, high ones among them. */
function sample(length: number): string {
  return Array.from({ length }, (_, i) => String.fromCharCode((i * 37 + length * 11) & 0xff)).join('');
}

describe('md5', () => {
  test('of the empty string', () => {
    // RFC 1321, A.5: d41d8cd98f00b204e9800998ecf8427e.
    expect(words('')).toEqual([0xd98c1dd4, 0x04b2008f, 0x980980e9, 0x7e42f8ec]);
    expect(md5Uint32LE('')).toBe(0xd98c1dd4);
  });

  test('agrees with node:crypto at every length from 0 to 300', () => {
    for (let length = 0; length <= 300; length++) {
      const bytes = sample(length);
      expect(words(bytes), `length ${length}`).toEqual(wordsOfNode(bytes));
      expect(md5Uint32LE(bytes), `length ${length}`).toBe(wordsOfNode(bytes)[0]);
    }
  });

  test('agrees with node:crypto on any bytes', () => {
    const bytes = fc.uint8Array({ maxLength: 300 }).map((each) => Buffer.from(each).toString('latin1'));
    fc.assert(
      fc.property(bytes, (each) => {
        expect(words(each)).toEqual(wordsOfNode(each));
      }),
      { numRuns: 500 },
    );
  });

  test('of a long string leaves nothing behind for a short one', () => {
    const before = md5Uint32LE('a');
    for (const length of [250, 127, 64, 63, 56, 55, 3]) {
      md5Uint32LE(sample(length));
      expect(md5Uint32LE('a'), `after length ${length}`).toBe(before);
    }
  });
});
