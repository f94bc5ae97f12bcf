/**
 * @typedef {object} Subject What is measured.
 * @property {string} name
 * @property {'memfleet' | 'memcached' | 'redis' | 'floor'} family
 * @property {{ readonly [reason in 'getMany' | 'three' | 'tls' | 'object']?: string }} unable What it cannot do,
 *   and why.
 * @property {(test: import('./cases.mjs').Case, target: import('./load.mjs').Target) => import('./load.mjs').Load} load
 */

/** Every client's timeouts are set to this: a busy machine slows them all, and must not fail the patient ones. */
export const PATIENCE_MS = 30_000;

export const subjectNames = [
  'memfleet',
  'floor-meta',
  'floor-classic',
  'memcached',
  'memjs',
  'memcache',
  'memcache-client',
  'ioredis',
  'redis',
  'valkey-glide',
];

/**
 * @param {string} name
 * @returns {Promise<Subject>}
 */
export async function subjectNamed(name) {
  if (!subjectNames.includes(name)) {
    throw new Error(`No client named "${name}"; there are: ${subjectNames.join(', ')}`);
  }
  return (await import(`../subjects/${name}.mjs`)).subject;
}

/**
 * Why a subject cannot run a case, or undefined if it can.
 *
 * @param {Subject} subject
 * @param {import('./cases.mjs').Case} test
 */
export function reasonUnable({ unable }, test) {
  if (test.servers !== 'one' && unable[test.servers] !== undefined) return unable[test.servers];
  if (test.operation === 'getMany' || test.operation === 'object') return unable[test.operation];
  return undefined;
}
