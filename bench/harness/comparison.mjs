import { readFileSync } from 'node:fs';
import { isTimed } from './cases.mjs';

/**
 * @typedef {{ readonly [rival: string]: number | undefined }} Goals By family or floor how many times as fast
 *   memfleet is to be, and `importMilliseconds`, which its import is to stay under.
 *
 * @typedef {object} Ratio How many times as fast memfleet is.
 * @property {string} than
 * @property {number} times
 * @property {number=} goal
 *
 * @typedef {object} Comparison
 * @property {Ratio[]} memcached To the best client; empty where none was measured, as are the others.
 * @property {Ratio[]} floor To each floor that the case names.
 * @property {Ratio[]} redis To the best client.
 */

/** @type {{ everyCase: Goals, cases: { readonly [test: string]: Goals | undefined } }} */
const goals = JSON.parse(readFileSync(new URL('../goals.json', import.meta.url), 'utf8'));

/** @param {import('./cases.mjs').Case} test */
const goalsOf = (test) => ({ ...goals.everyCase, ...goals.cases[test.name] });

/**
 * memfleet beside the best of each family, or undefined where it was not measured. By the goals of today, so
 * that results of yesterday can be judged by them.
 *
 * @param {import('./summary.mjs').Summary} summary
 * @returns {Comparison | undefined}
 */
export function compared({ test, rows }) {
  const measured = rows.flatMap(({ subject, outcome }) =>
    outcome === undefined ? [] : [{ subject, speed: speedOf(test, outcome) }],
  );
  const own = measured.find(({ subject }) => subject.family === 'memfleet');
  if (own === undefined) return undefined;
  /** @type {Goals} */
  const goal = goalsOf(test);
  const ratio = (/** @type {typeof own} */ rival, /** @type {string} */ kind) => ({
    than: rival.subject.name,
    times: own.speed / rival.speed,
    goal: goal[kind],
  });
  const best = (/** @type {'memcached' | 'redis'} */ family) =>
    measured
      .filter(({ subject }) => subject.family === family)
      .sort((a, b) => b.speed - a.speed)
      .slice(0, 1)
      .map((rival) => ratio(rival, family));
  const floor = measured
    .filter(({ subject }) => test.floors.includes(subject.name))
    .map((rival) => ratio(rival, rival.subject.name));
  return { memcached: best('memcached'), floor, redis: best('redis') };
}

/**
 * @param {import('./cases.mjs').Case} test
 * @param {import('./runner.mjs').Outcome} outcome
 */
const speedOf = (test, { rate = 0, milliseconds = 0 }) => (isTimed(test) ? 1 / milliseconds : rate);

/** The heads of the lines that `comparisonLines` gives. */
export const comparisonHead = [
  'memfleet, times as fast as',
  'best memcached client',
  'wire floor',
  'best Redis client',
];

/**
 * @param {readonly import('./summary.mjs').Summary[]} summaries
 * @param {string} separator Between the ratios of one cell.
 */
export function comparisonLines(summaries, separator) {
  return summaries.flatMap((summary) => {
    const own = summary.rows.find(({ subject }) => subject.family === 'memfleet');
    if (own === undefined) return [];
    const comparison = compared(summary);
    if (comparison === undefined) return [[summary.test.title, own.reason ?? '–', '–', '–']];
    const { memcached, floor, redis } = comparison;
    return [[summary.test.title, ...[memcached, floor, redis].map((ratios) => cell(ratios, separator))]];
  });
}

/**
 * @param {readonly Ratio[]} ratios
 * @param {string} separator
 */
const cell = (ratios, separator) => (ratios.length === 0 ? '–' : ratios.map(ratioText).join(separator));

/** @param {Ratio} ratio */
const ratioText = ({ than, times, goal }) =>
  `${times.toFixed(2)} (${than})${goal === undefined ? '' : `, goal ${goal}: ${verdict(times >= goal)}`}`;

/**
 * What there is to say of memfleet's import beside its goal.
 *
 * @param {readonly import('./summary.mjs').Summary[]} summaries
 * @returns {string[]}
 */
export function importLines(summaries) {
  return summaries.flatMap(({ test, rows }) => {
    const own = rows.find(({ subject }) => subject.family === 'memfleet');
    const took = own?.outcome?.importMilliseconds;
    if (took === undefined) return [];
    const { importMilliseconds: goal } = /** @type {Goals} */ (goalsOf(test));
    const judged = goal === undefined ? '' : `, goal under ${goal} ms: ${verdict(took < goal)}`;
    return [`memfleet is imported in ${took.toFixed(1)} ms${judged}.`];
  });
}

const verdict = (/** @type {boolean} */ met) => (met ? 'met' : 'missed');
