/** Every entry of the installed package imports, and exports the names written down: no more, no less. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import manifest from 'memfleet/package.json' with { type: 'json' };

const expected = JSON.parse(readFileSync(new URL('expected-exports.json', import.meta.url), 'utf8'));
const entries = Object.keys(manifest.exports)
  .filter((subpath) => subpath !== './package.json')
  .map((subpath) => manifest.name + subpath.slice(1));
assert.deepEqual(Object.keys(expected).sort(), entries.sort(), 'expected-exports.json lists every entry');

for (const entry of entries) {
  const names = Object.keys(await import(entry)).sort();
  assert.deepEqual(names, [...expected[entry]].sort(), `${entry} exports ${JSON.stringify(names)}`);
}
