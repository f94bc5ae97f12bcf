/**
 * Draws the charts of the report. Runs in the page, where it arrives as source text: it may use its
 * arguments and what a browser has, and nothing of this file.
 *
 * @param {typeof import('chart.js').Chart} Chart
 * @param {{ marks: { seconds: number, text: string }[], ways: { id: string, title: string, samples: import('./recorder.mjs').Sample[] }[], nodes: string[], endSeconds: number }} data
 */
export function drawCharts(Chart, { marks, ways, nodes, endSeconds }) {
  const root = document.documentElement;
  const colour = (/** @type {string} */ name) => getComputedStyle(root).getPropertyValue(`--${name}`).trim();
  /** @type {import('chart.js').Chart[]} */
  let charts = [];

  /** The changes as vertical lines; the first chart of a column has their numbers. */
  const markLines = {
    id: 'marks',
    /** @param {import('chart.js').Chart} chart */
    afterDatasetsDraw(chart) {
      const { ctx, chartArea, scales } = chart;
      ctx.save();
      ctx.strokeStyle = ctx.fillStyle = colour('text');
      ctx.font = '600 11px system-ui, sans-serif';
      ctx.textAlign = 'center';
      for (const [i, { seconds }] of marks.entries()) {
        const x = scales.x.getPixelForValue(seconds);
        ctx.setLineDash([3, 3]);
        ctx.beginPath();
        ctx.moveTo(x, chartArea.top);
        ctx.lineTo(x, chartArea.bottom);
        ctx.stroke();
        ctx.fillText(String(i + 1), x, chartArea.top - 5);
      }
      ctx.restore();
    },
  };

  /** @param {string} id @param {any[]} datasets @param {{ y: string, stacked?: boolean, max?: number, legend?: boolean }} look */
  const line = (id, datasets, { y, stacked = false, max, legend = true }) => {
    const grid = { color: colour('grid') };
    const ticks = { color: colour('muted') };
    const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById(id));
    const scales = {
      x: {
        type: 'linear',
        min: 0,
        max: endSeconds,
        grid: { display: false },
        ticks,
        title: { display: true, text: 'seconds', color: colour('muted') },
      },
      y: {
        stacked,
        beginAtZero: true,
        suggestedMax: max,
        grid,
        ticks,
        title: { display: true, text: y, color: colour('muted') },
      },
    };
    const options = {
      animation: false,
      maintainAspectRatio: false,
      layout: { padding: { top: 14 } },
      interaction: { mode: 'index', intersect: false },
      elements: { point: { radius: 0 }, line: { borderWidth: stacked ? 0 : 2 } },
      plugins: {
        legend: { display: legend, position: 'bottom', labels: { color: colour('text'), boxWidth: 14 } },
        tooltip: {
          callbacks: {
            title: (/** @type {any[]} */ items) => `${items[0].parsed.x.toFixed(1)} s`,
            label: (/** @type {any} */ item) => `${item.dataset.label}: ${Math.round(item.parsed.y)}`,
          },
        },
      },
      scales,
    };
    charts.push(
      new Chart(
        canvas,
        /** @type {any} */ ({ type: 'line', data: { datasets }, options, plugins: [markLines] }),
      ),
    );
  };

  const points = (/** @type {any[]} */ samples, /** @type {(sample: any) => number | null} */ value) =>
    samples.map((sample) => ({ x: sample.seconds, y: value(sample) }));

  const draw = () => {
    for (const chart of charts) chart.destroy();
    charts = [];
    const most = Math.max(
      ...ways.flatMap(({ samples }) =>
        samples.map(({ getsPerNode }) => Object.values(getsPerNode).reduce((sum, gets) => sum + gets, 0)),
      ),
    );
    for (const { id, samples } of ways) {
      const datasets = nodes.map((name, i) => ({
        label: `node ${name}`,
        data: points(samples, (sample) => sample.getsPerNode[name] ?? 0),
        backgroundColor: colour(`node-${i}`),
        fill: true,
      }));
      line(`gets-${id}`, datasets, { y: 'gets a second', stacked: true, max: most });
    }
    const perWay = (/** @type {(sample: any) => number | null} */ value) =>
      ways.map(({ id, title, samples }) => ({
        label: title,
        data: points(samples, value),
        borderColor: colour(`way-${id}`),
        backgroundColor: colour(`way-${id}`),
        spanGaps: true,
      }));
    line(
      'hit-rate',
      perWay((sample) => sample.hitRate),
      { y: '% of reads', max: 100 },
    );
    line(
      'failures',
      perWay((sample) => sample.failures),
      { y: 'failed calls a second' },
    );
  };

  draw();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
}
