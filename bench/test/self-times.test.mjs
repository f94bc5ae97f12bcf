import assert from 'node:assert/strict';
import { test } from 'node:test';
import { selfTimes } from '../harness/self-times.mjs';

test('time is counted for the function it was spent in, most first', () => {
  const frame = (/** @type {string} */ functionName, url = '') => ({ functionName, url });
  const profile = {
    nodes: [
      { id: 1, callFrame: frame('(idle)') },
      { id: 2, callFrame: frame('push', 'file:///a/dist/index.js') },
      { id: 3, callFrame: frame('push', 'file:///a/dist/index.js') },
      { id: 4, callFrame: frame('', 'file:///a/load.mjs') },
    ],
    samples: [1, 2, 3, 4],
    timeDeltas: [100, 300, 400, 200],
  };
  assert.deepEqual(selfTimes(profile), [
    { name: 'push (index.js)', share: 0.7 },
    { name: '(anonymous) (load.mjs)', share: 0.2 },
    { name: '(idle)', share: 0.1 },
  ]);
});
