import { MemcacheClient } from 'memcache-client';
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
async function connect({ endpoints: [{ host, port }], ca }) {
  const client = new MemcacheClient({
    server: `${host}:${port}`,
    cmdTimeout: PATIENCE_MS,
    connectTimeout: PATIENCE_MS,
    // Its own default drops every value after a minute.
    lifetime: 0,
    ...(ca === undefined ? {} : { tls: { ca } }),
  });
  const get = async (/** @type {string} */ key) => (await client.get(key))?.value;
  const set = (/** @type {string} */ key, /** @type {any} */ value) => client.set(key, value);
  return {
    get,
    set,
    getMany: (keys) => client.get([...keys]),
    pick: (many, key) => many[key]?.value,
    // It serialises objects itself, and tells by the client flags which values are JSON.
    getObject: get,
    setObject: set,
  };
}
