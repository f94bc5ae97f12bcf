import { describe, expect, test } from 'vitest';
import { type Content, KeyHistory, type Verdict } from '../../soak/key-history.ts';
import type { NodeLife } from '../../soak/node-lives.ts';

const NEVER = Number.POSITIVE_INFINITY;
const a: NodeLife = { id: 'a:1', bornAt: 0, diedAt: NEVER };
const b: NodeLife = { id: 'b:1', bornAt: 0, diedAt: NEVER };

interface Story {
  readonly name: string;
  /** Content, from when to when it may have taken effect, and where; the acknowledged ones certainly did. */
  readonly writes: readonly (readonly [Content, number, number, 'acknowledged' | 'unknown', NodeLife])[];
  readonly read: readonly [Content | 'present', number, number, readonly NodeLife[]];
  readonly verdict: Verdict;
}

const stories: readonly Story[] = [
  {
    name: 'nothing was written, nothing is found',
    writes: [],
    read: ['absent', 1, 2, [a]],
    verdict: 'possible',
  },
  {
    name: 'nothing was written, something is found',
    writes: [],
    read: [7, 1, 2, [a]],
    verdict: 'neverWritten',
  },
  {
    name: 'what was acknowledged is found',
    writes: [[1, 1, 2, 'acknowledged', a]],
    read: [1, 3, 4, [a]],
    verdict: 'possible',
  },
  {
    name: 'what was acknowledged is not found',
    writes: [[1, 1, 2, 'acknowledged', a]],
    read: ['absent', 3, 4, [a]],
    verdict: 'overwritten',
  },
  {
    name: 'the write is still under way when the read begins',
    writes: [[1, 1, 5, 'acknowledged', a]],
    read: ['absent', 3, 4, [a]],
    verdict: 'possible',
  },
  {
    name: 'what a later write replaced is found',
    writes: [
      [1, 1, 2, 'acknowledged', a],
      [2, 3, 4, 'acknowledged', a],
    ],
    read: [1, 5, 6, [a]],
    verdict: 'overwritten',
  },
  {
    name: 'of two writes side by side either may be the last',
    writes: [
      [1, 1, 4, 'acknowledged', a],
      [2, 2, 3, 'acknowledged', a],
    ],
    read: [1, 5, 6, [a]],
    verdict: 'possible',
  },
  {
    name: 'a write that failed may have been done',
    writes: [
      [1, 1, 2, 'acknowledged', a],
      [2, 3, 100, 'unknown', a],
    ],
    read: [2, 5, 6, [a]],
    verdict: 'possible',
  },
  {
    name: 'or not',
    writes: [
      [1, 1, 2, 'acknowledged', a],
      [2, 3, 100, 'unknown', a],
    ],
    read: [1, 5, 6, [a]],
    verdict: 'possible',
  },
  {
    name: 'or later than one that was made after it',
    writes: [
      [1, 1, 100, 'unknown', a],
      [2, 3, 4, 'acknowledged', a],
    ],
    read: [1, 50, 51, [a]],
    verdict: 'possible',
  },
  {
    name: 'but not for ever',
    writes: [
      [1, 1, 100, 'unknown', a],
      [2, 150, 151, 'acknowledged', a],
    ],
    read: [1, 200, 201, [a]],
    verdict: 'overwritten',
  },
  {
    name: 'a value from before the read was asked for is not yet written',
    writes: [[1, 10, 11, 'acknowledged', a]],
    read: [1, 3, 4, [a]],
    verdict: 'neverWritten',
  },
  {
    name: 'what was written elsewhere is found',
    writes: [[1, 1, 2, 'acknowledged', b]],
    read: [1, 3, 4, [a]],
    verdict: 'neverWritten',
  },
  {
    name: 'the key went away and came back: what the node had before is found',
    writes: [
      [1, 1, 2, 'acknowledged', a],
      [2, 3, 4, 'acknowledged', b],
    ],
    read: [1, 5, 6, [a]],
    verdict: 'possible',
  },
  {
    name: 'the key moved while it was read: either is found',
    writes: [
      [1, 1, 2, 'acknowledged', a],
      [2, 3, 4, 'acknowledged', b],
    ],
    read: [2, 5, 6, [a, b]],
    verdict: 'possible',
  },
  {
    name: 'what was deleted is found',
    writes: [
      [1, 1, 2, 'acknowledged', a],
      ['absent', 3, 4, 'acknowledged', a],
    ],
    read: ['present', 5, 6, [a]],
    verdict: 'overwritten',
  },
  {
    name: 'something is there, whatever it is',
    writes: [
      [1, 1, 2, 'acknowledged', a],
      ['absent', 3, 100, 'unknown', a],
    ],
    read: ['present', 5, 6, [a]],
    verdict: 'possible',
  },
  {
    name: 'a process that took the place of another has nothing',
    writes: [[1, 1, 2, 'acknowledged', a]],
    read: [1, 8, 9, [{ id: 'a:1', bornAt: 5, diedAt: NEVER }]],
    verdict: 'neverWritten',
  },
];

function historyOf(writes: Story['writes']): KeyHistory {
  const history = new KeyHistory();
  for (const [content, from, to, outcome, place] of writes) {
    const write = history.begin(content, from);
    write.latest = to;
    write.definite = outcome === 'acknowledged';
    write.places = [place];
  }
  return history;
}

describe('what a read may find', () => {
  test.each(stories)('$name: $verdict', ({ read, verdict, writes }) => {
    const [found, from, to, places] = read;
    expect(historyOf(writes).judge(found, { from, to }, places)).toBe(verdict);
  });

  test('not what was withdrawn, nor what the call itself does', () => {
    const history = new KeyHistory();
    const write = history.begin(1, 1);
    expect(history.judge(1, { from: 2, to: 3 }, [a])).toBe('possible');
    expect(history.judge(1, { from: 2, to: 3 }, [a], write)).toBe('neverWritten');
    history.withdraw(write);
    expect(history.judge(1, { from: 2, to: 3 }, [a])).toBe('neverWritten');
  });

  test('of many writes those are kept that may still be found, wherever they are', () => {
    const history = new KeyHistory();
    const first = history.begin(-1, 0);
    Object.assign(first, { latest: 1, definite: true, places: [b] });
    for (let i = 1; i <= 1_000; i++) {
      const write = history.begin(i, i * 1_000);
      Object.assign(write, { latest: i * 1_000 + 1, definite: true, places: [a] });
    }
    expect(history.find(1)).toBeUndefined();
    expect(history.judge(1_000, { from: 1_001_000, to: 1_001_001 }, [a])).toBe('possible');
    expect(history.judge(-1, { from: 1_001_000, to: 1_001_001 }, [b])).toBe('possible');
  });
});
