import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { isTimed } from './cases.mjs';
import { columns, ratioText } from './table.mjs';

const COLOURS = { memfleet: '#1a7f5a', floor: '#b8bec8', memcached: '#4a76c9', redis: '#c9674a' };

/**
 * One HTML file with everything in it: a chart and a table for each case, and the ratios.
 *
 * @param {ReturnType<typeof import('./machine.mjs').machine> & { rounds: number, seconds: number, warmupSeconds: number, cases: import('./summary.mjs').Summary[] }} results
 */
export async function report(results) {
  const chartJs = dirname(createRequire(import.meta.url).resolve('chart.js'));
  const library = await readFile(join(chartJs, 'chart.umd.js'), 'utf8');
  const packages = Object.entries(results.packages).map(([name, version]) => `${name} ${version}`);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>memfleet: benchmark</title>
<style>
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
  table { border-collapse: collapse; margin: 1rem 0 3rem; width: 100%; }
  th, td { padding: 0.25rem 0.6rem; border-bottom: 1px solid #ddd; text-align: right; }
  th:first-child, td:first-child, td.reason { text-align: left; }
  td.reason { color: #777; }
</style>
<h1>memfleet beside other clients</h1>
<p>${escaped(
    `Measured ${results.measuredAt} on ${results.cpu}, ${results.memoryGb} GB, Node.js ${results.node}; ` +
      `${results.servers.join('; ')}. Medians of ${results.rounds} rounds of ${results.seconds} s, ` +
      `each after ${results.warmupSeconds} s of warm-up.`,
  )}</p>
<p>${escaped(packages.join(', '))}</p>
${ratioSection(results.cases)}
${results.cases.map(caseSection).join('\n')}
<script>${inScript(library)}</script>
<script>
for (const { id, labels, data, colours, unit } of ${inScript(JSON.stringify(results.cases.map(chart)))}) {
  new Chart(document.getElementById(id), {
    type: 'bar',
    data: { labels, datasets: [{ label: unit, data, backgroundColor: colours }] },
    options: {
      indexAxis: 'y',
      animation: false,
      plugins: { legend: { display: false } },
      scales: { x: { beginAtZero: true, title: { display: true, text: unit } } },
    },
  });
}
</script>
</html>
`;
}

/** @param {import('./summary.mjs').Summary} summary */
function chart({ test, rows }) {
  const measured = rows.flatMap(({ subject, outcome }) =>
    outcome === undefined ? [] : [{ subject, outcome }],
  );
  return {
    id: `chart-${test.name}`,
    labels: measured.map(({ subject }) => subject.name),
    data: measured.map(({ outcome }) => (isTimed(test) ? outcome.milliseconds : outcome.rate)),
    colours: measured.map(({ subject }) => COLOURS[subject.family]),
    unit: isTimed(test) ? 'milliseconds (less is better)' : `${test.unit} a second (more is better)`,
  };
}

/** @param {import('./summary.mjs').Summary} summary */
function caseSection({ test, rows }) {
  const shown = columns(test);
  const head = ['client', ...shown.map(({ title }) => title)].map((title) => `<th>${escaped(title)}</th>`);
  const lines = rows.map(({ subject, outcome, reason = '' }) => {
    const cells =
      outcome === undefined
        ? `<td class="reason" colspan="${shown.length}">${escaped(reason)}</td>`
        : shown.map(({ cell }) => `<td>${escaped(cell(outcome))}</td>`).join('');
    return `<tr><td>${escaped(subject.name)}</td>${cells}</tr>`;
  });
  return `<h2>${escaped(test.title)}</h2>
<canvas id="chart-${test.name}" height="${40 + rows.length * 8}"></canvas>
<table><tr>${head.join('')}</tr>
${lines.join('\n')}
</table>`;
}

/** @param {readonly import('./summary.mjs').Summary[]} summaries */
function ratioSection(summaries) {
  const compared = summaries.filter(({ ratios }) => ratios !== undefined);
  if (compared.length === 0) return '';
  const lines = compared.map(({ test, ratios }) => {
    const cells = [ratios?.memcached, ratios?.floor, ratios?.redis].map(
      (ratio) => `<td>${escaped(ratioText(ratio))}</td>`,
    );
    return `<tr><td>${escaped(test.title)}</td>${cells.join('')}</tr>`;
  });
  return `<table>
<tr><th>memfleet, times as fast as</th><th>best memcached client</th><th>wire floor</th><th>best Redis client</th></tr>
${lines.join('\n')}
</table>`;
}

/** @param {string} text */
const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/** A script element ends at the first `</script`, also inside a string of it. */
const inScript = (/** @type {string} */ code) => code.replaceAll('</script', '<\\/script');
