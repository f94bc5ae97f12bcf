import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cacheBackendTestSuite } from '../../src/testing/index.ts';
import { djangoTests, pitfalls } from './django/names.ts';
import { type Holder, type Parity, parity, pitfallParity } from './django/parity.ts';
import { MapBackend } from './map-backend.ts';

const root = join(import.meta.dirname, '../..');
const suiteCases = cacheBackendTestSuite(() => new MapBackend()).map(({ name }) => name);
const titles = new Map<string, ReadonlySet<string>>();

/** What the tests of a file are called: the first argument of `test` and of what `test.each` makes. */
function titlesIn(source: string): ReadonlySet<string> {
  const title = /(?:\btest|\))\(\s*(['"])((?:\\.|(?!\1).)*)\1,\s*(?:async\s*)?\(/g;
  return new Set([...source.matchAll(title)].map(([, , text = '']) => text));
}

function exists(holder: Holder): boolean {
  if (typeof holder === 'string') return suiteCases.includes(holder);
  const [file, title] = holder;
  const known = titles.get(file) ?? titlesIn(readFileSync(join(root, 'test', file), 'utf8'));
  titles.set(file, known);
  return known.has(title);
}

/** What is wrong with an answer: a test that is not there, or no reason. */
function faults(answer: Parity | undefined): unknown {
  if (answer === undefined) return 'no answer';
  if ('meaningless' in answer) return answer.meaningless.length > 20 ? [] : 'no reason';
  return answer.heldBy.length === 0 ? 'no test' : answer.heldBy.filter((holder) => !exists(holder));
}

describe.each(Object.entries(djangoTests))('%s of Django', (name, tests) => {
  test('have an answer each, and no other has one', () => {
    expect(Object.keys(parity[name] ?? {})).toEqual([...tests]);
  });

  test.each(tests)('%s is held, or has no meaning here', (each) => {
    expect(faults(parity[name]?.[each])).toEqual([]);
  });
});

test('there is no answer for classes that are not there', () => {
  expect(Object.keys(parity)).toEqual(Object.keys(djangoTests));
});

describe('a pitfall is held', () => {
  test.each(pitfalls)('%s', (pitfall) => {
    expect(faults(pitfallParity[pitfall])).toEqual([]);
  });
});

describe('how the tests that hold are found', () => {
  test('by the titles in their files', () => {
    const source = [
      "test('one', async () => {});",
      'test.each([',
      "  ['row', 1],",
      "])('each of %s', async (name) => {});",
      'test.each(rows)("it\'s %s", () => {});',
      "expect(value).toBe('no title');",
    ].join('\n');
    expect([...titlesIn(source)]).toEqual(['one', 'each of %s', "it's %s"]);
  });

  test('one that is not there is missed', () => {
    expect(faults({ heldBy: [['cache/caches.test.ts', 'no such test'], 'no such case'] })).toHaveLength(2);
    expect(faults({ heldBy: [] })).toBe('no test');
    expect(faults({ meaningless: '' })).toBe('no reason');
    expect(faults(undefined)).toBe('no answer');
  });
});
