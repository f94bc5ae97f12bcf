import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { report } from './report.mjs';

/**
 * @typedef {ReturnType<typeof import('./machine.mjs').machine> & { rounds: number } & import('./runner.mjs').Pace} Circumstances
 * @typedef {Circumstances & { cases: import('./summary.mjs').Summary[] }} CaseResults
 * @typedef {Circumstances & { axes: import('./flat-axes.mjs').AxisResult[] }} FlatResults
 */

const directory = new URL('../results/', import.meta.url);

/**
 * Writes `results/<name>.json`, and the report anew from the last whole runs.
 *
 * @param {string} name
 * @param {CaseResults | FlatResults} results
 */
export async function save(name, results) {
  await mkdir(directory, { recursive: true });
  await writeFile(new URL(`${name}.json`, directory), `${JSON.stringify(results, undefined, 2)}\n`);
  await writeFile(new URL('report.html', directory), await report(await saved()));
  console.log(`Written: bench/results/${name}.json and bench/results/report.html`);
}

/**
 * What the last whole run of the cases and that of the flat axes left, where there was one.
 *
 * @returns {Promise<{ latest: CaseResults | undefined, flat: FlatResults | undefined }>}
 */
export async function saved() {
  return { latest: await read('latest'), flat: await read('flat') };
}

/** @param {string} name */
async function read(name) {
  const file = new URL(`${name}.json`, directory);
  return existsSync(file) ? JSON.parse(await readFile(file, 'utf8')) : undefined;
}

/**
 * Whether memfleet did everything, with right values, settled promises and no connection too many.
 *
 * @param {readonly import('./summary.mjs').Row[]} rows
 */
export const memfleetDid = (rows) =>
  rows.every(({ subject, outcome }) => subject.family !== 'memfleet' || outcome !== undefined);
