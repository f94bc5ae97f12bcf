import { fork } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { install } from './harness/install.mjs';
import { positive } from './harness/positive.mjs';

install();
const { machine } = await import('./harness/machine.mjs');
const { median } = await import('./harness/median.mjs');
const { Servers } = await import('./harness/servers.mjs');
const { plainTable } = await import('./harness/table.mjs');
const { subjects } = await import('./stampede/subjects.mjs');

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '10' } } });
const rounds = positive('rounds', values.rounds);
const PROCESSES = 4;
const CALLERS = 200;
const FACTORY_MS = 100;
/** Between the word to begin and the beginning, so that it reaches all processes. */
const HEAD_START_MS = 50;
const WAIT_MS = 1_000;
/** What a busy machine may take besides. */
const SLACK_MS = 500;

const servers = new Servers();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
/** @type {Set<Worker>} */
const running = new Set();

/** A process of a stampede. */
class Worker {
  #child;
  /** @type {((message: any) => void)[]} */
  #listeners = [];

  /**
   * @param {import('./stampede/subjects.mjs').Subject} subject
   * @param {import('./stampede/subjects.mjs').Target} target
   */
  constructor({ module }, target) {
    const settings = JSON.stringify({ module, target, factoryMs: FACTORY_MS });
    this.#child = fork(fileURLToPath(new URL('stampede-worker.mjs', import.meta.url)), [settings]);
    this.#child.on('message', (message) => this.#tell(message));
    this.#child.on('exit', () => this.#tell({ error: 'the process ended' }));
    running.add(this);
  }

  /** @param {any} message */
  #tell(message) {
    for (const listener of this.#listeners) listener(message);
  }

  /**
   * @param {'ready' | 'computing' | 'result'} what
   * @returns {Promise<any>}
   */
  told(what) {
    return new Promise((resolve, reject) => {
      this.#listeners.push((message) => {
        if (message[what] !== undefined) resolve(message[what]);
        else if (message.error !== undefined) reject(new Error(message.error));
      });
    });
  }

  /**
   * @param {string} key
   * @param {{ at?: number, callers?: number, waitMs?: number, hang?: boolean }} options
   */
  begin(key, { at = Date.now(), callers = CALLERS, waitMs = 60_000, hang = false }) {
    this.#child.send({ key, at, callers, waitMs, hang });
  }

  kill() {
    running.delete(this);
    this.#child.kill('SIGKILL');
  }
}

/** @param {import('./stampede/subjects.mjs').Subject} subject */
async function startWorkers(subject) {
  const [server] = await servers.for(subject.family, { nodes: 1, tls: false });
  const target = { ...server.endpoint, options: subject.options };
  const workers = Array.from({ length: PROCESSES }, () => new Worker(subject, target));
  await Promise.all(workers.map((worker) => worker.told('ready')));
  return workers;
}

/**
 * @param {readonly Worker[]} workers
 * @param {string} key
 * @param {number | undefined} waitMs
 */
async function stampede(workers, key, waitMs) {
  const at = Date.now() + HEAD_START_MS;
  const results = workers.map((worker) => worker.told('result'));
  for (const worker of workers) worker.begin(key, { at, waitMs });
  const told = await Promise.all(results);
  return {
    factoryCalls: told.reduce((sum, { factoryCalls }) => sum + factoryCalls, 0),
    milliseconds: Math.max(...told.map(({ milliseconds }) => milliseconds)),
    values: new Set(told.flatMap(({ makers }) => makers)).size,
  };
}

/**
 * @param {import('./stampede/subjects.mjs').Subject} subject
 * @param {number} number
 */
async function measure(subject, number) {
  const workers = await startWorkers(subject);
  try {
    const results = [];
    for (let round = 0; round < rounds; round++) {
      results.push(await stampede(workers, `key:${number}:${round}`, undefined));
    }
    const counts = results.map(({ factoryCalls }) => factoryCalls);
    return {
      subject: subject.name,
      store: subject.family,
      fewest: Math.min(...counts),
      most: Math.max(...counts),
      values: Math.max(...results.map((result) => result.values)),
      milliseconds: median(results.map(({ milliseconds }) => milliseconds)),
      ...(subject.leases ? { killed: await kill(workers, `killed:${number}`) } : {}),
    };
  } finally {
    for (const worker of workers) worker.kill();
  }
}

/**
 * One process is killed while it computes, and the others call after it.
 *
 * @param {readonly Worker[]} workers
 * @param {string} key
 */
async function kill([holder, ...others], key) {
  const computing = holder.told('computing');
  holder.begin(key, { callers: 1, hang: true });
  await computing;
  holder.kill();
  return stampede(others, key, WAIT_MS);
}

try {
  const results = [];
  for (const [number, subject] of subjects.entries()) results.push(await measure(subject, number));
  const { measuredAt, cpu, node, servers: versions } = machine();
  console.log(
    `${PROCESSES} processes × ${CALLERS} calls at once for a key that is not there; the factory takes ${FACTORY_MS} ms. ` +
      `${rounds} rounds, measured ${measuredAt} on ${cpu}, Node.js ${node}; ${versions.join('; ')}.`,
  );
  const head = ['cache', 'store', 'factory calls', 'different values', 'ms until all are served'];
  const lines = results.map(({ subject, store, fewest, most, values: different, milliseconds }) => [
    subject,
    store,
    fewest === most ? String(most) : `${fewest} to ${most}`,
    String(different),
    milliseconds.toFixed(0),
  ]);
  console.log(plainTable(head, lines, 2));
  console.log(
    `\nOne process killed in its factory, ${PROCESSES - 1} × ${CALLERS} calls after it, waitMs ${WAIT_MS}:`,
  );
  const killed = results.flatMap(({ subject, killed: after }) =>
    after === undefined ? [] : [[subject, String(after.factoryCalls), after.milliseconds.toFixed(0)]],
  );
  console.log(plainTable(['cache', 'factory calls', 'ms until all are served'], killed, 1));
  const directory = new URL('results/', import.meta.url);
  await mkdir(directory, { recursive: true });
  await writeFile(
    new URL('stampede.json', directory),
    `${JSON.stringify({ measuredAt, cpu, node, versions, rounds, results }, undefined, 2)}\n`,
  );
  const failed = results.filter(
    ({ killed: after, most }) =>
      after !== undefined && (most !== 1 || after.milliseconds > WAIT_MS + FACTORY_MS + SLACK_MS),
  );
  for (const { subject } of failed) console.error(`${subject} did not keep what it promises`);
  if (failed.length > 0) process.exitCode = 1;
} finally {
  for (const worker of running) worker.kill();
  await servers.close();
}
