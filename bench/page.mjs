import { readFile, writeFile } from 'node:fs/promises';
import { withNumbers } from './harness/page.mjs';
import { saved } from './harness/results.mjs';

const page = new URL('../docs/performance.md', import.meta.url);

const results = await saved();
if (results.latest === undefined) throw new Error('There are no numbers: run "npm run bench" first');
await writeFile(page, withNumbers(await readFile(page, 'utf8'), results));
console.log('Written: docs/performance.md');
