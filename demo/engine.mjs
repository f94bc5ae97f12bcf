import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';

/**
 * Real memcached where it is installed, else the server that memfleet/testing has.
 *
 * @param {string | undefined} wanted
 * @returns {{ kind: 'memcached' | 'embedded', description: string }}
 */
export function chooseEngine(wanted) {
  if (wanted !== undefined && wanted !== 'memcached' && wanted !== 'embedded') {
    throw new Error(`--engine is memcached or embedded, not ${wanted}`);
  }
  const kind = wanted ?? (isInstalled('memcached') ? 'memcached' : 'embedded');
  return {
    kind,
    description: kind === 'memcached' ? 'real memcached processes' : 'embedded servers of memfleet/testing',
  };
}

/** @param {string} program */
function isInstalled(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
