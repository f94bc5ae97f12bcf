/**
 * The entries of the package: `exports` in package.json is the only list. `"./testing"` with
 * `default: ./dist/testing.js` and `types: ./dist/types/testing/index.d.ts` is built from
 * src/testing/index.ts.
 */
import { readFileSync } from 'node:fs';

export const root = new URL('..', import.meta.url);

export const manifest = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));

/** @returns {{ specifier: string, name: string, source: string }[]} */
export function entries() {
  return Object.entries(manifest.exports)
    .filter(([, target]) => typeof target === 'object')
    .map(([subpath, target]) => ({
      specifier: manifest.name + subpath.slice(1),
      name: target.default.replace('./dist/', '').replace('.js', ''),
      source: target.types.replace('./dist/types/', 'src/').replace('.d.ts', '.ts'),
    }));
}
