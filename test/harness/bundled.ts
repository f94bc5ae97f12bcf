import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'rolldown';
import { entries } from '../../scripts/entries.mjs';
import { repository } from '../docs/repository.ts';

/** A program that imports memfleet as its user does, ready to be run. */
export interface Bundled {
  readonly folder: string;
  readonly program: string;
  remove(): void;
}

/**
 * Bundles a program with the library's source, so that no stale build can make it pass. It is below
 * node_modules: it finds the packages there, and git and the linter do not look.
 */
export async function bundled(input: string): Promise<Bundled> {
  const cache = join(repository, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'program-'));
  const sources = new Map(entries().map(({ specifier, source }) => [specifier, join(repository, source)]));
  await build({
    cwd: repository,
    input: { main: input },
    platform: 'node',
    plugins: [{ name: 'memfleet-source', resolveId: (id) => sources.get(id) ?? null }],
    external: (id) => /^[^./]/.test(id) && !sources.has(id),
    transform: { target: 'node20' },
    output: { dir: folder, entryFileNames: '[name].mjs' },
    logLevel: 'silent',
  });
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  return { folder, program: join(folder, 'main.mjs'), remove };
}
