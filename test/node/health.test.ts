import { describe, expect, test } from 'vitest';
import { ConnectionError } from '../../src/errors.ts';
import { type Health, type HealthEvent, isDown, nextHealth, UP } from '../../src/node/health.ts';

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
