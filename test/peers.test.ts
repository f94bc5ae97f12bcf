import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repository } from './docs/repository.ts';

/** A defect that was seen in a released client, and what holds it off here. */
interface Defect {
  readonly seenIn: string;
  readonly defect: string;
  readonly behaviour: string;
  readonly tests: readonly { readonly file: string; readonly title: string }[];
}

/** One that cannot be here. */
interface Impossible {
  readonly seenIn: string;
  readonly defect: string;
  readonly why: string;
}

const rows = JSON.parse(readFileSync(new URL('./peers.json', import.meta.url), 'utf8')) as readonly (
  | Defect
  | Impossible
)[];
const defects = rows.filter((row): row is Defect => 'tests' in row);

/** Titles of the tests of a file, as they are written in it. */
function titlesOf(file: string): ReadonlySet<string> {
  const source = readFileSync(join(repository, file), 'utf8');
  const titles = source.matchAll(/(?:\btest\(|\)\()\s*(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)"),/g);
  return new Set(
    [...titles].map(([, single, double]) => (single ?? double ?? '').replaceAll(/\\(.)/g, '$1')),
  );
}

describe('defects of other clients', () => {
  test('are told once each', () => {
    const told = rows.map(({ defect, seenIn }) => `${seenIn}: ${defect}`);
    expect(told.filter((each, i) => told.indexOf(each) !== i)).toEqual([]);
    expect(rows.length).toBeGreaterThan(70);
  });

  test.each(defects)('$seenIn: $defect', ({ behaviour, tests }) => {
    expect(behaviour).not.toBe('');
    expect(tests.length).toBeGreaterThan(0);
    for (const { file, title } of tests) expect(titlesOf(file), file).toContain(title);
  });

  test('that cannot be here say why', () => {
    for (const row of rows) if (!('tests' in row)) expect(row.why, row.defect).toMatch(/\w/);
  });

  test('would be missed if their test had another name', () => {
    expect(titlesOf('test/client/peers.test.ts')).not.toContain('a test of no name');
  });
});
