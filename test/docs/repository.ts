import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export const repository: string = join(import.meta.dirname, '../..');

/** Files below a folder of the repository, from its root. */
export function filesUnder(folder: string, ending: string): readonly string[] {
  if (!existsSync(join(repository, folder))) return [];
  const paths = readdirSync(join(repository, folder), { recursive: true, encoding: 'utf8' });
  return paths
    .filter((path) => path.endsWith(ending) && !path.split('/').includes('node_modules'))
    .map((path) => `${folder}/${path}`);
}
