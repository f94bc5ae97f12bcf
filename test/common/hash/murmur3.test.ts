import { describe, expect, test } from 'vitest';
import { murmur3, murmur3BySeed, murmur3End, murmur3Start } from '../../../src/common/hash/murmur3.ts';

const DOG = 'The quick brown fox jumps over the lazy dog';

function bySeed(bytes: string, ...seeds: readonly number[]): number[] {
  const hashes = new Uint32Array(seeds.length);
  murmur3BySeed(bytes, Int32Array.from(seeds), hashes);
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
    expect(bySeed(bytes, seed)).toEqual([hash]);
    if (seed === 0) expect(murmur3(bytes)).toBe(hash);
  });

  test('is one, wherever it is begun, and however many seeds there are', () => {
    for (let length = 0; length <= 600; length += length < 40 ? 1 : 37) {
      const bytes = String.fromCharCode(...Array.from({ length }, (_, i) => (i * 31 + length) & 0xff));
      const [hash, other] = bySeed(bytes, 0, 5);
      expect(bySeed(bytes, 5)).toEqual([other]);
      for (let cut = 0; cut <= Math.min(length, 9); cut++) {
        expect(murmur3End(murmur3Start(bytes.slice(0, cut)), bytes.slice(cut))).toBe(hash);
      }
    }
  });
});
