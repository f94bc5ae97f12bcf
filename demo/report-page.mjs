import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { drawCharts } from './charts.mjs';
import { reportStyle } from './report-style.mjs';
import { KEYS, OPERATIONS_PER_SECOND, WRITE_SHARE } from './script.mjs';

const NODES = ['a', 'b', 'b, replaced', 'c'];

/** What each chart of gets shows, in words. */
const SEEN = {
  endpoint:
    'Each new connection goes to whichever node the name gives first: one node takes everything, the others ' +
    'idle, and the next has to be filled again, or still has what was true minutes ago.',
  fixed:
    'Two nodes share the load, and the third is never used. The replaced node is found only when its old ' +
    'process ends; when node a dies, its keys fail until the program is started again with another list.',
  discovery:
    'The third node takes its share soon after it is listed, a replaced node is dialled at its new address ' +
    'before the old process ends, and a dead node is left once the configuration drops it.',
};

/**
 * One page with everything in it, which needs no network.
 *
 * @param {import('./performance.mjs').Show} show @param {import('./results.mjs').Row[]} rows @param {string} engine
 */
export function reportPage(show, rows, engine) {
  const { acts, marks, startedAt, endedAt } = show;
  const ways = acts.map(({ recorder, way }) => ({
    id: way.id,
    title: way.title,
    samples: recorder.samples,
  }));
  const nodes = NODES.filter((name) =>
    ways.some(({ samples }) => samples.at(-1)?.getsPerNode[name] !== undefined),
  );
  const endSeconds = Math.floor((endedAt - startedAt) / 1_000);
  const data = { marks, ways, nodes, endSeconds };
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>memfleet: three ways to use a cluster</title>
<style>${reportStyle}</style>
<main>
<h1>Three ways to use a memcached cluster</h1>
<p>The same traffic and the same changes, at the same time, on three clusters of ${escaped(engine)}. For each way
${OPERATIONS_PER_SECOND} operations a second on ${KEYS.toLocaleString('en')} keys, ${100 * WRITE_SHARE} % of them
writes; a read that finds nothing stores the value. The ways: the configuration endpoint taken for one server, a fixed
list of nodes, and memfleet with discovery. Time is compressed: what takes AWS minutes takes seconds here.</p>
<ol class="marks">
${marks.map(({ seconds, text }) => `<li>${escaped(text)} (${seconds.toFixed(1)} s)</li>`).join('\n')}
</ol>
<h2>Get operations per node</h2>
<p class="muted">As the nodes themselves count them. Dashed lines are the changes numbered above.</p>
${ways
  .map(
    ({ id, title }) => `<div class="card"><h3>${escaped(title)}</h3>
<p class="muted">${escaped(SEEN[id])}</p>
<div class="chart"><canvas id="gets-${id}" role="img" aria-label="Gets a second for each node: ${escaped(title)}"></canvas></div></div>`,
  )
  .join('\n')}
<h2>Hit rate</h2>
<p class="muted">Of all reads, those that found a value; a read that failed found none. A hit is not always right: see the old versions in the table, which come
from nodes that were not told of later writes.</p>
<div class="card"><div class="chart"><canvas id="hit-rate" role="img" aria-label="Hit rate for each way"></canvas></div></div>
<h2>Failed calls</h2>
<p class="muted">Calls that rejected. When a process dies, what it was just asked is lost in every way; what differs is
for how long calls go on failing.</p>
<div class="card"><div class="chart"><canvas id="failures" role="img" aria-label="Failed calls a second for each way"></canvas></div></div>
<h2>In numbers</h2>
<div class="card scroll"><table>
<tr><th></th>${acts.map(({ way }) => `<th>${escaped(way.title)}</th>`).join('')}</tr>
${rows.map(({ label, cells }) => `<tr><td>${escaped(label)}</td>${cells.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`).join('\n')}
</table></div>
${rows.flatMap(({ note }) => (note === undefined ? [] : [`<p class="muted">${escaped(note)}</p>`])).join('\n')}
</main>
<script>${inScript(chartLibrary())}</script>
<script>(${inScript(drawCharts.toString())})(Chart, ${inScript(JSON.stringify(data))});</script>
</html>
`;
}

function chartLibrary() {
  const entry = createRequire(import.meta.url).resolve('chart.js');
  return readFileSync(join(dirname(entry), 'chart.umd.js'), 'utf8');
}

/** @param {string} text */
const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/** A script element ends at the first `</script`, also inside a string of it. @param {string} code */
const inScript = (code) => code.replaceAll('</script', '<\\/script');
