/**
 * The same traffic and the same changes for three ways to use a cluster: its configuration endpoint taken
 * for a plain server, a fixed list of nodes, and discovery. Ends with 0 where discovery kept its promise.
 *
 *   node demo/run.mjs [--short] [--engine memcached|embedded] [--report file.html]
 */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { chooseEngine } from './engine.mjs';
import { perform } from './performance.mjs';
import { reportPage } from './report-page.mjs';
import { brokenPromises, resultRows } from './results.mjs';
import { FULL, SHORT } from './script.mjs';
import { Terminal } from './terminal.mjs';

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    engine: { type: 'string' },
    report: { type: 'string', default: 'demo-report.html' },
  },
});

const terminal = new Terminal(process.stdout);
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => interrupted.abort());

try {
  const engine = chooseEngine(values.engine);
  const show = await perform({
    engine: engine.kind,
    script: values.short ? SHORT : FULL,
    terminal,
    signal: interrupted.signal,
  });
  const rows = resultRows(show);
  const file = resolve(values.report);
  await writeFile(file, reportPage(show, rows, engine.description));
  terminal.table(show, rows);
  terminal.say(`\nCharts: ${file}`);
  const broken = brokenPromises(show);
  for (const promise of broken) terminal.fail(promise);
  process.exitCode = broken.length === 0 ? 0 : 1;
} catch (error) {
  if (interrupted.signal.aborted) {
    terminal.say('Stopped.');
    process.exitCode = 130;
  } else {
    terminal.fail(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
