import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { openConnections, seed } from './admin.mjs';
import { median } from './median.mjs';
import { reasonUnable } from './subjects.mjs';

const WORKER = fileURLToPath(new URL('../worker.mjs', import.meta.url));

/** Beyond the time it measures, how long a worker may take to store its values, and for its slowest call. */
const GRACE_MS = 60_000;

/**
 * @typedef {object} Outcome What one process measured; a case has either a rate or a time.
 * @property {number=} rate Operations a second.
 * @property {number=} milliseconds
 * @property {number=} importMilliseconds Of a cold start, the part before the client connects.
 * @property {number} cpuMicros CPU time of the client's process for one operation.
 * @property {number=} p50 Latency in milliseconds, as are p99 and p999.
 * @property {number=} p99
 * @property {number=} p999
 * @property {number} peakRssMb
 * @property {number} connections Opened to all servers together.
 *
 * @typedef {{ outcome: Outcome } | { error: string } | { unable: string }} Attempt
 * @typedef {{ seconds: number, warmupSeconds: number }} Pace
 */

/**
 * One client doing one case in as many fresh processes as the case asks for, one after another.
 *
 * @param {import('./servers.mjs').Servers} servers
 * @param {import('./subjects.mjs').Subject} subject
 * @param {import('./cases.mjs').Case} test
 * @param {Pace} pace
 * @returns {Promise<Attempt>}
 */
export async function attempt(servers, subject, test, pace) {
  const unable = reasonUnable(subject, test);
  if (unable !== undefined) return { unable };
  const found = await servers.for(subject.family, test);
  if (test.kind === 'cold' || test.kind === 'first') {
    for (const server of found) await seed(server, test);
  }
  /** @type {Outcome[]} */
  const outcomes = [];
  for (let i = 0; i < test.processes; i++) {
    const before = await connectionsOf(found);
    const result = await work(subject, test, found, pace);
    if ('error' in result) return result;
    // The count that was asked for last is of the question's own connections too.
    const connections = (await connectionsOf(found)) - before - found.length;
    const allowed = connectionsAllowed(subject, test);
    if (connections > allowed) return { error: `${connections} connections where ${allowed} are allowed` };
    outcomes.push({ ...result.outcome, connections });
  }
  return { outcome: medians(outcomes) };
}

/**
 * The median of each number by itself.
 *
 * @param {readonly Outcome[]} outcomes At least one, all with the same properties.
 * @returns {Outcome}
 */
export function medians(outcomes) {
  const names = /** @type {(keyof Outcome)[]} */ (Object.keys(outcomes[0]));
  return /** @type {Outcome} */ (
    Object.fromEntries(names.map((name) => [name, median(outcomes.map((outcome) => Number(outcome[name])))]))
  );
}

/**
 * @param {import('./subjects.mjs').Subject} subject
 * @param {import('./cases.mjs').Case} test
 */
const connectionsAllowed = ({ connectionsPerNode = Number.POSITIVE_INFINITY }, { nodes }) =>
  connectionsPerNode * nodes;

/** @param {readonly import('./servers.mjs').Server[]} servers */
async function connectionsOf(servers) {
  const counts = await Promise.all(servers.map(openConnections));
  return counts.reduce((sum, count) => sum + count, 0);
}

/**
 * @param {import('./subjects.mjs').Subject} subject
 * @param {import('./cases.mjs').Case} test
 * @param {readonly import('./servers.mjs').Server[]} servers
 * @param {Pace} pace
 * @returns {Promise<{ outcome: Omit<Outcome, 'connections'> } | { error: string }>}
 */
function work(subject, test, servers, pace) {
  const target = { endpoints: servers.map(({ endpoint }) => endpoint), ca: servers[0].ca };
  const order = { subjectName: subject.name, test, target, ...pace };
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [WORKER, JSON.stringify(order)], {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    });
    let result = '';
    let complaint = '';
    let late = false;
    const end = () => child.kill('SIGKILL');
    const deadline = setTimeout(
      () => {
        late = true;
        end();
      },
      (pace.seconds + pace.warmupSeconds) * 1000 + GRACE_MS,
    );
    process.once('exit', end);
    child.stdio[3]?.on('data', (chunk) => {
      result += chunk;
    });
    child.stderr?.on('data', (chunk) => {
      complaint = `${complaint}${chunk}`.slice(-2000);
    });
    child.once('close', (code) => {
      clearTimeout(deadline);
      process.off('exit', end);
      if (result !== '') resolve(JSON.parse(result));
      else if (late) resolve({ error: `not ended ${GRACE_MS / 1000} s after its time` });
      else resolve({ error: lastError(complaint) ?? `its process ended with code ${code}` });
    });
  });
}

/** @param {string} complaint */
const lastError = (complaint) => /^\w*Error.*$/m.exec(complaint)?.[0];
