import { base, multi } from './cases.mjs';

/**
 * @typedef {object} Measure
 * @property {string} title
 * @property {(outcome: import('./runner.mjs').Outcome, test: import('./cases.mjs').Case) => number} of
 *
 * @typedef {object} Axis One thing that grows while everything else stays.
 * @property {string} name
 * @property {string} title
 * @property {string} label What grows.
 * @property {'linear' | 'logarithmic'} scale
 * @property {string} floor The wire floor of the exchange that memfleet makes.
 * @property {readonly string[]} subjects
 * @property {readonly import('./cases.mjs').Case[]} tests
 * @property {(test: import('./cases.mjs').Case) => number} at Where on the axis a test is.
 * @property {readonly Measure[]} measures In the table.
 * @property {readonly Measure[]} charted
 *
 * @typedef {{ name: string, points: import('./summary.mjs').Summary[] }} AxisResult
 */

/** @type {Measure} */
const p50 = { title: 'p50 ms', of: ({ p50 = 0 }) => p50 };
/** @type {Measure} */
const p99 = { title: 'p99 ms', of: ({ p99 = 0 }) => p99 };
/** @type {Measure} */
const memory = { title: 'peak RSS MB', of: ({ peakRssMb }) => peakRssMb };
/** @type {Measure} */
const rate = { title: 'ops/s', of: ({ rate = 0 }) => rate };
/** @type {Measure} */
const cpu = { title: 'CPU µs/op', of: ({ cpuMicros }) => cpuMicros };
/** @type {Measure} */
const keyRate = { ...rate, title: 'keys/s' };
/** @type {Measure} */
const keyCpu = { ...cpu, title: 'CPU µs/key' };
/** @type {Measure} */
const keyLatency = { title: 'p50 µs/key', of: ({ p50 = 0 }, { batch }) => (p50 * 1000) / batch };
/** @type {Measure} */
const byteRate = { title: 'MB/s', of: ({ rate = 0 }, { valueBytes }) => (rate * valueBytes) / 1e6 };
/** @type {Measure} */
const byteCpu = {
  title: 'CPU ns/byte',
  of: ({ cpuMicros }, { valueBytes }) => (cpuMicros * 1000) / valueBytes,
};

const single = { floor: 'floor-meta', subjects: ['memfleet', 'floor-meta'] };

/** @type {readonly Axis[]} */
export const axes = [
  {
    ...single,
    name: 'callers',
    title: 'Callers in flight: get of 100 bytes',
    label: 'callers',
    scale: 'logarithmic',
    tests: [1, 4, 16, 64, 256, 1024, 4096].map((callers) => ({
      ...base,
      name: `callers-${callers}`,
      title: `get, ${callers} callers`,
      callers,
      sampleEvery: callers < 16 ? 3 : 31,
    })),
    at: ({ callers }) => callers,
    measures: [rate, p50, p99, cpu, memory],
    charted: [cpu, p50, p99],
  },
  {
    name: 'batch',
    title: 'Keys in a multi-get: 8 callers, values of 100 bytes',
    label: 'keys',
    scale: 'logarithmic',
    floor: 'floor-classic',
    subjects: ['memfleet', 'floor-meta', 'floor-classic'],
    tests: [1, 10, 100, 1000, 10_000].map((batch) => ({
      ...base,
      ...multi,
      name: `batch-${batch}`,
      title: `multi-get of ${batch} keys`,
      batch,
      keys: Math.max(1000, batch),
    })),
    at: ({ batch }) => batch,
    measures: [keyRate, p50, p99, keyLatency, keyCpu, memory],
    charted: [keyCpu, keyLatency],
  },
  {
    ...single,
    name: 'nodes',
    title: 'Nodes: get of 100 bytes, 64 callers',
    label: 'nodes',
    scale: 'linear',
    tests: [1, 2, 3, 5, 8, 16, 20].map((nodes) => ({
      ...base,
      name: `nodes-${nodes}`,
      title: `get over ${nodes} nodes`,
      nodes,
    })),
    at: ({ nodes }) => nodes,
    measures: [rate, p50, p99, cpu, memory],
    charted: [cpu, p50, p99],
  },
  {
    ...single,
    name: 'size',
    title: 'Value size: get, 8 callers',
    label: 'bytes',
    scale: 'logarithmic',
    tests: [10, 100, 1000, 10_000, 100_000, 1_000_000].map((valueBytes) => ({
      ...base,
      name: `size-${valueBytes}`,
      title: `get of ${valueBytes} bytes`,
      callers: 8,
      valueBytes,
      // No more than 50 MB in all, of which the worker has a copy to compare with.
      keys: Math.min(1000, 50_000_000 / valueBytes),
      sampleEvery: valueBytes < 100_000 ? 31 : 3,
    })),
    at: ({ valueBytes }) => valueBytes,
    measures: [rate, byteRate, p50, p99, cpu, byteCpu, memory],
    charted: [cpu, byteCpu, p50],
  },
];

/** @param {string} name */
export function axisNamed(name) {
  const found = axes.find((axis) => axis.name === name);
  if (found === undefined) {
    throw new Error(`No axis named "${name}"; there are: ${axes.map((axis) => axis.name).join(', ')}`);
  }
  return found;
}

/**
 * The table of an axis: a line for each of its points and subjects.
 *
 * @param {AxisResult} result
 * @returns {{ head: string[], lines: string[][] }}
 */
export function flatTable({ name, points }) {
  const axis = axisNamed(name);
  const head = [axis.label, 'client', ...axis.measures.map(({ title }) => title), `times ${axis.floor}`];
  const lines = points.flatMap(({ test, rows }) => {
    const floorRate = rows.find(({ subject }) => subject.name === axis.floor)?.outcome?.rate;
    return rows.map(({ subject, outcome, reason = '–' }) => {
      const first = [axis.at(test).toLocaleString('en'), subject.name];
      if (outcome === undefined) return [...first, reason, ...axis.measures.map(() => '–')];
      const times = floorRate === undefined ? '–' : ((outcome.rate ?? 0) / floorRate).toFixed(2);
      const cells = axis.measures.map((measure) => threeDigits(measure.of(outcome, test)));
      return [...first, ...cells, times];
    });
  });
  return { head, lines };
}

/** @param {number} n */
const threeDigits = (n) =>
  n >= 100 ? Math.round(n).toLocaleString('en') : Number(n.toPrecision(3)).toString();
