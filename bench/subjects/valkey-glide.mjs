import { GlideClient } from '@valkey/valkey-glide';
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
  const client = await GlideClient.createClient({
    addresses: [{ host, port }],
    requestTimeout: PATIENCE_MS,
    // Its default of 1,000 is fewer than the largest cases have under way.
    inflightRequestsLimit: 100_000,
    ...(ca === undefined
      ? {}
      : { useTLS: true, advancedConfiguration: { tlsAdvancedConfiguration: { rootCertificates: ca } } }),
  });
  return {
    get: (key) => client.get(key),
    set: (key, value) => client.set(key, value),
    getMany: (keys) => client.mget([...keys]),
    pick: (many, _, index) => many[index],
    getObject: async (key) => JSON.parse(String(await client.get(key))),
    setObject: (key, value) => client.set(key, JSON.stringify(value)),
  };
}
