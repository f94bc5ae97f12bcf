import { describe, expect, test } from 'vitest';
import { firstDifference } from './comparison.ts';

/** Set MEMFLEET_SEED to repeat a stream. */
const SEEDS =
  process.env.MEMFLEET_SEED === undefined ? [1, 2, 3, Date.now() % 1e9] : [Number(process.env.MEMFLEET_SEED)];
const COMMANDS_PER_STREAM = 2500;

describe.each(SEEDS)('a stream of commands from seed %i', (seed) => {
  test('gets the same replies as from memcached', { timeout: 30_000 }, async () => {
    const difference = await firstDifference(seed, COMMANDS_PER_STREAM);
    expect(difference?.actual, difference?.command).toEqual(difference?.expected);
  });
});
