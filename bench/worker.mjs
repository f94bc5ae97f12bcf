import { writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { settled } from './harness/settled.mjs';

// One client and one case in a process of their own. The result goes to file descriptor 3: clients write to
// standard output. Nothing of a client's is imported here that a cold start would then find loaded.
const { subjectName, test, target, seconds, warmupSeconds } = JSON.parse(process.argv[2]);

try {
  const outcome = await measured();
  const peakRssMb = process.resourceUsage().maxRSS / 1024;
  writeSync(3, JSON.stringify({ outcome: { ...outcome, peakRssMb } }));
} catch (error) {
  writeSync(3, JSON.stringify({ error: described(error) }));
}
process.exit();

/** @param {unknown} error */
function described(error) {
  if (!(error instanceof Error)) return String(error);
  // Of a failed connection the message may be empty and the reason inside.
  const inside = error instanceof AggregateError ? error.errors : [error.cause];
  return [error.message || error.constructor.name, ...inside.filter((cause) => cause instanceof Error)].join(
    ': ',
  );
}

async function measured() {
  const { loadOf } = await import('./harness/subjects.mjs');
  // Known before the clock of a cold start runs: it is the harness's, not the client's.
  await import('./harness/load.mjs');
  if (test.kind === 'cold') return coldStart(() => loadOf(subjectName, test, target));
  const load = await loadOf(subjectName, test, target);
  if (test.kind === 'first') return timed(() => once(load));
  await settled(load.open());
  await settled(load.prepare());
  return test.kind === 'burst' ? bursts(load, test) : rates(load);
}

/** @param {() => Promise<import('./harness/load.mjs').Load>} load */
async function coldStart(load) {
  let importedAt = 0;
  const startedAt = performance.now();
  const whole = await timed(async () => {
    const loaded = await load();
    importedAt = performance.now();
    await once(loaded);
  });
  return { ...whole, importMilliseconds: importedAt - startedAt };
}

/** @param {import('./harness/load.mjs').Load} load */
async function once(load) {
  await settled(load.open());
  await settled(load.once());
}

/**
 * @param {import('./harness/load.mjs').Load} load
 * @param {import('./harness/cases.mjs').Case} test
 */
async function bursts(load, test) {
  const { median } = await import('./harness/median.mjs');
  await settled(load.once());
  /** @type {{ milliseconds: number, cpuMicros: number }[]} */
  const results = [];
  const until = performance.now() + seconds * 1000;
  while (results.length < 3 || performance.now() < until) {
    const { milliseconds, cpuMicros } = await timed(() => settled(load.once()));
    results.push({ milliseconds, cpuMicros: cpuMicros / test.callers });
  }
  return {
    milliseconds: median(results.map((result) => result.milliseconds)),
    cpuMicros: median(results.map((result) => result.cpuMicros)),
  };
}

/** @param {import('./harness/load.mjs').Load} load */
async function rates(load) {
  const { Meter } = await import('./harness/meter.mjs');
  const meter = new Meter();
  load.run(meter);
  await delay(warmupSeconds * 1000);
  meter.lap();
  await delay(seconds * 1000);
  const result = meter.lap();
  await settled(load.stop());
  if (!(result.rate > 0)) throw new Error('not one call was answered in the time measured');
  return result;
}

/** @param {() => Promise<void>} action */
async function timed(action) {
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  await action();
  const milliseconds = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpu);
  return { milliseconds, cpuMicros: user + system };
}
