/** Time that is set, or jumps, must not count as time that passed: only the monotonic clock is read. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { filesUnder, repository } from './docs/repository.ts';

const WALL_CLOCK = /\bDate\b|\bhrtime\b/;
const COMMENTS = /\/\*[\s\S]*?\*\/|\/\/.*$/gm;

function readsWallClock(source: string): boolean {
  return WALL_CLOCK.test(source.replaceAll(COMMENTS, ''));
}

test.each(['common', 'protocol', 'connection', 'node', 'topology'])('src/%s has no wall clock', (folder) => {
  const files = filesUnder(`src/${folder}`, '.ts');
  expect(files.length).toBeGreaterThan(0);
  expect(files.filter((file) => readsWallClock(readFileSync(join(repository, file), 'utf8')))).toEqual([]);
});

test.each([
  ['const now = Date.now();', true],
  ['const at = new Date();', true],
  ['const now = performance.now();', false],
  ['// unlike Date.now(), it is monotonic', false],
  ['/** Date: a day */', false],
])('%s: %s', (source, expected) => {
  expect(readsWallClock(source)).toBe(expected);
});
