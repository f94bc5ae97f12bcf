import { clientLoad } from '../harness/load.mjs';
import { PATIENCE_MS } from '../harness/subjects.mjs';

const dist = new URL('../../dist/index.js', import.meta.url);
const { createClient } = await import(dist.href).catch((cause) => {
  if (cause.code !== 'ERR_MODULE_NOT_FOUND') throw cause;
  throw new Error('memfleet is not built: run "npm run build" in the root first', { cause });
});

/** @type {import('../harness/subjects.mjs').Subject} */
export const subject = {
  name: 'memfleet',
  family: 'memfleet',
  unable: {},
  load: (test, target) => clientLoad(connect, test, target),
};

/** @param {import('../harness/load.mjs').Target} target */
async function connect({ endpoints, ca }) {
  const client = createClient(
    endpoints.map(({ host, port }) => `${host}:${port}`),
    { requestTimeoutMs: PATIENCE_MS, connectTimeoutMs: PATIENCE_MS, ...(ca === undefined ? {} : { tls: { ca } }) },
  );
  return {
    get: (/** @type {string} */ key) => client.get(key),
    set: (/** @type {string} */ key, /** @type {unknown} */ value) => client.set(key, value),
    getMany: (/** @type {readonly string[]} */ keys) => client.getMany(keys),
    pick: (/** @type {Map<string, unknown>} */ many, /** @type {string} */ key) => many.get(key),
    getObject: (/** @type {string} */ key) => client.get(key),
    setObject: (/** @type {string} */ key, /** @type {object} */ value) => client.set(key, value),
    close: () => client.close(),
  };
}
