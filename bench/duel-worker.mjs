import { setTimeout as delay } from 'node:timers/promises';
import { caseNamed } from './harness/cases.mjs';
import { Meter } from './harness/meter.mjs';
import { loadOf } from './harness/subjects.mjs';

const { subjectName, caseName, target } = JSON.parse(process.argv[2]);
const test = caseNamed(caseName);
const load = await loadOf(subjectName, test, target);
await load.open();
await load.prepare();
process.send?.({ ready: true });

process.on('message', async ({ milliseconds }) => {
  const meter = new Meter();
  try {
    load.run(meter);
    await delay(milliseconds);
    const result = meter.lap();
    await load.stop();
    process.send?.({ result });
  } catch (error) {
    process.send?.({ error: error instanceof Error ? error.message : String(error) });
  }
});
process.on('disconnect', () => process.exit());
