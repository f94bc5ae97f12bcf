import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { EntryStore } from '../../../src/cache/entry-store.ts';
import { Markers } from '../../../src/cache/namespace/markers.ts';
import { ReplacingStore } from '../../../src/cache/replacing-store.ts';
import { type Cache, ConnectionError, createCache, NodeDownError } from '../../../src/index.ts';
import { hold } from '../held-calls.ts';
import { MapBackend } from '../map-backend.ts';

const MARKER = ':0:users~';
const failure = new ConnectionError('broke');

let backend = new MapBackend();

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  backend = new MapBackend();
});

afterEach(() => {
  vi.useRealTimers();
});

/** A process of its own, as far as a cache goes. */
function open(generationTtl = 1): { readonly cache: Cache; readonly users: Cache } {
  const cache = createCache({ backend, generationTtl });
  return { cache, users: cache.namespace('users') };
}

/** How often the marker was read since. */
function countReads(): () => number {
  const get = vi.spyOn(backend, 'get');
  return () => get.mock.calls.filter(([key]) => key === MARKER).length;
}

/** A generation made so many milliseconds after another. */
function laterThan(generation: unknown, ms: number): string {
  const timeMs = Number.parseInt((generation as string).slice(0, -8), 36);
  return `${(timeMs + ms).toString(36)}abcdefgh`;
}

describe('a generation', () => {
  test('that was read holds for generationTtl, and is read once in it', async () => {
    const { cache, users } = open();
    await users.set('key', 1);
    const reads = countReads();
    for (let ms = 0; ms < 1_000; ms += 333) {
      expect(await users.get('key')).toBe(1);
      expect(await cache.namespace('users').get('key')).toBe(1);
      vi.advanceTimersByTime(333);
    }
    expect(reads()).toBe(0);
    vi.advanceTimersByTime(1);
    await Promise.all([users.get('key'), cache.namespace('users').get('key'), users.set('key', 2)]);
    expect(reads()).toBe(1);
  });

  test('that another process makes is in force here by then', async () => {
    const { users } = open();
    const { users: theirs } = open();
    await users.set('key', 'old');
    await theirs.get('key');
    await users.clear();
    expect(await users.has('key')).toBe(false);
    vi.advanceTimersByTime(999);
    expect(await theirs.get('key')).toBe('old');
    vi.advanceTimersByTime(1);
    expect(await theirs.get('key')).toBeUndefined();
  });

  test('counts from when it was asked for: a slow reply is not news', async () => {
    const { users } = open();
    const reply = hold(backend, ['add'], 'answered');
    const early = users.get('key');
    await reply.made;
    vi.advanceTimersByTime(900);
    reply.release();
    await early;
    const reads = countReads();
    vi.advanceTimersByTime(99);
    await users.get('key');
    expect(reads()).toBe(0);
    vi.advanceTimersByTime(1);
    await users.get('key');
    expect(reads()).toBe(1);
  });

  test('that is asked for since longer than generationTtl is asked for again', async () => {
    const { users } = open();
    await users.set('key', 'old');
    vi.advanceTimersByTime(1_000);
    const reply = hold(backend, ['get'], 'answered');
    const early = users.get('key');
    await reply.made;
    await open().users.clear();
    vi.advanceTimersByTime(1_000);
    const late = users.get('key');
    reply.release();
    expect(await early).toBe('old');
    expect(await late).toBeUndefined();
  });

  test('is of characters that any key may have, and never the same', async () => {
    const { users } = open();
    const seen = new Set<unknown>();
    for (let round = 0; round < 50; round++) {
      await users.clear();
      seen.add(backend.values.get(MARKER));
    }
    expect(seen.size).toBe(50);
    for (const generation of seen) expect(generation).toMatch(/^[0-9a-z]{16}$/);
    expect([...seen]).toEqual([...seen].sort());
  });

  test('that others made with a clock ahead is followed by younger ones', async () => {
    const { users } = open();
    await users.get('key');
    const ahead = laterThan(backend.values.get(MARKER), 86_400_000);
    backend.values.set(MARKER, ahead);
    vi.advanceTimersByTime(1_000);
    await users.get('key');
    await users.clear();
    expect(String(backend.values.get(MARKER)) > ahead).toBe(true);
  });
});

describe('a marker', () => {
  test('that is gone is made anew, and what was there does not come back', async () => {
    const { users } = open();
    const { users: theirs } = open();
    await users.set('key', 'old');
    await theirs.get('key');
    const old = backend.values.get(MARKER);
    backend.values.delete(MARKER);
    vi.advanceTimersByTime(1_000);
    expect(await Promise.all([users.get('key'), theirs.get('key')])).toEqual([undefined, undefined]);
    expect(backend.values.get(MARKER)).not.toBe(old);
    await users.set('key', 'new');
    expect(await theirs.get('key')).toBe('new');
  });

  test('that an older one takes the place of, as on a node that comes back, is written anew', async () => {
    const { users } = open();
    await users.set('key', 'old');
    const old = backend.values.get(MARKER);
    await users.clear();
    backend.values.set(MARKER, old);
    vi.advanceTimersByTime(1_000);
    expect(await users.get('key')).toBeUndefined();
    expect(await open().users.get('key')).toBeUndefined();
    expect(backend.values.get(MARKER)).not.toBe(old);
  });

  test('of another process that cleared in the same millisecond is taken', async () => {
    const { users } = open();
    await users.clear();
    const same = laterThan(backend.values.get(MARKER), 0);
    backend.values.set(MARKER, same);
    vi.advanceTimersByTime(1_000);
    await users.get('key');
    expect(backend.values.get(MARKER)).toBe(same);
  });

  test.each([5, null, '', 'word', 'with spaces in it', 'x'.repeat(40), { a: 1 }])(
    'that holds %j is written anew',
    async (value) => {
      backend.values.set(MARKER, value);
      const { users } = open();
      await users.set('key', 1);
      expect(backend.values.get(MARKER)).toMatch(/^[0-9a-z]{16}$/);
      expect(await open().users.get('key')).toBe(1);
    },
  );

  test('may be read as bytes', async () => {
    const { users } = open();
    await users.set('key', 1);
    backend.values.set(MARKER, Buffer.from(String(backend.values.get(MARKER))));
    expect(await open().users.get('key')).toBe(1);
  });

  test('that two make at once is the one of the first', async () => {
    const { users } = open();
    const { users: theirs } = open();
    const reply = hold(backend, ['get'], 'answered');
    const [mine, other] = [users.set('key', 1), theirs.set('other', 2)];
    await reply.made;
    reply.release();
    await Promise.all([mine, other]);
    expect(await users.get('other')).toBe(2);
    expect(await theirs.get('key')).toBe(1);
  });

  test('that cannot be read fails the calls, and is read again by the next', async () => {
    const { users } = open();
    const get = vi.spyOn(backend, 'get').mockRejectedValue(failure);
    for (const call of [
      () => users.get('key'),
      () => users.getMany(['key']),
      () => users.set('key', 1),
      () => users.incr('key'),
      () => users.namespace('inner').delete('key'),
      () => users.namespace('inner').clear(),
    ]) {
      await expect(call()).rejects.toBe(failure);
    }
    get.mockRestore();
    expect(await users.set('key', 1)).toBe(true);
  });

  test('that a stand-in is to have, which takes no add, is set there', async () => {
    vi.spyOn(backend, 'add').mockRejectedValue(new NodeDownError('down'));
    const { users } = open();
    expect(await users.set('key', 1)).toBe(true);
    expect(await open().users.get('key')).toBe(1);
  });

  test('that cannot be made fails the calls', async () => {
    vi.spyOn(backend, 'add').mockRejectedValue(failure);
    await expect(open().users.set('key', 1)).rejects.toBe(failure);
    expect(backend.values.size).toBe(0);
  });
});

describe('a clear', () => {
  test('holds from when it is called, for what is called after it', async () => {
    const { users } = open();
    await users.set('key', 'old');
    vi.advanceTimersByTime(1_000);
    const write = hold(backend, ['set'], 'done');
    const clearing = users.clear();
    const found = users.get('key');
    await write.made;
    write.release();
    expect(await found).toBeUndefined();
    await clearing;
    expect(vi.mocked(backend.set)).toHaveBeenCalledTimes(1);
  });

  test('is not undone by a reading of before it', async () => {
    const { cache, users } = open();
    await users.set('key', 'old');
    vi.advanceTimersByTime(1_000);
    const reply = hold(backend, ['get'], 'answered');
    const early = users.get('key');
    await reply.made;
    await users.clear();
    const generation = backend.values.get(MARKER);
    reply.release();
    expect(await early).toBe('old');
    expect(await users.get('key')).toBeUndefined();
    expect(await cache.namespace('users').get('key')).toBeUndefined();
    expect(backend.values.get(MARKER)).toBe(generation);
  });

  test('that fails rejects, and is made good by this process when the marker can be written', async () => {
    const { users } = open();
    await users.set('key', 'old');
    const set = vi.spyOn(backend, 'set').mockRejectedValue(failure);
    const deleteMany = vi.spyOn(backend, 'deleteMany').mockRejectedValue(failure);
    await expect(users.clear()).rejects.toBe(failure);
    // Nobody else knows of it, but this process does not go back.
    expect(await open().users.get('key')).toBe('old');
    await expect(users.get('key')).rejects.toBe(failure);
    set.mockRestore();
    deleteMany.mockRestore();
    expect(await users.get('key')).toBeUndefined();
    expect(await open().users.get('key')).toBeUndefined();
  });

  test('that fails drops the marker where that can be done, which clears too', async () => {
    const { users } = open();
    await users.set('key', 'old');
    vi.spyOn(backend, 'set').mockRejectedValueOnce(failure);
    await expect(users.clear()).rejects.toBe(failure);
    expect(backend.values.has(MARKER)).toBe(false);
    expect(await open().users.get('key')).toBeUndefined();
    expect(await users.get('key')).toBeUndefined();
  });

  test('of the whole cache takes what was read of markers while it went on', async () => {
    const { cache, users } = open(60);
    const clear = hold(backend, ['clear'], 'done');
    const clearing = cache.clear();
    await clear.made;
    await users.set('key', 'old');
    clear.release();
    await clearing;
    await users.set('key', 'new');
    expect(await open().users.get('key')).toBe('new');
  });

  test('of two at once leaves both processes with one generation', async () => {
    const { users } = open();
    const { users: theirs } = open();
    await users.set('key', 'old');
    await theirs.get('key');
    for (let round = 0; round < 5; round++) {
      await Promise.all([users.clear(), theirs.clear()]);
      // Whoever finds that its own was overtaken by an older one makes another.
      for (const place of [users, theirs, users, theirs]) {
        vi.advanceTimersByTime(1_000);
        await place.get('key');
      }
      await users.set('key', round);
      expect(await theirs.get('key')).toBe(round);
    }
  });

  test('of two at once in one process leaves the last', async () => {
    const { users } = open();
    await Promise.all([users.clear(), users.clear()]);
    await users.set('key', 1);
    expect(await open().users.get('key')).toBe(1);
  });
});

describe('calls that wait for a generation', () => {
  test('keep their order, also with those that need not wait any more', async () => {
    const { users } = open();
    await users.set('key', 0);
    for (let microtasks = 0; microtasks < 30; microtasks++) {
      vi.advanceTimersByTime(1_000);
      const reply = hold(backend, ['get'], 'answered');
      const first = users.set('key', 'first');
      await reply.made;
      vi.restoreAllMocks();
      reply.release();
      for (let passed = 0; passed < microtasks; passed++) await undefined;
      await Promise.all([users.set('key', 'second'), first]);
      expect(await users.get('key')).toBe('second');
    }
  });

  test('store values as they were given', async () => {
    const { users } = open();
    const value = { list: [1] };
    const calls = [users.set('set', value), users.add('add', value), users.setMany({ many: value })];
    value.list.push(2);
    await Promise.all(calls);
    for (const key of ['set', 'add', 'many']) expect(await users.get(key)).toEqual({ list: [1] });
  });

  test('take the keys as they were given', async () => {
    const { users } = open();
    await users.setMany({ a: 1, b: 2 });
    vi.advanceTimersByTime(1_000);
    const keys = ['a'];
    const found = users.getMany(keys);
    keys.push('b');
    expect((await found).size).toBe(1);
  });

  test('stay with the one they got: what is computed from before a clear is not found after it', async () => {
    const { users } = open();
    const { users: theirs } = open();
    const made = await users.getOrSet('key', async () => {
      await theirs.clear();
      vi.advanceTimersByTime(1_000);
      return 'of old data';
    });
    expect(made).toBe('of old data');
    expect(await users.get('key')).toBeUndefined();
    expect(await theirs.get('key')).toBeUndefined();
  });
});

describe('what is known of markers', () => {
  function markers(): Markers {
    return new Markers({
      entries: new EntryStore(backend),
      replacing: new ReplacingStore(backend),
      ttlMs: 60_000,
    });
  }

  test('is shared, and forgotten past ten thousand, the oldest first', async () => {
    const known = markers();
    const [first, second] = [known.of('first'), known.of('second')];
    await Promise.all([first.ready(), second.ready()]);
    await new Promise((resolve) => setImmediate(resolve));
    for (let other = 2; other < 10_000; other++) known.of(`other:${other}`);
    expect(known.of('first')).toBe(first);
    known.of('one more');
    expect(known.of('second')).toBe(second);
    expect(known.of('first')).not.toBe(first);
  });

  test('is not forgotten while one is read or written', async () => {
    const known = markers();
    const calls = hold(backend, ['get', 'set'], 'done');
    const [read, written, idle] = [known.of('read'), known.of('written'), known.of('idle')];
    const pending = [read.ready(), written.renew()];
    for (let other = 3; other < 10_001; other++) known.of(`other:${other}`);
    expect(known.of('read')).toBe(read);
    expect(known.of('written')).toBe(written);
    expect(known.of('idle')).not.toBe(idle);
    calls.release();
    await Promise.all(pending);
  });
});
