import { setTimeout as sleep } from 'node:timers/promises';
import { Recorder } from './recorder.mjs';
import { KEYS, SAMPLE_MS } from './script.mjs';
import { Stage } from './stage.mjs';
import { keyOf, Traffic } from './traffic.mjs';
import { Discovery, EndpointAsServer, FixedList } from './ways.mjs';

/**
 * One way on a cluster of its own, with its traffic and what was counted.
 *
 * @typedef {object} Act
 * @property {Stage} stage
 * @property {EndpointAsServer | FixedList | Discovery} way
 * @property {Traffic} traffic
 * @property {Recorder} recorder
 * @property {(import('./ways.mjs').Change & { owners: string[], ownersAfter?: string[] })[]} changes
 *
 * @typedef {{ acts: Act[], marks: { seconds: number, text: string }[], canReplace: boolean, startedAt: number, endedAt: number }} Show
 */

/**
 * Plays the script for the three ways at once, each on a cluster of its own, so that the nodes' own
 * counters tell which way used them.
 *
 * @param {{ engine: 'memcached' | 'embedded', script: import('./script.mjs').Script, terminal: import('./terminal.mjs').Terminal, signal: AbortSignal }} options
 * @returns {Promise<Show>}
 */
export async function perform({ engine, script, terminal, signal }) {
  /** @type {Act[]} */
  const acts = [];
  try {
    terminal.say(`Starting three clusters of two nodes (${engine})`);
    for (const open of [
      (/** @type {Stage} */ stage) => new EndpointAsServer(stage, script.reconnectMs),
      (/** @type {Stage} */ stage) => new FixedList(stage),
      (/** @type {Stage} */ stage) => new Discovery(stage),
    ]) {
      signal.throwIfAborted();
      acts.push(await rehearse(await Stage.open(engine), open));
    }
    return await play(acts, script, terminal, signal);
  } finally {
    await Promise.all(acts.map(close));
  }
}

/** @param {Stage} stage @param {(stage: Stage) => EndpointAsServer | FixedList | Discovery} open */
async function rehearse(stage, open) {
  const way = open(stage);
  const traffic = new Traffic(way);
  const act = { stage, way, traffic, recorder: new Recorder(stage, traffic), changes: [] };
  try {
    await traffic.warmUp();
    return act;
  } catch (error) {
    await close(act);
    throw error;
  }
}

/** @param {Act} act */
async function close({ stage, traffic, way }) {
  await traffic.stop();
  await way.close();
  await stage.close();
}

/**
 * @param {Act[]} acts @param {import('./script.mjs').Script} script
 * @param {import('./terminal.mjs').Terminal} terminal @param {AbortSignal} signal
 * @returns {Promise<Show>}
 */
async function play(acts, script, terminal, signal) {
  const startedAt = performance.now();
  /** @type {Show['marks']} */
  const marks = [];
  const until = (/** @type {number} */ ms) =>
    sleep(Math.max(0, startedAt + ms - performance.now()), undefined, { signal });
  const mark = (/** @type {string} */ text) => {
    const seconds = (performance.now() - startedAt) / 1_000;
    marks.push({ seconds, text });
    terminal.event(seconds, text);
  };

  for (const { recorder, traffic } of acts) {
    await recorder.start();
    traffic.start();
  }
  const recording = record(acts, startedAt, terminal, signal);
  try {
    await until(script.addAt);
    mark('node c added');
    await change(acts, 'add', 'c', async (stage) => stage.add());

    await until(script.replaceAt);
    const replaced = await change(acts, 'replace', 'b', (stage) => stage.replace());
    const canReplace = replaced.every(Boolean);
    if (!canReplace) terminal.say('This system has one loopback address: node b is not replaced');
    else {
      mark('node b replaced');
      await until(script.retireAt);
      mark("b's old process ends");
      await Promise.all(acts.map(({ stage }) => stage.retire()));
    }

    await until(script.crashAt);
    mark('node a crashes');
    await change(acts, 'crash', 'a', (stage) => stage.crash());
    await until(script.dropAt);
    mark('node a dropped');
    for (const act of acts) {
      act.stage.drop();
      Object.assign(act.changes.at(-1) ?? {}, {
        version: act.stage.version,
        droppedAt: performance.now(),
      });
    }

    await until(script.endAt);
    for (const act of acts) settleOwners(act);
    return { acts, marks, canReplace, startedAt, endedAt: performance.now() };
  } finally {
    recording.stop();
    await recording.done;
    terminal.clearStatus();
  }
}

/**
 * Lets the same happen to each cluster.
 *
 * @template T
 * @param {Act[]} acts @param {'add' | 'replace' | 'crash'} kind @param {string} name
 * @param {(stage: Stage) => Promise<T>} happen
 */
async function change(acts, kind, name, happen) {
  return Promise.all(
    acts.map(async (act) => {
      settleOwners(act);
      const owners = ownersOf(act);
      const crashedAt = performance.now();
      const result = await happen(act.stage);
      const member = act.stage.members.find((candidate) => candidate.name === name);
      act.changes.push({
        kind,
        member: name,
        address: `${member?.ip}:${member?.port}`,
        version: act.stage.version,
        // A crash begins with the end of the process; the others with what is published.
        at: kind === 'crash' ? crashedAt : performance.now(),
        owners,
      });
      return result;
    }),
  );
}

/** Where the keys are after the last change, seen just before the next. @param {Act} act */
function settleOwners(act) {
  const last = act.changes.at(-1);
  if (last !== undefined) last.ownersAfter = ownersOf(act);
}

/** @param {Act} act */
function ownersOf({ way }) {
  return Array.from({ length: KEYS }, (_, i) => way.ownerOf(keyOf(i)));
}

/** @param {Act[]} acts @param {number} startedAt @param {import('./terminal.mjs').Terminal} terminal @param {AbortSignal} signal */
function record(acts, startedAt, terminal, signal) {
  const ended = new AbortController();
  const either = AbortSignal.any([signal, ended.signal]);
  const loop = async () => {
    for (let turn = 1; !either.aborted; turn += 1) {
      const wait = startedAt + turn * SAMPLE_MS - performance.now();
      await sleep(Math.max(0, wait), undefined, { signal: either }).catch(() => undefined);
      if (either.aborted) return;
      await Promise.all(acts.map(({ recorder }) => recorder.sample(startedAt)));
      terminal.status(acts, (performance.now() - startedAt) / 1_000);
    }
  };
  return { done: loop(), stop: () => ended.abort() };
}
