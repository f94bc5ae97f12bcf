/** Callers, factories and deletions of a few keys, all at once. */
import { describe, expect, test } from 'vitest';
import { type Cache, FactoryError, type GetOrSetOptions } from '../../src/index.ts';
import { fleetOf, fleetSubjects } from './fleet.ts';

const CALLERS = 24;
const ROUNDS = 60;
const FRESHNESS: readonly GetOrSetOptions[] = [
  {},
  { staleWhileRevalidate: 5 },
  { refreshAhead: 300 },
  { waitMs: 3 },
];

const below = (end: number): number => Math.floor(Math.random() * end);
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, below(4)));

/** What keys are made of, and how old a value may be that is found under one. */
class Source {
  readonly #versions = new Map<string, number>();
  readonly #oldest = new Map<string, number>();
  readonly tooOld: string[] = [];

  async make(key: string): Promise<number> {
    const version = this.#versions.get(key) ?? 0;
    await pause();
    if (below(10) === 0) throw new Error('The source is down');
    return version;
  }

  async change(key: string, invalidate: () => Promise<unknown>): Promise<void> {
    const version = (this.#versions.get(key) ?? 0) + 1;
    this.#versions.set(key, version);
    await invalidate();
    this.#oldest.set(key, Math.max(version, this.#oldest.get(key) ?? 0));
  }

  async read(key: string, verb: string, call: () => Promise<number | undefined>): Promise<void> {
    const oldest = this.#oldest.get(key) ?? 0;
    const version = await call().catch((error: unknown) => {
      if (!(error instanceof FactoryError)) throw error;
      return undefined;
    });
    if (version !== undefined && version < oldest) this.tooOld.push(`${verb}: ${version}, not ${oldest}`);
  }
}

async function calls(
  caches: readonly Cache[],
  source: Source,
  keys: readonly string[],
  leases: readonly GetOrSetOptions['lease'][],
): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const cache = caches[below(caches.length)] as Cache;
    const key = keys[below(keys.length)] as string;
    const kind = below(100);
    if (kind < 55) {
      const [lease = 'fleet', freshness] = [leases[below(leases.length)], FRESHNESS[below(FRESHNESS.length)]];
      const options = { lease, ttl: 1 + below(2), ...freshness };
      await source.read(key, 'getOrSet', () => cache.getOrSet(key, () => source.make(key), options));
    } else if (kind < 85) await source.read(key, 'get', () => cache.get<number>(key));
    else await source.change(key, () => (below(2) === 0 ? cache.delete(key) : cache.deleteMany([key])));
    await pause();
  }
}

describe.each(fleetSubjects)('after a deletion nothing older is found on $name', (subject) => {
  const fleet = fleetOf(subject);

  async function tooOld(
    caches: readonly Cache[],
    leases: readonly GetOrSetOptions['lease'][],
  ): Promise<string[]> {
    const source = new Source();
    const keys = [fleet.key(), fleet.key(), fleet.key()];
    await Promise.all(Array.from({ length: CALLERS }, () => calls(caches, source, keys, leases)));
    return source.tooOld;
  }

  test('by one process, whatever its leases', async () => {
    expect(await tooOld([fleet.open()], ['fleet', 'process', 'off'])).toEqual([]);
  });

  // A lease of its own and a value cannot be written in one step: another process may see both for a moment.
  if (subject.leaseKey === 'inline') {
    test('by several processes', async () => {
      expect(await tooOld([fleet.open(), fleet.open(), fleet.open()], ['fleet'])).toEqual([]);
    });
  }
});
