import { describe, expect, test } from 'vitest';
import { durationSeconds, type Ttl, ttlSeconds } from '../../src/client/ttl.ts';

describe('a ttl', () => {
  test.each<readonly [Ttl, number | null]>([
    [null, null],
    [0, 0],
    [-5, -5],
    [0.5, 0.5],
    [300, 300],
    ['90s', 90],
    ['10m', 600],
    ['2h', 7_200],
    ['7d', 604_800],
    ['1.5h', 5_400],
    ['10 m', 600],
    ['0s', 0],
  ])('%o is %o seconds', (ttl, seconds) => {
    expect(ttlSeconds(ttl)).toBe(seconds);
  });

  test.each([
    '',
    'm',
    '10',
    '10ms',
    '-1s',
    '1e3s',
    '10m5s',
    '10M',
    ' 10m',
    Number.NaN,
    Number.NEGATIVE_INFINITY,
    {},
  ])('%o is none, and the option is named', (ttl) => {
    expect(() => durationSeconds(ttl as string, 'near.ttl')).toThrow(/^near\.ttl must be/);
  });
});
