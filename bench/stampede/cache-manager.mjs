import { createKeyv } from '@keyv/redis';
import { createCache } from 'cache-manager';

/**
 * Redis through Keyv.
 *
 * @param {import('./subjects.mjs').Target} target
 * @returns {import('./subjects.mjs').Session}
 */
export function open({ host, port }) {
  const cache = createCache({ stores: [createKeyv(`redis://${host}:${port}`)] });
  return {
    getOrSet: (key, factory) => cache.wrap(key, factory, 60_000),
    close: () => cache.disconnect(),
  };
}
