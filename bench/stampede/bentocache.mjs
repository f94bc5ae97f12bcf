import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis';

/**
 * Memory of the process before Redis, and its bus, as its documentation recommends.
 *
 * @param {import('./subjects.mjs').Target} target
 * @returns {import('./subjects.mjs').Session}
 */
export function open({ host, port }) {
  const connection = { host, port };
  const bento = new BentoCache({
    default: 'main',
    stores: {
      main: bentostore()
        .useL1Layer(memoryDriver({ maxSize: '10mb' }))
        .useL2Layer(redisDriver({ connection }))
        .useBus(redisBusDriver({ connection })),
    },
  });
  return {
    getOrSet: (key, factory) => bento.getOrSet({ key, factory, ttl: '60s' }),
    close: () => bento.disconnectAll(),
  };
}
