const dist = new URL('../../dist/index.js', import.meta.url);
const { createCache } = await import(dist.href).catch((cause) => {
  if (cause.url !== dist.href) throw cause;
  throw new Error('memfleet is not built: run "npm run build" in the root first', { cause });
});

/**
 * @param {import('./subjects.mjs').Target} target
 * @returns {import('./subjects.mjs').Session}
 */
export function open({ host, port, options }) {
  const cache = createCache({
    backend: 'memcached',
    location: `${host}:${port}`,
    options: { requestTimeoutMs: 30_000, ...options },
  });
  return {
    getOrSet: (key, factory, waitMs) => cache.getOrSet(key, factory, { ttl: 60, waitMs }),
    close: () => cache.close(),
  };
}
