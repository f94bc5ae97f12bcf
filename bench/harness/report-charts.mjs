import { isTimed } from './cases.mjs';
import { axisNamed } from './flat-axes.mjs';

/** @typedef {{ id: string, config: object }} Chart What Chart.js draws, as plain JSON. */

const COLOURS = { memfleet: '#1a7f5a', floor: '#b8bec8', memcached: '#4a76c9', redis: '#c9674a' };

/**
 * @param {import('./summary.mjs').Summary} summary
 * @returns {Chart}
 */
export function caseChart({ test, rows }) {
  const measured = rows.flatMap(({ subject, outcome }) =>
    outcome === undefined ? [] : [{ subject, outcome }],
  );
  const unit = isTimed(test) ? 'milliseconds (less is better)' : `${test.unit} a second (more is better)`;
  const dataset = {
    label: unit,
    data: measured.map(({ outcome }) => (isTimed(test) ? outcome.milliseconds : outcome.rate)),
    backgroundColor: measured.map(({ subject }) => COLOURS[subject.family]),
  };
  return {
    id: `chart-${test.name}`,
    config: {
      type: 'bar',
      data: { labels: measured.map(({ subject }) => subject.name), datasets: [dataset] },
      options: {
        indexAxis: 'y',
        animation: false,
        plugins: { legend: { display: false } },
        scales: { x: { beginAtZero: true, title: { display: true, text: unit } } },
      },
    },
  };
}

/**
 * A line chart for each measure of an axis, with a line for each subject.
 *
 * @param {import('./flat-axes.mjs').AxisResult} result
 * @returns {Chart[]}
 */
export function flatCharts({ name, points }) {
  const axis = axisNamed(name);
  return axis.charted.map((measure, number) => ({
    id: `flat-${name}-${number}`,
    config: {
      type: 'line',
      data: { datasets: axis.subjects.map((subject) => line(axis, points, subject, measure)) },
      options: {
        animation: false,
        scales: {
          x: { type: axis.scale, title: { display: true, text: axis.label } },
          y: { type: axis.scale, beginAtZero: true, title: { display: true, text: measure.title } },
        },
      },
    },
  }));
}

/**
 * @param {import('./flat-axes.mjs').Axis} axis
 * @param {readonly import('./summary.mjs').Summary[]} points
 * @param {string} subjectName
 * @param {import('./flat-axes.mjs').Measure} measure
 */
function line(axis, points, subjectName, measure) {
  const data = points.flatMap(({ test, rows }) => {
    const outcome = rows.find(({ subject }) => subject.name === subjectName)?.outcome;
    return outcome === undefined ? [] : [{ x: axis.at(test), y: measure.of(outcome, test) }];
  });
  const colour = subjectName === 'memfleet' ? COLOURS.memfleet : COLOURS.floor;
  const borderDash = subjectName === 'floor-classic' ? [4, 4] : [];
  return { label: subjectName, data, borderColor: colour, backgroundColor: colour, borderDash };
}
