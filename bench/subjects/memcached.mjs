import Memcached from 'memcached';
import { clientLoad } from '../harness/load.mjs';
import { promised } from '../harness/promised.mjs';

/**
 * @param {import('../harness/cases.mjs').Case} test
 * @param {import('../harness/load.mjs').Target} target
 */
export const load = (test, target) => clientLoad(connect, test, target);

/**
 * @param {import('../harness/load.mjs').Target} target
 * @returns {Promise<import('../harness/load.mjs').Session>}
 */
async function connect({ endpoints }) {
  const client = new Memcached(endpoints.map(({ host, port }) => `${host}:${port}`));
  const get = (/** @type {string} */ key) => promised((done) => client.get(key, done));
  const set = (/** @type {string} */ key, /** @type {unknown} */ value) =>
    promised((done) => client.set(key, value, 0, done));
  return {
    get,
    set,
    getMany: (keys) => promised((done) => client.getMulti(keys, done)),
    pick: (many, key) => many[key],
    // It serialises objects itself, and tells by the client flags which values are JSON.
    getObject: get,
    setObject: set,
  };
}
