import { describe, expect, test } from 'vitest';
import { durationSeconds, type Ttl, ttlSeconds } from '../../src/client/ttl.ts';
import { clientOf } from '../harness/client-of.ts';
import { startScripted } from '../harness/scripted-server.ts';

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

test('the delay of a flush is a duration too, where it is longer than 30 days', async () => {
  await using server = await startScripted(({ say }) => say('OK\r\n'));
  const client = clientOf(server);
  const now = Math.floor(Date.now() / 1000);
  for (const delay of [0, 1, 2_592_000, 2_592_001, 2 ** 40]) await client.flushAll({ delay });
  const delays = server.asked.map(({ line }) => Number(line.split(' ')[1] ?? 0));
  expect(delays).toEqual([0, 1, 2_592_000, expect.any(Number), 2 ** 31 - 1]);
  expect(delays[3]).toBeGreaterThanOrEqual(now + 2_592_001);
});
