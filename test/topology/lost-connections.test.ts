import { expect, test } from 'vitest';
import { LostConnections } from '../../src/topology/lost-connections.ts';

test('two nodes that close within a second are noticed, one that does so often is not', () => {
  const lost = new LostConnections();
  expect(lost.add('a', 0)).toBe(false);
  expect(lost.add('a', 10)).toBe(false);
  expect(lost.add('a', 900)).toBe(false);
  expect(lost.add('b', 1_899)).toBe(true);
  expect(lost.add('c', 1_900)).toBe(true);
  expect(lost.add('a', 2_950)).toBe(false);
});
