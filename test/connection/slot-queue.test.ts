import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Slot, type SlotOwner } from '../../src/connection/slot.ts';
import { SlotQueue } from '../../src/connection/slot-queue.ts';

const owner: SlotOwner = {
  slotFailed: (slot, error) => slot.abandon(error),
  slotRefused: (slot, error) => slot.abandon(error),
  slotUnsent: () => undefined,
};
const operation = { name: 'get', miss: undefined, read: () => undefined };
const slotOf = (key: string): Slot =>
  new Slot(
    { kind: 'get', key, base64: false },
    operation,
    owner,
    key,
    1,
    () => undefined,
    () => undefined,
  );

describe('a slot queue', () => {
  test('is first in, first out, whatever is pushed and shifted', () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ push: fc.integer({ min: 1, max: 100 }) }) },
      { weight: 2, arbitrary: fc.record({ shift: fc.integer({ min: 1, max: 100 }) }) },
      { weight: 1, arbitrary: fc.constant('takeAll' as const) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const queue = new SlotQueue();
        let model: Slot[] = [];
        for (const each of steps) {
          if (each === 'takeAll') {
            expect(queue.takeAll()).toEqual(model);
            model = [];
          } else if ('push' in each) {
            for (let i = 0; i < each.push; i++) {
              const slot = slotOf(`k${i}`);
              queue.push(slot);
              model.push(slot);
            }
          } else {
            for (let i = 0; i < each.shift; i++) expect(queue.shift()).toBe(model.shift());
          }
          expect(queue.length).toBe(model.length);
          expect(queue.peek()).toBe(model[0]);
        }
        expect([...queue].every((slot, i) => slot === model[i])).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});

describe('a slot', () => {
  function settling(): { slot: Slot; outcomes: unknown[] } {
    const outcomes: unknown[] = [];
    const take = (outcome: unknown): void => {
      outcomes.push(outcome);
    };
    const slot = new Slot({ kind: 'version' }, operation, owner, undefined, 1, take, take);
    slot.onSettled = () => outcomes.push('settled');
    return { slot, outcomes };
  }

  test('is settled once, and lets go of its caller', () => {
    const { slot, outcomes } = settling();
    slot.succeed(1);
    slot.succeed(2);
    slot.fail(new Error('late'));
    slot.abandon(new Error('late'));
    expect(outcomes).toEqual(['settled', 1]);
  });

  test('asks its owner what a failure is', () => {
    const { slot, outcomes } = settling();
    const error = new Error('failed');
    slot.fail(error);
    slot.succeed(1);
    expect(outcomes).toEqual(['settled', error]);
  });
});
