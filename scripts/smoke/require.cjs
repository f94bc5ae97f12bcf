/** CommonJS reaches every entry through require(esm), with the same names that import sees. */
const assert = require('node:assert/strict');
const expected = require('./expected-exports.json');

for (const [entry, names] of Object.entries(expected)) {
  assert.deepEqual(Object.keys(require(entry)).sort(), [...names].sort(), entry);
}
