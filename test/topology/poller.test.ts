import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Poller } from '../../src/topology/poller.ts';

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
});

afterEach(() => {
  vi.useRealTimers();
});

function pollerOf(poll: () => Promise<void>): { poller: Poller; poll: ReturnType<typeof vi.fn> } {
  const spy = vi.fn(poll);
  return { poller: new Poller({ intervalMs: 60_000, poll: spy }), poll: spy };
}

test('looks periodically, the first time within the first interval', async () => {
  const { poller, poll } = pollerOf(async () => undefined);
  await poller.run();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(poll).toHaveBeenCalledTimes(2);
  await vi.advanceTimersByTimeAsync(72_000);
  expect(poll.mock.calls.length).toBeGreaterThanOrEqual(3);
  poller.close();
});

test('has one look under way, which callers share', async () => {
  let finish = (): void => undefined;
  const { poller, poll } = pollerOf(() => new Promise((resolve) => (finish = resolve)));
  const runs = [poller.run(), poller.run()];
  expect(poll).toHaveBeenCalledTimes(1);
  finish();
  await Promise.all(runs);
  poller.close();
});

test('looks anew after the look under way, once for all who ask', async () => {
  const finishes: (() => void)[] = [];
  const { poller, poll } = pollerOf(() => new Promise((resolve) => finishes.push(resolve)));
  const first = poller.run();
  const anew = [poller.runAnew(), poller.runAnew()];
  finishes[0]?.();
  await first;
  await vi.advanceTimersByTimeAsync(0);
  expect(poll).toHaveBeenCalledTimes(2);
  finishes[1]?.();
  await Promise.all(anew);
  poller.close();
});

test('looks again soon after a failure, later after each, and for ever', async () => {
  const { poller, poll } = pollerOf(() => Promise.reject(new Error('away')));
  await expect(poller.run()).rejects.toThrow('away');
  expect(poller.failures).toBe(1);
  await vi.advanceTimersByTimeAsync(1_600);
  expect(poll.mock.calls.length).toBeGreaterThanOrEqual(2);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(poll.mock.calls.length).toBeGreaterThan(600_000 / 16_000);
  poller.close();
});

test('looks within a second after trouble, but not more often than every five', async () => {
  const { poller, poll } = pollerOf(async () => undefined);
  await poller.run();
  await vi.advanceTimersByTimeAsync(5_000);
  const before = poll.mock.calls.length;
  poller.trouble();
  poller.trouble();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(poll.mock.calls.length).toBe(before + 1);
  for (let i = 0; i < 10; i++) poller.trouble();
  await vi.advanceTimersByTimeAsync(3_900);
  expect(poll.mock.calls.length).toBe(before + 1);
  poller.close();
});

test('looks no more once closed, and tells the look under way', async () => {
  let aborted: unknown;
  const poller = new Poller({
    intervalMs: 1_000,
    poll: async (signal) => {
      signal.addEventListener('abort', () => {
        aborted = signal.reason;
      });
    },
  });
  await poller.run();
  poller.close();
  poller.trouble();
  poller.again(10);
  expect(aborted).toMatchObject({ code: 'ERR_MEMFLEET_CLOSED' });
  expect(vi.getTimerCount()).toBe(0);
});

test('does not forget trouble while a look is under way, which may have asked already', async () => {
  const finishes: (() => void)[] = [];
  const { poller, poll } = pollerOf(() => new Promise((resolve) => finishes.push(resolve)));
  const first = poller.run();
  poller.trouble();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(poll).toHaveBeenCalledTimes(1);
  finishes[0]?.();
  await first;
  await vi.advanceTimersByTimeAsync(0);
  expect(poll).toHaveBeenCalledTimes(2);
  finishes[1]?.();
  await vi.advanceTimersByTimeAsync(0);
  poller.close();
});

test('keeps its pace when the clock is set forth or back', async () => {
  const { poller, poll } = pollerOf(async () => undefined);
  await poller.run();
  for (const jumpMs of [3_600_000, -7_200_000]) {
    const before = poll.mock.calls.length;
    vi.setSystemTime(Date.now() + jumpMs);
    poller.trouble();
    await vi.advanceTimersByTimeAsync(4_900);
    expect(poll.mock.calls.length - before).toBe(0);
    await vi.advanceTimersByTimeAsync(1_100);
    expect(poll.mock.calls.length - before).toBe(1);
  }
  poller.close();
});

describe('two hundred clients', () => {
  const COUNT = 200;

  /** A sequence of its own for each run of the test: the same ones every time. */
  function seeded(seed: number): () => number {
    let state = seed;
    return () => {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    };
  }

  interface Crowd {
    readonly pollers: readonly Poller[];
    /** When each look was, in milliseconds from the common start. */
    readonly looks: readonly number[];
  }

  function startAll(isUp: (atMs: number) => boolean = () => true): Crowd {
    vi.spyOn(Math, 'random').mockImplementation(seeded(7));
    const startedAt = performance.now();
    const looks: number[] = [];
    const poll = async (): Promise<void> => {
      const at = performance.now() - startedAt;
      looks.push(at);
      if (!isUp(at)) throw new Error('away');
    };
    const pollers = Array.from({ length: COUNT }, () => new Poller({ intervalMs: 60_000, poll }));
    for (const poller of pollers) poller.start();
    return { pollers, looks };
  }

  function end({ pollers }: Crowd): void {
    for (const poller of pollers) poller.close();
  }

  /** The fullest piece of `[fromMs, toMs)`, relative to the mean of all pieces. */
  function crowding({ looks }: Crowd, fromMs: number, toMs: number, pieceMs: number): number {
    const pieces = new Array<number>(Math.round((toMs - fromMs) / pieceMs)).fill(0);
    for (const at of looks) {
      const piece = Math.floor((at - fromMs) / pieceMs);
      if (at >= fromMs && piece < pieces.length) pieces[piece] = (pieces[piece] ?? 0) + 1;
    }
    const total = pieces.reduce((sum, each) => sum + each, 0);
    expect(total).toBeGreaterThan(COUNT / 2);
    return Math.max(...pieces) / (total / pieces.length);
  }

  test('that start together do not look in step afterwards', async () => {
    const crowd = startAll();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(crowding(crowd, 1, 60_001, 5_000)).toBeLessThan(3);
    expect(crowding(crowd, 60_001, 600_001, 5_000)).toBeLessThan(3);
    end(crowd);
  });

  test('do not come all at once to an endpoint that was away', async () => {
    const crowd = startAll((atMs) => atMs >= 60_000);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(crowding(crowd, 60_000, 75_000, 1_000)).toBeLessThan(3);
    end(crowd);
  });

  test('that trouble hits at once look within a second, spread over it', async () => {
    const crowd = startAll();
    await vi.advanceTimersByTimeAsync(30_000);
    for (const poller of crowd.pollers) poller.trouble();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(crowding(crowd, 30_000, 31_000, 100)).toBeLessThan(3);
    end(crowd);
  });

  test('of which trouble hits one again and again see it every five seconds at most, twelve times a minute', async () => {
    vi.spyOn(Math, 'random').mockImplementation(seeded(8));
    const looks: number[] = [];
    const poller = new Poller({
      intervalMs: 3_600_000,
      poll: async () => {
        looks.push(performance.now());
      },
    });
    await poller.run();
    for (let passedMs = 0; passedMs < 300_000; passedMs += 100) {
      poller.trouble();
      await vi.advanceTimersByTimeAsync(100);
    }
    poller.close();
    const gaps = looks.slice(1).map((at, i) => at - (looks[i] ?? 0));
    expect(gaps.length).toBeGreaterThan(40);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(5_000);
    for (const at of looks) {
      expect(looks.filter((other) => other >= at && other < at + 60_000).length).toBeLessThanOrEqual(12);
    }
  });
});
