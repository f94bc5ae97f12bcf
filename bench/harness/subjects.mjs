/**
 * @typedef {object} Subject What is measured; how is in subjects/<name>.mjs.
 * @property {string} name
 * @property {'memfleet' | 'memcached' | 'redis' | 'floor'} family
 * @property {{ readonly [need in 'getMany' | 'nodes' | 'tls']?: string }} unable What it cannot do, and why.
 * @property {number=} connectionsPerNode What it promises to open at most to each server: more fails the case.
 */

/** Every client's timeouts are set to this: a busy machine slows them all, and must not fail the patient ones. */
export const PATIENCE_MS = 30_000;

const nodes = 'needs a Redis Cluster';

/** @type {readonly Subject[]} */
export const subjects = [
  { name: 'memfleet', family: 'memfleet', unable: {}, connectionsPerNode: 1 },
  { name: 'floor-meta', family: 'floor', unable: {} },
  { name: 'floor-classic', family: 'floor', unable: {} },
  { name: 'memcached', family: 'memcached', unable: { tls: 'no TLS' } },
  { name: 'memjs', family: 'memcached', unable: { getMany: 'no multi-get', tls: 'no TLS' } },
  { name: 'memcache', family: 'memcached', unable: {} },
  { name: 'memcache-client', family: 'memcached', unable: { nodes: 'random pick, no sharding' } },
  { name: 'ioredis', family: 'redis', unable: { nodes } },
  { name: 'redis', family: 'redis', unable: { nodes } },
  { name: 'valkey-glide', family: 'redis', unable: { nodes } },
];

/** @param {string} name */
export function subjectNamed(name) {
  const found = subjects.find((subject) => subject.name === name);
  if (found === undefined) {
    throw new Error(
      `No client named "${name}"; there are: ${subjects.map((subject) => subject.name).join(', ')}`,
    );
  }
  return found;
}

/**
 * Imports the subject, which nothing did before, and makes its load; it has not connected yet.
 *
 * @param {string} name
 * @param {import('./cases.mjs').Case} test
 * @param {import('./load.mjs').Target} target
 * @returns {Promise<import('./load.mjs').Load>}
 */
export async function loadOf(name, test, target) {
  const { load } = await import(`../subjects/${subjectNamed(name).name}.mjs`);
  return load(test, target);
}

/**
 * Why a subject cannot run a case, or undefined if it can.
 *
 * @param {Subject} subject
 * @param {import('./cases.mjs').Case} test
 */
export function reasonUnable({ unable }, test) {
  if (test.nodes > 1 && unable.nodes !== undefined) return unable.nodes;
  if (test.tls && unable.tls !== undefined) return unable.tls;
  return test.operation === 'getMany' ? unable.getMany : undefined;
}
