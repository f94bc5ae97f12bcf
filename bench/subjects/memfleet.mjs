import { clientLoad } from '../harness/load.mjs';
import { PATIENCE_MS } from '../harness/subjects.mjs';

const dist = new URL('../../dist/index.js', import.meta.url);
const { createClient } = await import(dist.href).catch((cause) => {
  if (cause.url !== dist.href) throw cause;
  throw new Error('memfleet is not built: run "npm run build" in the root first', { cause });
});

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
  const client = createClient(
    endpoints.map(({ host, port }) => `${host}:${port}`),
    {
      requestTimeoutMs: PATIENCE_MS,
      connectTimeoutMs: PATIENCE_MS,
      ...(ca === undefined ? {} : { tls: { ca } }),
    },
  );
  return {
    get: (key) => client.get(key),
    set: (key, value) => client.set(key, value),
    getMany: (keys) => client.getMany(keys),
    pick: (many, key) => many.get(key),
    getObject: (key) => client.get(key),
    setObject: (key, value) => client.set(key, value),
  };
}
