import { describe, expect, test } from 'vitest';
import { type Murmur3Start, murmur3, murmur3Ends, murmur3Start } from '../../../src/common/hash/murmur3.ts';

const DOG = 'The quick brown fox jumps over the lazy dog';

function ends(starts: readonly Murmur3Start[], bytes: string): number[] {
  const hashes = new Uint32Array(starts.length);
  murmur3Ends(starts, bytes, hashes);
  return [...hashes];
}

describe('MurmurHash3', () => {
  test.each([
    ['', 0, 0],
    ['', 1, 0x514e_28b7],
    ['', 0xffff_ffff, 0x81f1_6f39],
    ['test', 0, 0xba6b_d213],
    ['test', 0x9747_b28c, 0x704b_81dc],
    [DOG, 0, 0x2e4f_f723],
    [DOG, 0x9747_b28c, 0x2fa8_26cd],
  ])('of %j with seed %i', (bytes, seed, hash) => {
    expect(ends([murmur3Start('', seed)], bytes)).toEqual([hash]);
    expect(ends([murmur3Start(bytes, seed)], '')).toEqual([hash]);
    if (seed === 0) expect(murmur3(bytes)).toBe(hash);
  });

  test('is one, wherever it is begun, and beside whatever others', () => {
    for (let length = 0; length <= 600; length += length < 40 ? 1 : 37) {
      const bytes = String.fromCharCode(...Array.from({ length }, (_, i) => (i * 31 + length) & 0xff));
      for (let cut = 0; cut <= Math.min(length, 9); cut++) {
        const [begun, rest] = [bytes.slice(0, cut), bytes.slice(cut)];
        const others = ['', 'a', 'ab', 'abc', 'b', 'abcd'];
        expect(
          ends(
            [begun, ...others].map((start) => murmur3Start(start)),
            rest,
          ),
        ).toEqual([begun, ...others].map((start) => murmur3(start + rest)));
      }
    }
  });
});
