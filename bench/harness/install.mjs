import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const directory = fileURLToPath(new URL('..', import.meta.url));

/** Installs the clients and tools of the benchmark by its lock file, if that has not been done. */
export function install() {
  if (existsSync(`${directory}node_modules/.package-lock.json`)) return;
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: directory,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('npm ci failed in bench/');
}
