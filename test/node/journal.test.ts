import { describe, expect, test } from 'vitest';
import {
  JOURNAL_DROPPED_KEYS,
  JOURNAL_KEYS,
  Journal,
  type KeyedCommand,
  removes,
} from '../../src/node/journal.ts';
import type { Command } from '../../src/protocol/command.ts';

const forget = (key: string, base64 = false): KeyedCommand => ({ kind: 'delete', key, base64 });

/** A journal, and how many keys it says it dropped. */
function journalOf(...keys: string[]): { journal: Journal; dropped: number[] } {
  const dropped: number[] = [];
  const journal = new Journal((count) => dropped.push(count));
  for (const key of keys) journal.record(forget(key), 0);
  return { journal, dropped };
}

function keysOf(journal: Journal): string[] {
  return journal.take(Number.POSITIVE_INFINITY).map(({ key }) => key);
}

describe('a journal', () => {
  test('gives each key once, as a delete, the oldest first', () => {
    const { journal } = journalOf('a', 'b', 'a', 'c');
    expect(journal.size).toBe(3);
    expect(journal.take(2)).toEqual([forget('a'), forget('b')]);
    expect(journal.size).toBe(1);
    expect(journal.take(2)).toEqual([forget('c')]);
    expect(journal.take(2)).toEqual([]);
  });

  test('tells a key in base64 from the key of the same letters', () => {
    const { journal } = journalOf('YQ==');
    journal.record(forget('YQ==', true), 0);
    expect(journal.take(5)).toEqual([forget('YQ=='), forget('YQ==', true)]);
  });

  test('takes a key that was given out again', () => {
    const { journal } = journalOf('a');
    journal.take(1);
    journal.record(forget('a'), 0);
    expect(journal.size).toBe(1);
  });

  test('forgets all once the node replied after the last was recorded, and not before', () => {
    const { journal } = journalOf();
    journal.record(forget('a'), 7);
    journal.forgetIfAnswered(7);
    expect(journal.size).toBe(1);
    journal.forgetIfAnswered(8);
    expect(journal.size).toBe(0);
  });

  test('is bounded: the oldest go, some at once, and it says how many', () => {
    const { journal, dropped } = journalOf(...Array.from({ length: JOURNAL_KEYS }, (_, i) => `k${i}`));
    expect([journal.size, dropped]).toEqual([JOURNAL_KEYS, []]);
    journal.record(forget('new'), 0);
    expect(dropped).toEqual([JOURNAL_DROPPED_KEYS]);
    const kept = keysOf(journal);
    expect(kept).toHaveLength(JOURNAL_KEYS + 1 - JOURNAL_DROPPED_KEYS);
    expect([kept[0], kept.at(-1)]).toEqual([`k${JOURNAL_DROPPED_KEYS}`, 'new']);
  });
});

describe('what takes a key away', () => {
  const key = { key: 'a', base64: false };
  test.each<readonly [boolean, Command]>([
    [true, { kind: 'delete', ...key }],
    [true, { kind: 'touch', ...key, exptime: -1 }],
    [true, { kind: 'gat', ...key, exptime: -1 }],
    [false, { kind: 'touch', ...key, exptime: 0 }],
    [false, { kind: 'gat', ...key, exptime: 5 }],
    [false, { kind: 'get', ...key }],
    [false, { kind: 'incr', ...key, delta: 1n, initial: undefined, exptime: 0 }],
    [false, { kind: 'flushAll', delay: 0 }],
  ])('%s: %o', (expected, command) => {
    expect(removes(command)).toBe(expected);
  });
});
