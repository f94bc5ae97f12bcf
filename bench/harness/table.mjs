import Table from 'cli-table3';
import { isTimed } from './cases.mjs';
import { comparisonHead, comparisonLines, importLines } from './comparison.mjs';

/**
 * The columns of a case: what the table, and the report beside its chart, say of each client.
 *
 * @param {import('./cases.mjs').Case} test
 */
export function columns(test) {
  const whole = (/** @type {number} */ n) => Math.round(n).toLocaleString('en');
  const latency = (/** @type {number} */ n) => (n < 10 ? n.toFixed(3) : n.toFixed(1));
  /** @typedef {import('./runner.mjs').Outcome} Outcome */
  /** @type {{ title: string, cell: (outcome: Outcome) => string }[]} */
  const speed = isTimed(test)
    ? [{ title: 'ms', cell: ({ milliseconds = 0 }) => milliseconds.toFixed(1) }]
    : [
        { title: `${test.unit}/s`, cell: ({ rate = 0 }) => whole(rate) },
        { title: 'p50 ms', cell: ({ p50 = 0 }) => latency(p50) },
        { title: 'p99 ms', cell: ({ p99 = 0 }) => latency(p99) },
        { title: 'p99.9 ms', cell: ({ p999 = 0 }) => latency(p999) },
      ];
  const perOperation = test.kind === 'loop' || test.kind === 'burst';
  const loading =
    test.kind === 'cold'
      ? [
          {
            title: 'import ms',
            cell: (/** @type {Outcome} */ { importMilliseconds: took }) => took?.toFixed(1) ?? '–',
          },
        ]
      : [];
  return [
    ...speed,
    ...loading,
    perOperation
      ? { title: 'CPU µs/op', cell: (/** @type {Outcome} */ { cpuMicros }) => cpuMicros.toFixed(2) }
      : { title: 'CPU ms', cell: (/** @type {Outcome} */ { cpuMicros }) => (cpuMicros / 1000).toFixed(1) },
    { title: 'peak RSS MB', cell: (/** @type {Outcome} */ { peakRssMb }) => whole(peakRssMb) },
    { title: 'connections', cell: (/** @type {Outcome} */ { connections }) => whole(connections) },
  ];
}

/** @param {import('./summary.mjs').Summary} summary */
export function table({ test, rows }) {
  const shown = columns(test);
  const text = new Table({
    head: ['client', ...shown.map(({ title }) => title)],
    colAligns: ['left', ...shown.map(() => /** @type {const} */ ('right'))],
    style: { head: [], border: [], compact: true },
  });
  for (const { subject, outcome, reason } of rows) {
    text.push(
      outcome === undefined
        ? [subject.name, { content: reason, colSpan: shown.length, hAlign: 'left' }]
        : [subject.name, ...shown.map(({ cell }) => cell(outcome))],
    );
  }
  return text.toString();
}

/** @param {readonly import('./summary.mjs').Summary[]} summaries */
export function comparisonTable(summaries) {
  const lines = comparisonLines(summaries, '\n');
  return [plainTable(comparisonHead, lines, comparisonHead.length), ...importLines(summaries)].join('\n');
}

/**
 * @param {readonly string[]} head
 * @param {readonly string[][]} lines
 * @param {number} textColumns How many columns, from the left, hold text; the others hold numbers.
 */
export function plainTable(head, lines, textColumns) {
  const text = new Table({
    head: [...head],
    colAligns: head.map((_, column) => (column < textColumns ? 'left' : 'right')),
    style: { head: [], border: [], compact: true },
  });
  text.push(...lines);
  return text.toString();
}
