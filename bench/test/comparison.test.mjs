import assert from 'node:assert/strict';
import { test } from 'node:test';
import { caseNamed } from '../harness/cases.mjs';
import { compared, comparisonLines } from '../harness/comparison.mjs';
import { withNumbers } from '../harness/page.mjs';
import { memfleetDid } from '../harness/results.mjs';
import { subjectNamed } from '../harness/subjects.mjs';

/**
 * @param {string} name
 * @param {number} number Its rate, or where `timed` its time.
 */
const row = (name, number, timed = false) => ({
  subject: subjectNamed(name),
  outcome: {
    ...(timed ? { milliseconds: number } : { rate: number }),
    cpuMicros: 1,
    peakRssMb: 1,
    connections: 1,
  },
});

test('a case is compared with the best of each family, beside its goals', () => {
  const rows = [row('memfleet', 400), row('memjs', 100), row('memcache', 50), row('ioredis', 800)];
  assert.deepEqual(compared({ test: caseNamed('get-64'), rows }), {
    memcached: [{ than: 'memjs', times: 4, goal: 4 }],
    floor: [],
    redis: [{ than: 'ioredis', times: 0.5, goal: 1 }],
  });
  assert.deepEqual(comparisonLines([{ test: caseNamed('get-64'), rows }], '; ')[0]?.slice(1), [
    '4.00 (memjs), goal 4: met',
    '–',
    '0.50 (ioredis), goal 1: missed',
  ]);
});

test('of times the shorter is the better', () => {
  const rows = [row('memfleet', 10, true), row('memjs', 40, true), row('memcache', 80, true)];
  assert.deepEqual(compared({ test: caseNamed('burst'), rows })?.memcached, [
    { than: 'memjs', times: 4, goal: 8 },
  ]);
});

test('a single get has the floor of its exchange, a multi-get both', () => {
  const rows = [row('memfleet', 1), row('floor-meta', 2), row('floor-classic', 4)];
  const floors = (/** @type {string} */ name) =>
    compared({ test: caseNamed(name), rows })?.floor.map(({ than }) => than);
  assert.deepEqual(floors('get-64'), ['floor-meta']);
  assert.deepEqual(floors('multi-get'), ['floor-meta', 'floor-classic']);
});

test('a case that memfleet fails is not left out, and fails the run', () => {
  const rows = [{ subject: subjectNamed('memfleet'), reason: 'fails: a wrong value' }, row('memjs', 1)];
  assert.equal(comparisonLines([{ test: caseNamed('get-1'), rows }], '; ')[0]?.[1], 'fails: a wrong value');
  assert.equal(memfleetDid(rows), false);
  assert.equal(memfleetDid([row('memfleet', 1), rows[0]].slice(0, 1)), true);
});

test('only what is between the marks of the page is replaced', () => {
  const none = { latest: undefined, flat: undefined };
  const page = 'before\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nafter\n';
  const written = withNumbers(page, none);
  assert.match(written, /^before\n<!-- bench:begin -->\n\n[^<]*\n\n<!-- bench:end -->\nafter\n$/);
  assert.doesNotMatch(written, /old/);
  assert.equal(withNumbers(written, none), written);
  assert.throws(() => withNumbers('no marks', none), /no <!-- bench:begin -->/);
});
