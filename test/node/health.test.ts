import { describe, expect, test } from 'vitest';
import { ConnectionError, TlsError } from '../../src/errors.ts';
import {
  type Health,
  type HealthEvent,
  isDown,
  nextHealth,
  probeDelayMs,
  recentRevivals,
  UP,
} from '../../src/node/health.ts';

const cause = new ConnectionError('gone');
const suspect: Health = { kind: 'suspect', failures: 1 };
const down: Health = { kind: 'down', attempt: 2, cause };
const probing: Health = { kind: 'probing', attempt: 2, cause };
const soft = (failures: number): HealthEvent => ({ kind: 'soft', failures, cause });
const hard: HealthEvent = { kind: 'hard', cause };

const cases: readonly (readonly [Health, HealthEvent, Partial<Health>])[] = [
  [UP, { kind: 'reply' }, { kind: 'up' }],
  [UP, soft(1), { kind: 'suspect', failures: 1 }],
  [suspect, soft(2), { kind: 'suspect', failures: 2 }],
  [suspect, soft(3), { kind: 'down', attempt: 0 }],
  [UP, soft(100), { kind: 'down', attempt: 0 }],
  [suspect, { kind: 'reply' }, { kind: 'up' }],
  [UP, hard, { kind: 'down', attempt: 0 }],
  [suspect, hard, { kind: 'down', attempt: 0 }],
  [down, { kind: 'reply' }, { kind: 'down', attempt: 2 }],
  [down, soft(9), { kind: 'down', attempt: 2 }],
  [down, { kind: 'probe' }, { kind: 'probing', attempt: 2 }],
  [probing, hard, { kind: 'down', attempt: 3 }],
  [probing, { ...hard, asked: true }, { kind: 'down', attempt: 2 }],
  [probing, soft(1), { kind: 'probing' }],
  [probing, { kind: 'reply' }, { kind: 'probing' }],
  [probing, { kind: 'probeSucceeded' }, { kind: 'up' }],
  [down, { kind: 'probeSucceeded' }, { kind: 'up' }],
  [UP, { kind: 'probe' }, { kind: 'up' }],
];

describe('health', () => {
  test.each(cases)('%o and %o', (health, event, next) => {
    expect(nextHealth(health, event)).toMatchObject(next);
  });

  test('keeps why it is down', () => {
    expect(nextHealth(UP, hard)).toMatchObject({ cause });
    expect(nextHealth(down, { kind: 'probe' })).toMatchObject({ cause });
  });

  test('waits longer for the first probe of a node that flaps', () => {
    expect(nextHealth(UP, hard, 3)).toMatchObject({ kind: 'down', attempt: 3 });
    expect(nextHealth(UP, soft(3), 4)).toMatchObject({ kind: 'down', attempt: 4 });
  });

  test('is down while probing too', () => {
    expect([UP, suspect, down, probing].map(isDown)).toEqual([false, false, true, true]);
  });
});

describe('the wait for a probe', () => {
  const NOW = 10_000_000;
  const MINUTE = 60_000;
  /** Revivals so many milliseconds ago. */
  const ago = (...ms: number[]): number[] => ms.map((each) => NOW - each);

  test.each([
    ['the first', 0, [], 500],
    ['doubles', 1, [], 1_000],
    ['doubles again', 4, [], 8_000],
    ['ends at 30 s', 6, [], 30_000],
    ['stays there', 1_000, [], 30_000],
    ['two revivals do not count', 0, ago(MINUTE, 0), 500],
    ['three do', 0, ago(2 * MINUTE, MINUTE, 0), 750],
    ['each further one does', 0, ago(3, 2, 1, 0), 1_125],
    ['with the doubling', 3, ago(2, 1, 0), 6_000],
    ['and past 30 s', 6, ago(4, 3, 2, 1, 0), 101_250],
    ['ends at 5 minutes', 6, ago(...Array.from({ length: 20 }, (_, i) => i)), 300_000],
    ['those of 5 minutes ago are forgotten', 0, ago(5 * MINUTE, MINUTE, 0), 500],
    ['those of just less are not', 0, ago(5 * MINUTE - 1, MINUTE, 0), 750],
  ])('%s', (_, attempt, revivals, expected) => {
    expect(probeDelayMs(attempt, revivals, NOW)).toBe(expected);
  });

  test('ends at a minute where TLS is what fails', () => {
    const failed = new TlsError('expired');
    expect([0, 5, 6, 7, 1_000].map((attempt) => probeDelayMs(attempt, [], NOW, failed))).toEqual([
      500, 16_000, 32_000, 60_000, 60_000,
    ]);
  });

  test('keeps no more revivals than count', () => {
    expect(recentRevivals(ago(6 * MINUTE, 5 * MINUTE, 4 * MINUTE, 0), NOW)).toEqual(ago(4 * MINUTE, 0));
  });
});
