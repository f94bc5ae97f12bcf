import { describe, expect, test, vi } from 'vitest';
import { runScript } from '../harness/script-process.ts';
import { fleetOf, fleetSubjects } from './fleet.ts';

const KILLED = `
const cache = createCache({ backend: 'memcached', location: args[0], options: JSON.parse(args[1]) });
await cache.getOrSet(args[2], () => process.kill(process.pid, 'SIGKILL'));
`;
const WAIT_MS = 300;
const subjects = fleetSubjects.filter(({ name }) => ['memcached, meta', 'memcached, classic'].includes(name));

describe.each(subjects)('a process that is killed in its factory, on $name', (subject) => {
  const fleet = fleetOf(subject);

  test('delays the others by waitMs, once', async () => {
    const key = fleet.key();
    const ended = await runScript(KILLED, [fleet.location, JSON.stringify(subject.options), key]);
    expect(ended).toEqual({ code: null, timedOut: false, output: '' });
    const caches = [fleet.open(), fleet.open()];
    const factory = vi.fn(() => 'made');
    const begun = performance.now();
    const calls = caches.flatMap((cache) =>
      Array.from({ length: 20 }, () => cache.getOrSet(key, factory, { waitMs: WAIT_MS })),
    );
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['made']));
    expect(performance.now() - begun).toBeGreaterThan(WAIT_MS - 10);
    // Each process that has waited computes.
    expect(factory.mock.calls.length).toBeLessThanOrEqual(caches.length);
    const never = vi.fn(() => 'not called');
    expect(await fleet.open().getOrSet(key, never)).toBe('made');
    expect(await caches[0]?.delete(key)).toBe(true);
    // Nothing is left of its lease.
    expect(await fleet.open().getOrSet(key, () => 'next', { waitMs: 60_000 })).toBe('next');
  });
});
