import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import Table from 'cli-table3';
import type { Reporter, TestModule } from 'vitest/node';
import { filesUnder, repository } from '../docs/repository.ts';
import { cellsOf, type FaultRun, HEAD, markdownTable, rowsOf, withTable } from './fault-table.ts';

const PAGE = join(repository, 'docs/faults.md');
/** Widths of the columns where the terminal does not say how wide it is. */
const PLAIN_WIDTH = 160;
const NARROW = { number: 5, result: 10 } as const;
const TEXT_COLUMNS = 3;

/** Prints the table of faults, and writes it into the page where all of them ran. */
export class FaultReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const rows = rowsOf(modules.flatMap(runsOf));
    const width = process.stdout.columns ?? PLAIN_WIDTH;
    const each = Math.max(16, Math.floor((width - NARROW.number - NARROW.result - 6) / TEXT_COLUMNS));
    const table = new Table({
      head: [...HEAD],
      colWidths: [NARROW.number, each, each, each, NARROW.result],
      wordWrap: true,
      style: { head: [], border: [] },
    });
    table.push(...rows.map((row) => cellsOf(row, '\n')));
    const passed = rows.filter((row) => row.passed).length;
    console.log(`\n${table.toString()}\n${passed} of ${rows.length} faults pass`);
    if (!isWhole(modules)) return;
    const text = `${circumstances()}\n\n${markdownTable(rows)}`;
    writeFileSync(PAGE, withTable(readFileSync(PAGE, 'utf8'), text));
    console.log('Written: docs/faults.md');
  }
}

/** Whether it was not a run of some files, or some scenarios, alone. */
function isWhole(modules: readonly TestModule[]): boolean {
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  return (
    modules.length === filesUnder('test/faults', '.test.ts').length &&
    tests.every((test) => test.result().state !== 'skipped')
  );
}

function runsOf(module: TestModule): FaultRun[] {
  return [...module.children.allTests()].flatMap((test) => {
    const { fault } = test.meta();
    return fault === undefined ? [] : [{ ...fault, passed: test.result().state === 'passed' }];
  });
}

function circumstances(): string {
  const memcached = spawnSync('memcached', ['--version'], { encoding: 'utf8' }).stdout.trim();
  const cpu = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`;
  return `Measured ${new Date().toISOString().slice(0, 10)} on ${cpu}, Node.js ${process.version}; ${memcached}.`;
}
