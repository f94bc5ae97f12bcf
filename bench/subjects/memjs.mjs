import memjs from 'memjs';
import { clientLoad } from '../harness/load.mjs';
import { promised } from '../harness/promised.mjs';
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
async function connect({ endpoints }) {
  const client = memjs.Client.create(endpoints.map(({ host, port }) => `${host}:${port}`).join(','), {
    timeout: PATIENCE_MS / 1000,
  });
  const get = (/** @type {string} */ key) =>
    promised((done) =>
      client.get(key, (/** @type {Error | null} */ error, /** @type {Buffer | null} */ value) =>
        done(error, value?.toString()),
      ),
    );
  const set = (/** @type {string} */ key, /** @type {string} */ value) =>
    promised((done) => client.set(key, value, {}, done));
  return {
    get,
    set,
    getObject: async (key) => JSON.parse(await get(key)),
    setObject: (key, value) => set(key, JSON.stringify(value)),
  };
}
