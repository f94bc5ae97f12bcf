import { parseArgs } from 'node:util';
import { install } from './harness/install.mjs';

install();
const { cases, caseNamed } = await import('./harness/cases.mjs');
const { machine } = await import('./harness/machine.mjs');
const { positive } = await import('./harness/positive.mjs');
const { memfleetDid, save } = await import('./harness/results.mjs');
const { runRounds } = await import('./harness/rounds.mjs');
const { subjects, subjectNamed } = await import('./harness/subjects.mjs');
const { summarise } = await import('./harness/summary.mjs');
const { comparisonTable, table } = await import('./harness/table.mjs');

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

const plan = chosenCases.map((test) => ({ test, subjects: chosenSubjects }));
const summaries = summarise(await runRounds(plan, rounds, pace));
for (const summary of summaries) console.log(`${summary.test.title}\n${table(summary)}\n`);
console.log(comparisonTable(summaries));
// A part must not take the place of a whole run, which the report and the performance page are made of.
const whole = values.case === undefined && values.client === undefined;
await save(whole ? 'latest' : 'partial', { ...machine(), rounds, ...pace, cases: summaries });
if (!summaries.every(({ rows }) => memfleetDid(rows))) process.exitCode = 1;
