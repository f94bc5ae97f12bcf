import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Cache } from '../../src/cache/cache.ts';

const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
const section = readme.slice(readme.indexOf('\n## Caches\n'), readme.indexOf('\n## Errors\n'));
const source = readFileSync(join(import.meta.dirname, '../../src/cache/cache-config.ts'), 'utf8');

describe('the README has a row for', () => {
  test.each(Object.getOwnPropertyNames(Cache.prototype).filter((name) => name !== 'constructor'))(
    'the method %s',
    (name) => {
      expect(section).toMatch(new RegExp(`^\\|.*\`${name}\\(.* \\|`, 'm'));
    },
  );

  test.each([...new Set([...source.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, name = '']) => name))])(
    'the field or option %s',
    (name) => {
      expect(section).toMatch(new RegExp(`^\\|.*\`${name}\`.* \\|`, 'm'));
    },
  );
});
