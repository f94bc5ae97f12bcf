import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { install } from './harness/install.mjs';

install();
const { caseNamed } = await import('./harness/cases.mjs');
const { Servers } = await import('./harness/servers.mjs');
const { median } = await import('./harness/median.mjs');
const { subjectNamed } = await import('./harness/subjects.mjs');

const { values } = parseArgs({
  options: {
    case: { type: 'string', default: 'get-64' },
    client: { type: 'string', default: 'memfleet' },
    against: { type: 'string', default: 'floor-meta' },
    bursts: { type: 'string', default: '15' },
    milliseconds: { type: 'string', default: '300' },
  },
});
const test = caseNamed(values.case);
if (test.kind !== 'loop') throw new Error(`A duel needs a case that runs for a time; ${test.name} does not`);
const names = [values.client, values.against];
const milliseconds = Number(values.milliseconds);
const bursts = Number(values.bursts);

const servers = new Servers();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
/** @type {import('node:child_process').ChildProcess[]} */
const workers = [];
try {
  for (const name of names) workers.push(await start(name));
  // The first bursts warm both up and are not counted.
  for (let i = 0; i < 3; i++) for (const worker of workers) await burst(worker);

  /** @type {{ rate: number, cpuMicros: number }[][]} */
  const results = [[], []];
  for (let i = 0; i < bursts; i++) {
    // Who goes first alternates, so that neither always has the machine's better half.
    for (const side of i % 2 === 0 ? [0, 1] : [1, 0]) results[side].push(await burst(workers[side]));
  }
  const ratios = results[0].map((result, i) => result.rate / results[1][i].rate).sort((a, b) => a - b);
  console.log(`${test.title}: ${bursts} bursts of ${milliseconds} ms each`);
  for (const [side, name] of names.entries()) {
    const rate = median(results[side].map((result) => result.rate));
    const cpu = median(results[side].map((result) => result.cpuMicros));
    console.log(
      `${name.padEnd(16)} ${Math.round(rate).toLocaleString('en')} ${test.unit}/s, ${cpu.toFixed(2)} µs CPU`,
    );
  }
  const quartile = (/** @type {number} */ part) => ratios[Math.floor((ratios.length - 1) * part)].toFixed(3);
  console.log(
    `${names.join(' / ')}: ${median(ratios).toFixed(3)} (middle half ${quartile(0.25)} to ${quartile(0.75)})`,
  );
} finally {
  for (const worker of workers) worker.disconnect();
  await servers.close();
}

/** @param {string} subjectName */
async function start(subjectName) {
  const found = await servers.for(subjectNamed(subjectName).family, test);
  const target = { endpoints: found.map(({ endpoint }) => endpoint), ca: found[0].ca };
  const worker = fork(fileURLToPath(new URL('duel-worker.mjs', import.meta.url)), [
    JSON.stringify({ subjectName, caseName: test.name, target }),
  ]);
  const [message] = await Promise.race([
    once(worker, 'message'),
    once(worker, 'exit').then(() => [{ error: 'it ended before it was ready' }]),
  ]);
  if (message.error !== undefined) throw new Error(`${subjectName}: ${message.error}`);
  return worker;
}

/** @param {import('node:child_process').ChildProcess} worker */
async function burst(worker) {
  const answered = once(worker, 'message');
  worker.send({ milliseconds });
  const [message] = await answered;
  if (message.error !== undefined) throw new Error(message.error);
  return message.result;
}
