import { medians } from './runner.mjs';

/**
 * @typedef {{ subject: import('./subjects.mjs').Subject, test: import('./cases.mjs').Case, attempt: import('./runner.mjs').Attempt }} Trial
 *
 * @typedef {object} Row One client's medians over all rounds, or why it has none.
 * @property {import('./subjects.mjs').Subject} subject
 * @property {import('./runner.mjs').Outcome=} outcome
 * @property {string=} reason
 *
 * @typedef {object} Summary
 * @property {import('./cases.mjs').Case} test
 * @property {Row[]} rows
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
    return { test, rows };
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
