import { isTimed } from './cases.mjs';
import { circumstances } from './circumstances.mjs';
import { comparisonHead, comparisonLines, importLines } from './comparison.mjs';
import { axisNamed, flatTable } from './flat-axes.mjs';
import { markdownTable } from './markdown.mjs';

const BEGIN = '<!-- bench:begin -->';
const END = '<!-- bench:end -->';

/** Fewer rounds, or shorter ones, are not numbers to quote. */
const FULL = { rounds: 3, seconds: 1 };

/**
 * The performance page with its numbers replaced; what is written by hand around them stays.
 *
 * @param {string} page
 * @param {{ latest: import('./results.mjs').CaseResults | undefined, flat: import('./results.mjs').FlatResults | undefined }} results
 */
export function withNumbers(page, { latest, flat }) {
  const from = page.indexOf(BEGIN);
  const to = page.indexOf(END);
  if (from < 0 || to < from) throw new Error(`The page has no ${BEGIN} before an ${END}`);
  const parts = [
    ...(latest === undefined ? [] : casesPart(latest)),
    ...(flat === undefined ? ['The growth of cost has not been measured yet.'] : flatPart(flat)),
  ];
  return `${page.slice(0, from)}${BEGIN}\n\n${parts.join('\n\n')}\n\n${page.slice(to)}`;
}

/** @param {import('./results.mjs').CaseResults} results */
function casesPart(results) {
  const packages = Object.entries(results.packages).map(([name, version]) => `${name} ${version}`);
  return [
    '### Beside other clients',
    ...origin(results),
    `Packages: ${packages.join(', ')}.`,
    'Above 1 memfleet is faster, also where the result is a time.',
    markdownTable(comparisonHead, comparisonLines(results.cases, '<br>'), comparisonHead.length),
    ...importLines(results.cases),
    ...matrices.flatMap(({ title, of }) => [`### ${title}`, matrix(results.cases, of)]),
    ...failures(results.cases),
  ];
}

/**
 * @typedef {(outcome: import('./runner.mjs').Outcome, test: import('./cases.mjs').Case) => string | undefined} Cell
 *   Undefined in cases that have no such number.
 */

const whole = (/** @type {number} */ n) => Math.round(n).toLocaleString('en');
const short = (/** @type {number} */ n) => (n >= 100 ? whole(n) : Number(n.toPrecision(3)).toString());

/** @type {readonly { title: string, of: Cell }[]} */
const matrices = [
  {
    title: 'Operations (keys, pairs) a second: more is better',
    of: ({ rate }) => (rate === undefined ? undefined : whole(rate)),
  },
  {
    title: 'Milliseconds, where the result is a time: less is better',
    of: ({ milliseconds }, test) =>
      isTimed(test) && milliseconds !== undefined ? short(milliseconds) : undefined,
  },
  {
    title: 'Latency: p50 / p99, milliseconds',
    of: ({ p50, p99 }) =>
      p50 === undefined || p99 === undefined ? undefined : `${short(p50)} / ${short(p99)}`,
  },
  {
    title: "CPU of the client's process: µs an operation",
    of: ({ cpuMicros }, { kind }) => (kind === 'loop' || kind === 'burst' ? short(cpuMicros) : undefined),
  },
  { title: 'Peak memory of the process: MB', of: ({ peakRssMb }) => whole(peakRssMb) },
  { title: 'Connections opened', of: ({ connections }) => whole(connections) },
];

/**
 * A line for each case, a column for each client.
 *
 * @param {readonly import('./summary.mjs').Summary[]} summaries
 * @param {Cell} of
 */
function matrix(summaries, of) {
  const names = [...new Set(summaries.flatMap(({ rows }) => rows.map(({ subject }) => subject.name)))];
  const lines = summaries.flatMap(({ test, rows }) => {
    const cells = names.map((name) => {
      const row = rows.find(({ subject }) => subject.name === name);
      if (row?.outcome !== undefined) return of(row.outcome, test);
      return row?.reason?.startsWith('fails') ? 'fails' : '–';
    });
    const applies = rows.some(({ outcome }) => outcome !== undefined && of(outcome, test) !== undefined);
    return applies ? [[test.title, ...cells.map((cell) => cell ?? '–')]] : [];
  });
  return markdownTable(['case', ...names], lines, 1);
}

/** @param {readonly import('./summary.mjs').Summary[]} summaries */
function failures(summaries) {
  const reasons = summaries.flatMap(({ test, rows }) =>
    rows.flatMap(({ subject, reason }) =>
      reason === undefined ? [] : [`- ${subject.name}, ${test.title}: ${reason}`],
    ),
  );
  return reasons.length === 0 ? [] : ['### Not measured', reasons.join('\n')];
}

/** @param {import('./results.mjs').FlatResults} results */
function flatPart(results) {
  return [
    '## How cost grows',
    ...origin(results),
    'Plots of these numbers are in `bench/results/report.html`, which `npm run bench:page` writes.',
    ...results.axes.flatMap((result) => {
      const { head, lines } = flatTable(result);
      return [`### ${axisNamed(result.name).title}`, markdownTable(head, lines, 2)];
    }),
  ];
}

/** @param {import('./results.mjs').Circumstances} results */
function origin(results) {
  const rough = results.rounds < FULL.rounds || results.seconds < FULL.seconds;
  return rough
    ? ['**These are rough numbers of a short run.**', circumstances(results)]
    : [circumstances(results)];
}
