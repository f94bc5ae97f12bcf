import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Continuum, continuumLocator, continuumOf } from '../../../src/topology/ring/continuum.ts';

/** The rule, said plainly. */
function ownerOf({ points, owners }: Continuum, hash: number): number | undefined {
  const position = points.findIndex((point) => point >= hash);
  return owners[position === -1 ? 0 : position];
}

describe('continuumLocator', () => {
  test('finds the first point at or above the hash, wherever points lie', () => {
    const point = fc.oneof(
      fc.integer({ min: 0, max: 0xffff_ffff }),
      fc.integer({ min: 0, max: 5 }),
      fc.integer({ min: 0xffff_fffa, max: 0xffff_ffff }),
    );
    const pointsOfNodes = fc
      .array(fc.array(point, { maxLength: 20 }), { minLength: 2, maxLength: 5 })
      .filter((nodes) => nodes.some((points) => points.length > 0));
    fc.assert(
      fc.property(pointsOfNodes, fc.array(point), (nodes, hashes) => {
        const continuum = continuumOf(nodes);
        const locate = continuumLocator(continuum, Number);
        const near = [...continuum.points].flatMap((each) => [Math.max(0, each - 1), each, (each + 1) >>> 0]);
        for (const hash of [0, 0xffff_ffff, ...hashes, ...near]) {
          expect(locate(String(hash))).toBe(ownerOf(continuum, hash));
        }
      }),
      { numRuns: 300 },
    );
  });

  test('finds it among more points than it has starts for', () => {
    const spread = (i: number): number => Math.imul(i, 0x9e37_79b1) >>> 0;
    const nodes = [0, 1, 2].map((node) => Array.from({ length: 30_000 }, (_, i) => spread(i * 3 + node)));
    const continuum = continuumOf(nodes);
    const locate = continuumLocator(continuum, Number);
    for (let i = 0; i < 200; i++) {
      const hash = spread(i * 7919 + 1) ^ i;
      expect(locate(String(hash >>> 0))).toBe(ownerOf(continuum, hash >>> 0));
    }
  });
});
