import { createClient } from 'redis';
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
  const client = createClient({
    commandOptions: { timeout: PATIENCE_MS },
    socket: { host, port, connectTimeout: PATIENCE_MS, ...(ca === undefined ? {} : { tls: true, ca }) },
  });
  await client.connect();
  return {
    get: (key) => client.get(key),
    set: (key, value) => client.set(key, value),
    getMany: (keys) => client.mGet([...keys]),
    pick: (many, _, index) => many[index],
    getObject: async (key) => JSON.parse((await client.get(key)) ?? ''),
    setObject: (key, value) => client.set(key, JSON.stringify(value)),
  };
}
