import { describe, expect, test } from 'vitest';
import { ClientInputError } from '../../src/errors.ts';
import { capExptime, lengthenExptime } from '../../src/protocol/exptime.ts';
import { MAX_EXPTIME, MAX_RELATIVE_SECONDS, toExptime } from '../../src/protocol/index.ts';

const NOW = 1_795_378_605;
const DAYS_30 = 2_592_000;

describe('toExptime', () => {
  test.each([
    ['never', null, NOW, 0],
    ['0 is expired at once', 0, NOW, -1],
    ['-0 is expired at once', -0, NOW, -1],
    ['negative is expired at once', -5, NOW, -1],
    ['minus infinity is expired at once', Number.NEGATIVE_INFINITY, NOW, -1],
    ['a second', 1, NOW, 1],
    ['a fraction is rounded up, not to "never"', 0.001, NOW, 1],
    ['a fraction above 1 is rounded up', 1.2, NOW, 2],
    ['30 days are relative', DAYS_30, NOW, DAYS_30],
    ['a fraction up to 30 days is relative', DAYS_30 - 0.5, NOW, DAYS_30],
    ['30 days and a second are absolute', DAYS_30 + 1, NOW, NOW + DAYS_30 + 1],
    ['30 days and a fraction are absolute', DAYS_30 + 0.1, NOW, NOW + DAYS_30 + 1],
    ['the clock counts in whole seconds', DAYS_30 + 1, NOW + 0.9, NOW + DAYS_30 + 1],
    ['a year', 31_536_000, NOW, NOW + 31_536_000],
    ['the last safe second', MAX_EXPTIME - NOW, NOW, 2_147_483_647],
    ['past it, clamped', MAX_EXPTIME - NOW + 1, NOW, 2_147_483_647],
    ['far past it, clamped', Number.MAX_SAFE_INTEGER, NOW, 2_147_483_647],
    ['infinity, clamped', Number.POSITIVE_INFINITY, NOW, 2_147_483_647],
    ['a clock past 2038, clamped', DAYS_30 + 1, 3_000_000_000, 2_147_483_647],
  ])('%s', (_, ttl, now, expected) => {
    expect(toExptime(ttl, now)).toBe(expected);
  });

  test('refuses NaN', () => {
    expect(() => toExptime(Number.NaN, NOW)).toThrow(ClientInputError);
  });

  test('has the bounds of memcached', () => {
    expect(MAX_RELATIVE_SECONDS).toBe(60 * 60 * 24 * 30);
    expect(MAX_EXPTIME).toBe(2 ** 31 - 1);
  });
});

describe('capExptime', () => {
  test.each([
    ['never becomes the most', 0, 60],
    ['more becomes the most', 61, 60],
    ['an absolute time becomes the most', NOW + DAYS_30 + 1, 60],
    ['the most stays', 60, 60],
    ['less stays', 5, 5],
    ['expired at once stays', -1, -1],
  ])('%s', (_, exptime, expected) => {
    expect(capExptime(exptime, 60)).toBe(expected);
  });
});

describe('lengthenExptime', () => {
  test.each([
    ['never', 0, 0],
    ['expired', -1, -1],
    ['a second', 1, 61],
    ['almost 30 days', DAYS_30 - 61, DAYS_30 - 1],
    ['no more than 30 days, which would be another time', DAYS_30 - 5, DAYS_30],
    ['30 days', DAYS_30, DAYS_30],
    ['a Unix time', NOW, NOW + 60],
    ['the last Unix time', MAX_EXPTIME - 5, MAX_EXPTIME],
  ])('%s', (_, exptime, expected) => {
    expect(lengthenExptime(exptime, 60)).toBe(expected);
  });
});
