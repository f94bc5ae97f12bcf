import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { install } from './harness/install.mjs';

install();
const { caseNamed } = await import('./harness/cases.mjs');
const { Servers } = await import('./harness/servers.mjs');
const { subjectNamed } = await import('./harness/subjects.mjs');
const { selfTimes } = await import('./harness/self-times.mjs');

const { values } = parseArgs({
  options: {
    case: { type: 'string', default: 'get-64' },
    client: { type: 'string', default: 'memfleet' },
    seconds: { type: 'string', default: '4' },
    top: { type: 'string', default: '20' },
  },
});
const test = caseNamed(values.case);
const subject = subjectNamed(values.client);
const folder = mkdtempSync(join(tmpdir(), 'memfleet-profile-'));
const servers = new Servers();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
try {
  const found = await servers.for(subject.family, test);
  const order = {
    subjectName: subject.name,
    test,
    target: { endpoints: found.map(({ endpoint }) => endpoint), ca: found[0].ca },
    seconds: Number(values.seconds),
    warmupSeconds: 1,
  };
  const worker = fileURLToPath(new URL('worker.mjs', import.meta.url));
  const profiling = ['--cpu-prof', '--cpu-prof-interval', '200', `--cpu-prof-dir=${folder}`];
  const child = spawn(process.execPath, [...profiling, worker, JSON.stringify(order)], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  });
  child.stdio[3]?.resume();
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`The worker ended with code ${code}`);
  const profile = JSON.parse(readFileSync(join(folder, readdirSync(folder)[0]), 'utf8'));
  console.log(`${subject.name}, ${test.title}: share of the time of the main thread, by function`);
  for (const { name, share } of selfTimes(profile).slice(0, Number(values.top))) {
    console.log(`${(share * 100).toFixed(1).padStart(5)} %  ${name}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
  await servers.close();
}
