/** The backends of our own keep the contract that is published for those of others. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resolveCacheConfig } from '../../src/cache/resolve-cache-config.ts';
import type { CacheBackend, CacheConfig } from '../../src/index.ts';
import { cacheBackendTestSuite } from '../../src/testing/index.ts';
import { type Place, subjects } from './subject.ts';

/** Above the 1 MiB of memcached and the `maxBytes` of the memory store. */
const TOO_LARGE = 'x'.repeat(3 * 1024 * 1024);

function openBackend(config: CacheConfig): CacheBackend {
  return resolveCacheConfig(config).open();
}

describe.each(subjects)('$name', (subject) => {
  let place: Place | undefined;
  beforeAll(async () => {
    place = await subject.start();
  });
  afterAll(() => place?.stop());

  const open = (): CacheBackend => {
    if (place === undefined) throw new Error('The subject does not run');
    return openBackend(place.config);
  };
  for (const { name, run } of cacheBackendTestSuite(open, { tooLarge: TOO_LARGE })) test(name, run);
});

describe('dummy, which keeps nothing', () => {
  test.each(
    cacheBackendTestSuite(() => openBackend({ backend: 'dummy' })).map((each) => [each.name, each] as const),
  )('passes the cases that read nothing back, and no other: %s', async (_name, { readsBack, run }) => {
    if (readsBack) await expect(run()).rejects.toThrow();
    else await run();
  });
});
