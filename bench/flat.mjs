import { parseArgs } from 'node:util';
import { install } from './harness/install.mjs';

install();
const { axes, axisNamed, flatTable } = await import('./harness/flat-axes.mjs');
const { machine } = await import('./harness/machine.mjs');
const { positive } = await import('./harness/positive.mjs');
const { memfleetDid, save } = await import('./harness/results.mjs');
const { runRounds } = await import('./harness/rounds.mjs');
const { subjectNamed } = await import('./harness/subjects.mjs');
const { summarise } = await import('./harness/summary.mjs');
const { plainTable } = await import('./harness/table.mjs');

const { values } = parseArgs({
  options: {
    axis: { type: 'string', multiple: true },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    quick: { type: 'boolean', default: false },
  },
});
const chosen = values.axis?.map(axisNamed) ?? axes;
const rounds = positive('rounds', values.rounds ?? (values.quick ? '1' : '3'));
const seconds = positive('seconds', values.seconds ?? (values.quick ? '0.3' : '1'));
const pace = { seconds, warmupSeconds: values.quick ? 0.3 : 1 };

const plan = chosen.flatMap(({ tests, subjects }) =>
  tests.map((test) => ({ test, subjects: subjects.map(subjectNamed) })),
);
const summaries = summarise(await runRounds(plan, rounds, pace));
const results = chosen.map(({ name, tests }) => ({
  name,
  points: summaries.filter(({ test }) => tests.includes(test)),
}));
for (const result of results) {
  const { head, lines } = flatTable(result);
  console.log(`${axisNamed(result.name).title}\n${plainTable(head, lines, 2)}\n`);
}
// A part must not take the place of a whole run, which the report and the performance page are made of.
const whole = values.axis === undefined;
await save(whole ? 'flat' : 'partial-flat', { ...machine(), rounds, ...pace, axes: results });
if (!summaries.every(({ rows }) => memfleetDid(rows))) process.exitCode = 1;
