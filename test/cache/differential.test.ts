/** A cache in memory answers as one on memcached does, call by call: the first is what programs are tested by. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cache, createCache } from '../../src/index.ts';
import { startMemcached } from '../../src/testing/cluster/memcached-process.ts';

interface Call {
  readonly name: string;
  on(cache: Cache): Promise<unknown>;
}

const key = fc.constantFrom('a', 'b');
const version = fc.constantFrom(1, 2);
const ttl = fc.constantFrom(null, 100, 0, -1, 3_000_000);
/** Some count, some are read otherwise than they were given, some are near the edges of a counter. */
const value = fc.constantFrom<unknown>(
  '',
  'text',
  '7',
  '10',
  '1000',
  0,
  9,
  10,
  1000,
  -5,
  1.5,
  2n ** 53n,
  2n ** 63n,
  2n ** 64n - 1n,
  2n ** 64n,
  null,
  true,
  { a: [1] },
  Buffer.from('100'),
  Buffer.of(0, 255),
  undefined,
  new Map(),
);
const delta = fc.constantFrom<number | bigint>(0, 1, 9, 95, -1, -2n, 10n, 2n ** 63n, -(2n ** 64n - 1n));

function call<T extends readonly unknown[]>(
  name: string,
  args: { readonly [I in keyof T]: fc.Arbitrary<T[I]> },
  on: (cache: Cache, ...args: T) => Promise<unknown>,
): fc.Arbitrary<Call> {
  return fc.tuple(...(args as unknown as fc.Arbitrary<unknown>[])).map((drawn) => ({
    name: `${name}(${fc.stringify(drawn).slice(1, -1)})`,
    on: (cache) => on(cache, ...(drawn as unknown as T)),
  }));
}

const calls = fc.array(
  fc.oneof(
    call('get', [key, version], (cache, k, v) => cache.get(k, 'none', { version: v })),
    call('has', [key], (cache, k) => cache.has(k)),
    call('getMany', [version], (cache, v) => cache.getMany(['a', 'b', 'missing'], { version: v })),
    call('set', [key, value, ttl], (cache, k, given, t) => cache.set(k, given, { ttl: t })),
    call('add', [key, value, ttl], (cache, k, given, t) => cache.add(k, given, { ttl: t })),
    call('setMany', [value, value, ttl], (cache, a, b, t) => cache.setMany({ a, b }, { ttl: t })),
    call('getOrSet', [key, value], (cache, k, given) => cache.getOrSet(k, () => given)),
    call('touch', [key, ttl], (cache, k, t) => cache.touch(k, t)),
    call('delete', [key], (cache, k) => cache.delete(k)),
    call('deleteMany', [key], (cache, k) => cache.deleteMany([k, 'b'])),
    call('decr by 1', [key], (cache, k) => cache.decr(k)),
    call('incr', [key, delta], (cache, k, d) => cache.incr(k, d)),
    call('decr', [key, delta], (cache, k, d) => cache.decr(k, d)),
    call('incr with initial', [key, delta, ttl], (cache, k, d, t) =>
      cache.incr(k, d, { initial: 10, ttl: t }),
    ),
    call('incrVersion', [key, version], (cache, k, v) => cache.incrVersion(k, 1, { version: v })),
    call('decrVersion', [key, version], (cache, k, v) => cache.decrVersion(k, 1, { version: v })),
  ),
  { minLength: 1, maxLength: 30 },
);

let server: Awaited<ReturnType<typeof startMemcached>> | undefined;
let remote: Cache | undefined;
const local = createCache({ backend: 'memory', location: 'differential' });

beforeAll(async () => {
  server = await startMemcached();
  remote = createCache({
    backend: 'memcached',
    location: `127.0.0.1:${server.port}`,
    options: { requestTimeoutMs: 5_000 },
  });
});
afterAll(async () => {
  await remote?.close();
  await local.close();
  await server?.stop();
});

async function outcomes(cache: Cache, list: readonly Call[]): Promise<unknown[]> {
  await cache.clear();
  const seen: unknown[] = [];
  for (const { name, on } of list) {
    const outcome = await on(cache).catch((error: Error) => `rejects with ${error.name}`);
    seen.push([name, withoutSpaces(outcome)]);
  }
  return seen;
}

/**
 * Counters of text and bytes end in spaces after they got shorter; on memcached not where its own upkeep
 * holds the item at that moment. No value drawn ends in spaces by itself.
 */
function withoutSpaces(outcome: unknown): unknown {
  if (typeof outcome === 'string') return outcome.trimEnd();
  if (Buffer.isBuffer(outcome)) return Buffer.from(outcome.toString('latin1').trimEnd(), 'latin1');
  if (!(outcome instanceof Map)) return outcome;
  return [...outcome].map(([key, value]) => [key, withoutSpaces(value)]);
}

test('any calls have the same outcomes', async () => {
  await fc.assert(
    fc.asyncProperty(calls, async (list) => {
      if (remote === undefined) throw new Error('memcached does not run');
      expect(await outcomes(local, list)).toEqual(await outcomes(remote, list));
    }),
    { numRuns: 1000 },
  );
});
