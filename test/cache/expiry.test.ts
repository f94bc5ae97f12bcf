import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Cache } from '../../src/index.ts';
import { standOn, subjects } from './subject.ts';

/** All subjects wait at once: servers count whole seconds, and a second of theirs may take two. */
describe.concurrent.each(subjects)('$name', (subject) => {
  const ground = standOn(subject);

  test('what has a ttl of a second goes, by whatever it was stored; what was touched stays', async () => {
    const { cache } = ground;
    const ttl = 1;
    const short = ground.open({ ttl });
    await cache.set('set', 1, { ttl });
    await cache.set('fraction', 1, { ttl: 0.5 });
    await cache.set('words', 1, { ttl: '1s' });
    await cache.add('added', 1, { ttl });
    await cache.setMany({ many: 1 }, { ttl });
    await cache.getOrSet('made', 1, { ttl });
    await cache.incr('counter', 1, { initial: 1, ttl });
    await cache.set('counted', 1, { ttl });
    await cache.incr('counted');
    await short.set('default', 1);
    await cache.set('shortened', 1);
    await cache.touch('shortened', ttl);
    // A second of theirs may be over at once; what must live until the next call has two.
    await cache.set('moved', 1, { ttl: 2 });
    await cache.incrVersion('moved');

    await cache.set('kept', 1, { ttl: 2 });
    await cache.touch('kept', null);
    await cache.set('lengthened', 1, { ttl: 2 });
    await cache.touch('lengthened');
    await cache.set('forever', 1, { ttl: null });
    await cache.incrVersion('forever');
    await cache.set('last', 1, { ttl: 2 });

    const going = [
      'set',
      'fraction',
      'words',
      'added',
      'many',
      'made',
      'counter',
      'counted',
      'default',
      'shortened',
    ];
    await untilGone(cache, going);
    await untilGone(cache, ['last']);
    if (subject.tellsTtl) await untilGone(cache, ['moved'], 2);
    for (const key of going) expect(await cache.has(key)).toBe(false);
    expect(await cache.add('set', 'next')).toBe(true);
    expect((await cache.getMany(['kept', 'lengthened'])).size).toBe(2);
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
