/** What the contract of a cache runs against: a backend, and where it is. */
import { afterAll, afterEach, beforeAll } from 'vitest';
import { resolveCacheConfig } from '../../src/cache/resolve-cache-config.ts';
import {
  type Cache,
  type CacheBackend,
  type CacheConfig,
  type CacheSettings,
  createCache,
} from '../../src/index.ts';
import { startMemcached } from '../../src/testing/cluster/memcached-process.ts';
import { startCluster, startServer } from '../../src/testing/index.ts';

/** A backend that can be used. */
export interface Place {
  readonly config: CacheConfig;
  stop(): Promise<void>;
}

export interface Subject {
  readonly name: string;
  /** Whether the backend knows how long a value has still to live. */
  readonly tellsTtl: boolean;
  start(): Promise<Place>;
}

/** Slow machines are no failures of a cache. */
const PATIENT = { requestTimeoutMs: 5_000 };

const memory: Subject = {
  name: 'memory',
  tellsTtl: true,
  start: async () => ({
    config: { backend: 'memory', location: 'contract', options: { maxBytes: 2 ** 21 } },
    stop: async () => {},
  }),
};

const embedded: Subject = {
  name: 'memcached: embedded server',
  tellsTtl: true,
  async start() {
    const server = await startServer();
    return {
      config: { backend: 'memcached', location: server.endpoint, options: PATIENT },
      stop: () => server.close(),
    };
  },
};

function real(protocol: 'meta' | 'classic' | 'binary'): Subject {
  return {
    name: `memcached: real, ${protocol}`,
    tellsTtl: protocol === 'meta',
    async start() {
      const { port, stop } = await startMemcached();
      return {
        config: {
          backend: 'memcached',
          location: [`127.0.0.1:${port}`],
          options: { ...PATIENT, protocol },
        },
        stop,
      };
    },
  };
}

const elasticache: Subject = {
  name: 'elasticache: cluster of two',
  tellsTtl: true,
  async start() {
    const cluster = await startCluster({ nodes: 2, engine: 'embedded' });
    return {
      config: {
        backend: 'elasticache',
        location: cluster.configurationEndpoint,
        options: { ...PATIENT, lookup: cluster.lookup },
      },
      stop: () => cluster.close(),
    };
  },
};

export const subjects: readonly Subject[] = [
  memory,
  embedded,
  real('meta'),
  real('classic'),
  real('binary'),
  elasticache,
];

/** Where the tests of one subject stand. */
export interface Ground {
  readonly subject: Subject;
  /** One cache with the default settings, for all tests. */
  readonly cache: Cache;
  /** A backend on the same store, with the same settings. */
  readonly backend: CacheBackend;
  /** Another cache on the same store, closed after the test. */
  open(settings?: CacheSettings): Cache;
  /** A key that no other test has. */
  key(name?: string): string;
}

/** Starts the subject before the tests of the enclosing `describe`, and stops it after them. */
export function standOn(subject: Subject): Ground {
  let place: Place | undefined;
  let cache: Cache | undefined;
  let backend: CacheBackend | undefined;
  let opened: Cache[] = [];
  let keys = 0;

  beforeAll(async () => {
    place = await subject.start();
    cache = createCache(place.config);
    backend = resolveCacheConfig(place.config).open();
  });
  afterEach(async () => {
    const closing = opened;
    opened = [];
    await Promise.all(closing.map((each) => each.close()));
  });
  afterAll(async () => {
    await cache?.close();
    await backend?.close?.();
    await place?.stop();
  });

  return {
    subject,
    get cache() {
      if (cache === undefined) throw new Error('The subject does not run');
      return cache;
    },
    get backend() {
      if (backend === undefined) throw new Error('The subject does not run');
      return backend;
    },
    open(settings = {}) {
      if (place === undefined) throw new Error('The subject does not run');
      const made = createCache({ ...place.config, ...settings });
      opened.push(made);
      return made;
    },
    key: (name = 'key') => `${name}:${keys++}`,
  };
}
