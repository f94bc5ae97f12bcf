import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LatencyHistogram } from '../../src/common/latency-histogram.ts';

function histogramOf(values: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

test('is all zeros at first', () => {
  expect(new LatencyHistogram().snapshot()).toEqual({
    count: 0,
    meanMs: 0,
    p50Ms: 0,
    p90Ms: 0,
    p99Ms: 0,
    p999Ms: 0,
    maxMs: 0,
  });
});

test('tells quantiles to an eighth, never below the truth nor above the maximum', () => {
  const millis = fc.double({ min: 0.001, max: 100_000, noNaN: true });
  fc.assert(
    fc.property(fc.array(millis, { minLength: 1, maxLength: 200 }), (values) => {
      const snapshot = histogramOf(values).snapshot();
      const sorted = values.toSorted((a, b) => a - b);
      const exact = (q: number): number => sorted[Math.ceil(sorted.length * q) - 1] as number;
      expect(snapshot.count).toBe(values.length);
      expect(snapshot.maxMs).toBe(sorted.at(-1));
      for (const [told, truth] of [
        [snapshot.p50Ms, exact(0.5)],
        [snapshot.p90Ms, exact(0.9)],
        [snapshot.p99Ms, exact(0.99)],
      ] as const) {
        expect(told).toBeGreaterThanOrEqual(truth - 0.001);
        expect(told).toBeLessThanOrEqual(Math.min(truth * 1.126 + 0.001, snapshot.maxMs));
      }
    }),
  );
});

test.each([0, -1, 1e12, Number.MIN_VALUE])('takes %d ms', (value) => {
  expect(histogramOf([value]).count).toBe(1);
  expect(histogramOf([value]).snapshot().count).toBe(1);
});
