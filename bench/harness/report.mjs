import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { circumstances } from './circumstances.mjs';
import { comparisonHead, comparisonLines, importLines } from './comparison.mjs';
import { axisNamed, flatTable } from './flat-axes.mjs';
import { escaped, htmlTable, inScript } from './html.mjs';
import { caseChart, flatCharts } from './report-charts.mjs';
import { columns } from './table.mjs';

/**
 * One HTML file with everything in it: the comparison, a chart and a table for each case, and those of the axes.
 *
 * @param {{ latest: import('./results.mjs').CaseResults | undefined, flat: import('./results.mjs').FlatResults | undefined }} results
 */
export async function report({ latest, flat }) {
  const chartJs = dirname(createRequire(import.meta.url).resolve('chart.js'));
  const library = await readFile(join(chartJs, 'chart.umd.js'), 'utf8');
  const charts = [...(latest?.cases.map(caseChart) ?? []), ...(flat?.axes.flatMap(flatCharts) ?? [])];
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
${latest === undefined ? '' : casesPart(latest)}
${flat === undefined ? '' : flatPart(flat)}
<script>${inScript(library)}</script>
<script>
for (const { id, config } of ${inScript(JSON.stringify(charts))}) {
  new Chart(document.getElementById(id), config);
}
</script>
</html>
`;
}

/** @param {import('./results.mjs').CaseResults} results */
function casesPart(results) {
  const packages = Object.entries(results.packages).map(([name, version]) => `${name} ${version}`);
  return `<h1>memfleet beside other clients</h1>
<p>${escaped(circumstances(results))}</p>
<p>${escaped(packages.join(', '))}</p>
${htmlTable(comparisonHead, comparisonLines(results.cases, '; '))}
${importLines(results.cases)
  .map((sentence) => `<p>${escaped(sentence)}</p>`)
  .join('\n')}
${results.cases.map(caseSection).join('\n')}`;
}

/** @param {import('./summary.mjs').Summary} summary */
function caseSection(summary) {
  const shown = columns(summary.test);
  const lines = summary.rows.map(({ subject, outcome, reason = '' }) => [
    subject.name,
    ...(outcome === undefined ? [reason] : shown.map(({ cell }) => cell(outcome))),
  ]);
  return `<h2>${escaped(summary.test.title)}</h2>
${canvas(caseChart(summary), 40 + summary.rows.length * 8)}
${htmlTable(['client', ...shown.map(({ title }) => title)], lines)}`;
}

/** @param {import('./results.mjs').FlatResults} results */
function flatPart(results) {
  const sections = results.axes.map((result) => {
    const { head, lines } = flatTable(result);
    return `<h2>${escaped(axisNamed(result.name).title)}</h2>
${flatCharts(result)
  .map((chart) => canvas(chart, 90))
  .join('\n')}
${htmlTable(head, lines)}`;
  });
  return `<h1>How cost grows</h1>
<p>${escaped(circumstances(results))}</p>
${sections.join('\n')}`;
}

/**
 * @param {import('./report-charts.mjs').Chart} chart
 * @param {number} height
 */
const canvas = ({ id }, height) => `<canvas id="${id}" height="${height}"></canvas>`;
