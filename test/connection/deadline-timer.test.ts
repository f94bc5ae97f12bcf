import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DeadlineTimer } from '../../src/connection/deadline-timer.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const GRACE_MS = 300;

/** Looks, to ten milliseconds after the start: fake immediates take a little time too. */
function timerOf(next: () => number): { timer: DeadlineTimer; looks: number[]; start: number } {
  const start = performance.now();
  const looks: number[] = [];
  const timer = new DeadlineTimer((now) => {
    looks.push(Math.floor((now - start) / 10) * 10);
    return next();
  }, GRACE_MS);
  return { timer, looks, start };
}

test('looks when the earliest deadline passes, with one timer for all', async () => {
  const { timer, looks, start } = timerOf(() => Number.POSITIVE_INFINITY);
  timer.watch(start + 100, start);
  timer.watch(start + 50, start);
  timer.watch(start + 200, start);
  expect(vi.getTimerCount()).toBe(1);
  await vi.advanceTimersByTimeAsync(49);
  expect(looks).toEqual([]);
  await vi.advanceTimersByTimeAsync(5);
  expect(looks).toEqual([50]);
  expect(vi.getTimerCount()).toBe(0);
});

test('looks again at the next deadline it is told', async () => {
  const deadlines: number[] = [];
  const { timer, looks, start } = timerOf(() => deadlines.shift() ?? Number.POSITIVE_INFINITY);
  deadlines.push(start + 80);
  timer.watch(start + 50, start);
  await vi.advanceTimersByTimeAsync(200);
  expect(looks).toEqual([50, 80]);
});

test('lets sockets be read once before it looks', async () => {
  const { timer, looks, start } = timerOf(() => Number.POSITIVE_INFINITY);
  timer.watch(start + 10, start);
  vi.advanceTimersByTime(9);
  vi.advanceTimersToNextTimer();
  expect(looks, 'an immediate comes between').toEqual([]);
  vi.advanceTimersToNextTimer();
  expect(looks).toHaveLength(1);
});

test('gives what was due in a pause of the process some more time, once', async () => {
  const { timer, looks, start } = timerOf(() => Number.POSITIVE_INFINITY);
  let pausedMs = 0;
  const now = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => now() + pausedMs);
  timer.watch(start + 50, start);
  pausedMs = 5_000;
  await vi.advanceTimersByTimeAsync(50 + GRACE_MS - 1);
  expect(looks).toEqual([]);
  pausedMs = 10_000;
  await vi.advanceTimersByTimeAsync(10);
  expect(looks).toHaveLength(1);
});

test('never looks once cleared', async () => {
  const { timer, looks, start } = timerOf(() => Number.POSITIVE_INFINITY);
  timer.watch(start + 10, start);
  timer.clear();
  expect(vi.getTimerCount()).toBe(0);
  await vi.advanceTimersByTimeAsync(100);
  expect(looks).toEqual([]);
});

test('no deadline is no timer', () => {
  const { timer, start } = timerOf(() => Number.POSITIVE_INFINITY);
  timer.watch(Number.POSITIVE_INFINITY, start);
  expect(vi.getTimerCount()).toBe(0);
});
