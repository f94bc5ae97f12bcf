import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { filesUnder, repository } from './docs/repository.ts';
import { type FaultRun, markdownTable, rowsOf, withTable } from './faults/fault-table.ts';

const text = (file: string): string => readFileSync(join(repository, file), 'utf8');
const DECLARED = /\bnumber: (\d+),\s+name:\s+(?:'((?:[^'\\]|\\.)*)'|"([^"]*)")/g;

/** Number and name of every scenario, as the sources declare them. */
function declared(): readonly { number: number; name: string }[] {
  return filesUnder('test/faults', '.test.ts').flatMap((file) =>
    [...text(file).matchAll(DECLARED)].map(([, number, single, double]) => ({
      number: Number(number),
      name: (single ?? double ?? '').replaceAll("\\'", "'"),
    })),
  );
}

describe('the page on faults', () => {
  test('numbers the scenarios without a gap, and none twice', () => {
    const numbers = declared().map(({ number }) => number);
    expect(numbers.toSorted((a, b) => a - b)).toEqual(numbers.map((_, i) => i + 1));
  });

  test('lists every scenario, each passed', () => {
    const lines = text('docs/faults.md')
      .split('\n')
      .filter((line) => /^\| \d/.test(line));
    const listed = lines.map((line) => line.replaceAll('\\|', '|').split(' | '));
    expect(listed.map(([number, name]) => `${number} | ${name}`)).toEqual(
      declared()
        .toSorted((a, b) => a.number - b.number)
        .map(({ number, name }) => `| ${number} | ${name}`),
    );
    for (const line of lines) expect(line).toMatch(/\| pass \|$/);
  });
});

describe('the table of faults', () => {
  const base = { number: 2, name: 'A node dies', behaviour: 'calls reject' };
  const runs: readonly FaultRun[] = [
    { ...base, engine: 'memcached', figure: '3 ms', passed: true },
    { ...base, engine: 'embedded', passed: false },
    { number: 1, name: 'a | b', behaviour: 'none', figure: 'all', passed: true },
  ];

  test('has a line a fault in the order of their numbers, with what each kind of server gave', () => {
    expect(markdownTable(rowsOf(runs)).split('\n').slice(2)).toEqual([
      '| 1 | a \\| b | none | all | pass |',
      '| 2 | A node dies | calls reject | memcached: 3 ms<br>embedded: failed | **FAIL** |',
    ]);
  });

  test('replaces what stands between the marks, and needs them', () => {
    const page = 'before <!-- faults:begin --> old <!-- faults:end --> after';
    expect(withTable(page, 'new')).toBe('before <!-- faults:begin -->\n\nnew\n\n<!-- faults:end --> after');
    expect(() => withTable('a page', 'new')).toThrow('no <!-- faults:begin -->');
  });
});
