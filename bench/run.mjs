import { mkdir, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { install } from './harness/install.mjs';

install();
const { cases, caseNamed } = await import('./harness/cases.mjs');
const { machine } = await import('./harness/machine.mjs');
const { attempt } = await import('./harness/runner.mjs');
const { Servers } = await import('./harness/servers.mjs');
const { subjects, subjectNamed } = await import('./harness/subjects.mjs');
const { summarise } = await import('./harness/summary.mjs');
const { table, ratioTable } = await import('./harness/table.mjs');
const { report } = await import('./harness/report.mjs');

const { values } = parseArgs({
  options: {
    case: { type: 'string', multiple: true },
    client: { type: 'string', multiple: true },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    quick: { type: 'boolean', default: false },
  },
});
const chosenCases = values.case?.map(caseNamed) ?? cases;
const chosenSubjects = values.client?.map(subjectNamed) ?? subjects;
const rounds = positive('rounds', values.rounds ?? (values.quick ? '1' : '3'));
const seconds = positive('seconds', values.seconds ?? (values.quick ? '0.4' : '2'));
const pace = { seconds, warmupSeconds: values.quick ? 0.3 : 1 };

/** @type {import('./harness/summary.mjs').Trial[]} */
const trials = [];
const servers = new Servers();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
try {
  for (let round = 0; round < rounds; round++) {
    for (const test of chosenCases) {
      // Each round begins with another client: who comes after a busy one may find a warmer machine.
      for (let i = 0; i < chosenSubjects.length; i++) {
        const subject = chosenSubjects[(i + round) % chosenSubjects.length];
        progress(`round ${round + 1} of ${rounds}: ${test.name}, ${subject.name}`);
        trials.push({ subject, test, attempt: await attempt(servers, subject, test, pace) });
      }
    }
  }
} finally {
  progress('');
  await servers.close();
}

const results = { ...machine(), rounds, ...pace, cases: summarise(trials) };
for (const summary of results.cases) console.log(`${summary.test.title}\n${table(summary)}\n`);
if (results.cases.some((summary) => summary.ratios !== undefined)) console.log(ratioTable(results.cases));

const directory = new URL('results/', import.meta.url);
await mkdir(directory, { recursive: true });
await writeFile(new URL('latest.json', directory), `${JSON.stringify(results, undefined, 2)}\n`);
await writeFile(new URL('report.html', directory), await report(results));
console.log('Written: bench/results/latest.json and bench/results/report.html');

/** @param {string} text */
function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

/**
 * @param {string} name
 * @param {string} text
 */
function positive(name, text) {
  const number = Number(text);
  if (!(number > 0)) throw new Error(`--${name} must be a number above 0, not "${text}"`);
  return number;
}
