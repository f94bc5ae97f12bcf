import { isTimed } from './cases.mjs';
import { medians } from './runner.mjs';

/**
 * @typedef {{ subject: import('./subjects.mjs').Subject, test: import('./cases.mjs').Case, attempt: import('./runner.mjs').Attempt }} Trial
 *
 * @typedef {object} Row One client's medians over all rounds, or why it has none.
 * @property {import('./subjects.mjs').Subject} subject
 * @property {import('./runner.mjs').Outcome=} outcome
 * @property {string=} reason
 *
 * @typedef {object} Ratio How many times as fast memfleet is.
 * @property {string} than
 * @property {number} times
 *
 * @typedef {object} Summary
 * @property {import('./cases.mjs').Case} test
 * @property {Row[]} rows
 * @property {{ memcached?: Ratio, floor?: Ratio, redis?: Ratio }=} ratios To the best of each family; absent
 *   where memfleet was not measured.
 */

/**
 * @param {readonly Trial[]} trials
 * @returns {Summary[]}
 */
export function summarise(trials) {
  // By the first round's order, which later rounds rotate.
  return distinct(trials.map(({ test }) => test)).map((test) => {
    const ofCase = trials.filter((trial) => trial.test === test);
    const rows = distinct(ofCase.map(({ subject }) => subject)).map((subject) =>
      row(
        subject,
        ofCase.filter((trial) => trial.subject === subject),
      ),
    );
    return { test, rows, ratios: ratios(test, rows) };
  });
}

/**
 * @template T
 * @param {readonly T[]} items
 */
const distinct = (items) => [...new Set(items)];

/**
 * @param {import('./subjects.mjs').Subject} subject
 * @param {readonly Trial[]} trials
 * @returns {Row}
 */
function row(subject, trials) {
  /** @type {import('./runner.mjs').Outcome[]} */
  const outcomes = [];
  for (const { attempt } of trials) {
    if ('unable' in attempt) return { subject, reason: attempt.unable };
    // One failure is the result: a median of the rounds that went well would hide it.
    if ('error' in attempt) return { subject, reason: `fails: ${attempt.error}` };
    outcomes.push(attempt.outcome);
  }
  return { subject, outcome: medians(outcomes) };
}

/**
 * @param {import('./cases.mjs').Case} test
 * @param {readonly Row[]} rows
 * @returns {Summary['ratios']}
 */
function ratios(test, rows) {
  const measured = rows.flatMap(({ subject, outcome }) => {
    if (outcome === undefined) return [];
    const { rate = 0, milliseconds = 0 } = outcome;
    return [{ subject, speed: isTimed(test) ? 1 / milliseconds : rate }];
  });
  const own = measured.find(({ subject }) => subject.family === 'memfleet');
  if (own === undefined) return undefined;
  const best = (/** @type {import('./subjects.mjs').Subject['family']} */ family) => {
    const rivals = measured.filter(({ subject }) => subject.family === family);
    if (rivals.length === 0) return undefined;
    const fastest = rivals.reduce((a, b) => (b.speed > a.speed ? b : a));
    return { than: fastest.subject.name, times: own.speed / fastest.speed };
  };
  return { memcached: best('memcached'), floor: best('floor'), redis: best('redis') };
}
