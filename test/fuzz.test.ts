import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { properties } from '../fuzz/properties.ts';
import { runRound } from '../fuzz/round.ts';
import { repository } from './docs/repository.ts';

/** The same inputs in every run of the tests: `npm run fuzz` is what looks for others. */
const SEED = 20;

describe('whatever comes in', () => {
  test.each(properties)('$name', { timeout: 60_000 }, async (each) => {
    expect((await runRound(each, SEED)).failure).toBeUndefined();
  });
});

describe('fuzzing', () => {
  test('tells the input that fails, and how to try it again', async () => {
    const wrong = {
      name: 'counting: ends below 1000',
      runs: 500,
      property: fc.property(fc.nat(100_000), (count) => count < 1000),
    };
    const { failure } = await runRound(wrong, SEED);
    expect(failure).toContain('Counterexample: [1000]');
    const [, path] = /--only 'counting: ends below 1000' --seed 20 --path (\S+)/.exec(failure ?? '') ?? [];
    expect((await runRound(wrong, SEED, path)).failure).toContain('Counterexample: [1000]');
    expect((await runRound({ ...wrong, runs: 1 }, SEED, path)).runs).toBe(1);
  });

  test('is a program that ends when its time is over, and says what it tried', { timeout: 60_000 }, () => {
    const args = [
      'scripts/run.mjs',
      'fuzz/main.ts',
      '--minutes',
      '0',
      '--seed',
      '7',
      '--only',
      'configuration',
    ];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: repository,
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^Seed 7, 0 min\n(?: +1000 {2}cluster configuration: .*\n){3} +3000 {2}in all\n$/);
  });
});
