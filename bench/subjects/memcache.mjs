import { Memcache } from 'memcache';
import { clientLoad } from '../harness/load.mjs';
import { PATIENCE_MS } from '../harness/subjects.mjs';

/**
 * @param {import('../harness/cases.mjs').Case} test
 * @param {import('../harness/load.mjs').Target} target
 */
export const load = (test, target) => clientLoad(connect, test, target);

/**
 * @param {import('../harness/load.mjs').Target} target
 * @returns {Promise<import('../harness/load.mjs').Session>}
 */
async function connect({ endpoints, ca }) {
  const client = new Memcache({
    nodes: endpoints.map(({ host, port }) => `${host}:${port}`),
    timeout: PATIENCE_MS,
    ...(ca === undefined ? {} : { tls: { ca } }),
  });
  return {
    get: (key) => client.get(key),
    set: (key, value) => stored(client.set(key, value)),
    getMany: (keys) => client.gets([...keys]),
    pick: (many, key) => many.get(key),
    getObject: async (key) => JSON.parse((await client.get(key)) ?? ''),
    setObject: (key, value) => stored(client.set(key, JSON.stringify(value))),
  };
}

/** @param {Promise<boolean>} setting It resolves with false, not with an error, when the server refuses. */
async function stored(setting) {
  if (!(await setting)) throw new Error('set was refused');
}
