/** Caches on one memcached, as the processes of a fleet have them. */
import { afterAll, afterEach, beforeAll } from 'vitest';
import { type Cache, createCache, type MemcachedOptions } from '../../src/index.ts';
import { startMemcached } from '../../src/testing/cluster/memcached-process.ts';
import { startServer } from '../../src/testing/index.ts';

export interface FleetSubject {
  readonly name: string;
  /** Where the lease on a missing value is. */
  readonly leaseKey: 'inline' | 'separate';
  readonly options: MemcachedOptions;
  start(): Promise<{ readonly location: string; stop(): Promise<void> }>;
}

async function memcached(): Promise<{ location: string; stop(): Promise<void> }> {
  const { port, stop } = await startMemcached();
  return { location: `127.0.0.1:${port}`, stop };
}

function embedded(version: string): FleetSubject['start'] {
  return async () => {
    const server = await startServer({ version });
    return { location: server.endpoint, stop: () => server.close() };
  };
}

export const fleetSubjects: readonly FleetSubject[] = [
  { name: 'memcached, meta', leaseKey: 'inline', options: {}, start: memcached },
  {
    name: 'memcached, meta, three connections',
    leaseKey: 'inline',
    options: { connectionsPerNode: 3 },
    start: memcached,
  },
  {
    name: 'memcached, meta, leases apart',
    leaseKey: 'separate',
    options: { leaseKey: 'separate' },
    start: memcached,
  },
  { name: 'memcached, classic', leaseKey: 'separate', options: { protocol: 'classic' }, start: memcached },
  {
    name: 'memcached, classic, three connections',
    leaseKey: 'separate',
    options: { protocol: 'classic', connectionsPerNode: 3 },
    start: memcached,
  },
  { name: 'memcached, binary', leaseKey: 'separate', options: { protocol: 'binary' }, start: memcached },
  { name: 'embedded 1.6.18', leaseKey: 'inline', options: {}, start: embedded('1.6.18') },
  { name: 'embedded 1.6.6', leaseKey: 'separate', options: {}, start: embedded('1.6.6') },
];

/** Where the tests of one subject stand. */
export interface Fleet {
  readonly subject: FleetSubject;
  readonly location: string;
  /** A cache as another process would have it, closed after the test; its errors are in `errorsOf`. */
  open(options?: MemcachedOptions): Cache;
  errorsOf(cache: Cache): readonly Error[];
  /** A key that no other test has. */
  key(): string;
}

export function fleetOf(subject: FleetSubject): Fleet {
  let place: Awaited<ReturnType<FleetSubject['start']>> | undefined;
  let opened: Cache[] = [];
  let keys = 0;
  const errors = new WeakMap<Cache, Error[]>();
  const running = (): NonNullable<typeof place> => {
    if (place === undefined) throw new Error('The subject does not run');
    return place;
  };

  beforeAll(async () => {
    place = await subject.start();
  });
  afterEach(async () => {
    const closing = opened;
    opened = [];
    await Promise.all(closing.map((each) => each.close()));
  });
  afterAll(() => place?.stop());

  return {
    subject,
    get location() {
      return running().location;
    },
    open(options = {}) {
      const { location } = running();
      const cache = createCache({
        backend: 'memcached',
        location,
        options: { requestTimeoutMs: 5_000, ...subject.options, ...options },
      });
      const told: Error[] = [];
      cache.on('error', (error) => told.push(error));
      errors.set(cache, told);
      opened.push(cache);
      return cache;
    },
    errorsOf: (cache) => errors.get(cache) ?? [],
    key: () => `key:${keys++}`,
  };
}

export interface Gate<T> {
  /** Resolves with what it is opened with. */
  readonly promise: Promise<T>;
  open(value: T): void;
}

export function gate<T = void>(): Gate<T> {
  let settle: ((value: T) => void) | undefined;
  const promise = new Promise<T>((resolve) => {
    settle = resolve;
  });
  return { promise, open: (value) => settle?.(value) };
}
