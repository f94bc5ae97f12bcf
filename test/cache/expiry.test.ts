import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Cache } from '../../src/index.ts';
import { standOn, subjects } from './subject.ts';

/** All subjects wait at once: servers count whole seconds, and a second of theirs may take two. */
describe.concurrent.each(subjects)('$name', (subject) => {
  const ground = standOn(subject);

  test('what has a ttl of a second goes, however it came by it; what has none stays', async () => {
    const { cache } = ground;
    const ttl = 1;
    const short = ground.open({ ttl });
    await cache.set('words', 1, { ttl: '1s' });
    await cache.getOrSet('made', 1, { ttl });
    await short.set('default', 1);
    await cache.set('shortened', 1);
    await short.touch('shortened');
    // A second of theirs may be over at once; what must live until the next call has two.
    await cache.set('moved', 1, { ttl: 2 });
    await cache.incrVersion('moved');

    await cache.set('lengthened', 1, { ttl: 2 });
    await cache.touch('lengthened');
    await cache.set('forever', 1, { ttl: null });
    await cache.incrVersion('forever');
    await cache.set('last', 1, { ttl: 2 });

    await untilGone(cache, ['words', 'made', 'default', 'shortened', 'last']);
    if (subject.tellsTtl) await untilGone(cache, ['moved'], 2);
    expect(await cache.has('default')).toBe(false);
    expect(await cache.add('default', 'next')).toBe(true);
    expect(await cache.getOrSet('made', () => 'anew')).toBe('anew');
    expect(await cache.get('lengthened')).toBe(1);
    const moved = await cache.getMany(['moved', 'forever'], { version: 2 });
    // A server that tells no ttl leaves the default one.
    expect([...moved.keys()]).toEqual(subject.tellsTtl ? ['forever'] : ['moved', 'forever']);
  });
});

async function untilGone(cache: Cache, keys: readonly string[], version = 1): Promise<void> {
  for (let tries = 0; (await cache.getMany(keys, { version })).size > 0; tries++) {
    if (tries === 100) throw new Error('Nothing expired within ten seconds');
    await sleep(100);
  }
}
