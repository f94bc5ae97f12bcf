import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';

/** What the numbers were measured on and with: without it they say little. */
export function machine() {
  const { dependencies } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return {
    measuredAt: new Date().toISOString(),
    node: process.version,
    cpu: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    servers: [versionOf('memcached'), versionOf('redis-server')],
    packages: /** @type {Record<string, string>} */ (dependencies),
  };
}

/** @param {string} command */
function versionOf(command) {
  const { stdout } = spawnSync(command, ['--version'], { encoding: 'utf8' });
  return /** @type {string | null} */ (stdout)?.trim().split(' sha=')[0] ?? `${command}: not found`;
}
