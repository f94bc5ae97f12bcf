/** What tests of time run against: stores whose clock is the test's. */
import { type Cache, createCache } from '../../src/index.ts';
import { startServer } from '../../src/testing/index.ts';

export interface ClockedSubject {
  readonly name: string;
  /** Clocks that the store looks at. */
  readonly clocks: ('Date' | 'performance')[];
  /** Caches on one store, which ends with the test. */
  start(): Promise<{ open(): Cache; stop(): Promise<void> }>;
}

function embedded(name: string, version: string): ClockedSubject {
  return {
    name,
    clocks: ['Date'],
    async start() {
      const server = await startServer({ version });
      const open = (): Cache =>
        createCache({
          backend: 'memcached',
          location: server.endpoint,
          options: { requestTimeoutMs: 5_000 },
        });
      return { open, stop: () => server.close() };
    },
  };
}

export const clockedSubjects: readonly ClockedSubject[] = [
  {
    name: 'memory',
    clocks: ['Date', 'performance'],
    start: async () => ({
      open: () => createCache({ backend: 'memory', location: 'freshness' }),
      stop: async () => {},
    }),
  },
  embedded('memcached, meta', '1.6.18'),
  embedded('memcached, classic', '1.5.16'),
];
