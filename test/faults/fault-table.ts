/** The table of faults: made of what the scenarios left, for a terminal and for docs/faults.md. */
import type { FaultRecord } from './fault.ts';

/** One run of a scenario. */
export interface FaultRun extends FaultRecord {
  readonly passed: boolean;
}

interface Row {
  readonly number: number;
  readonly name: string;
  readonly behaviour: string;
  /** A line for each kind of server. */
  readonly measured: readonly string[];
  readonly passed: boolean;
}

export const HEAD = ['', 'fault', 'behaviour', 'measured', ''] as const;

export function rowsOf(runs: readonly FaultRun[]): readonly Row[] {
  const firsts = runs.filter(({ number }, i) => runs.findIndex((run) => run.number === number) === i);
  return firsts
    .toSorted((a, b) => a.number - b.number)
    .map(({ number, name, behaviour }) => {
      const ofOne = runs.filter((run) => run.number === number);
      return {
        number,
        name,
        behaviour,
        measured: ofOne.map(({ engine, figure = 'failed' }) =>
          engine === undefined ? figure : `${engine}: ${figure}`,
        ),
        passed: ofOne.every(({ passed }) => passed),
      };
    });
}

/** The cells of a row, its lines separated by `newline`. */
export function cellsOf({ number, name, behaviour, measured, passed }: Row, newline: string): string[] {
  return [String(number), name, behaviour, measured.join(newline), passed ? 'pass' : '**FAIL**'];
}

export function markdownTable(rows: readonly Row[]): string {
  const lines = [HEAD, ['---:', '---', '---', '---', '---'], ...rows.map((row) => cellsOf(row, '<br>'))];
  return lines
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');
}

const BEGIN = '<!-- faults:begin -->';
const END = '<!-- faults:end -->';

/** The page with its table replaced; what is written by hand around it stays. */
export function withTable(page: string, table: string): string {
  const from = page.indexOf(BEGIN);
  const to = page.indexOf(END);
  if (from < 0 || to < from) throw new Error(`The page has no ${BEGIN} before an ${END}`);
  return `${page.slice(0, from)}${BEGIN}\n\n${table}\n\n${page.slice(to)}`;
}
