import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  readEntries,
  readStamp,
  type Stamp,
  stampedEntry,
  stampedObject,
  stampedText,
} from '../../soak/stamp.ts';

const stamp: fc.Arbitrary<Stamp> = fc.record({
  key: fc.stringMatching(/^[a-z:\d]{1,20}$/),
  sequence: fc.nat(),
});

describe('a stamped value', () => {
  test('says whose it is, as text and as an object', () => {
    fc.assert(
      fc.property(stamp, fc.nat(500), (stamp, size) => {
        expect(readStamp(stampedText(stamp, size))).toEqual(stamp);
        expect(readStamp(stampedObject(stamp, size))).toEqual(stamp);
        expect(stampedText(stamp, size).isWellFormed()).toBe(true);
      }),
    );
  });

  test('is not read where a character of it is another, or is missing', () => {
    fc.assert(
      fc.property(
        stamp,
        fc.nat(60),
        fc.nat(),
        fc.constantFrom('', 'x', '0', '<'),
        (stamp, size, at, other) => {
          const text = stampedText(stamp, size);
          const position = at % text.length;
          const damaged = text.slice(0, position) + other + text.slice(position + 1);
          if (damaged !== text) expect(readStamp(damaged)).toBeUndefined();
        },
      ),
      { seed: 1, numRuns: 1_000 },
    );
  });

  test.each([undefined, null, 5, '', 'hello', {}, { text: 5 }, Buffer.from('x')])('%o is none', (value) => {
    expect(readStamp(value)).toBeUndefined();
    expect(readEntries(value)).toBeUndefined();
  });

  test('is one of several where they were put behind one another', () => {
    fc.assert(
      fc.property(fc.array(stamp, { minLength: 1, maxLength: 8 }), (stamps) => {
        const log = stamps.map(stampedEntry).join('');
        expect(readEntries(log)).toEqual(stamps);
        expect(readEntries(`${log}<`)).toBeUndefined();
        expect(readEntries(log.slice(1))).toBeUndefined();
      }),
    );
  });
});
