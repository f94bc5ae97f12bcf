import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PatientTimer } from '../../src/common/patient-timer.ts';

let pausedMs = 0;

beforeEach(() => {
  vi.useFakeTimers();
  pausedMs = 0;
  const now = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => now() + pausedMs);
});

afterEach(() => {
  vi.useRealTimers();
});

test('fires when its time is over, after what has arrived is read', async () => {
  const due = vi.fn();
  new PatientTimer(100, due);
  await vi.advanceTimersByTimeAsync(99);
  expect(due).not.toHaveBeenCalled();
  vi.advanceTimersToNextTimer();
  expect(due, 'an immediate comes between').not.toHaveBeenCalled();
  vi.advanceTimersToNextTimer();
  expect(due).toHaveBeenCalledTimes(1);
});

test('gives its time once more where the process was paused, and once only', async () => {
  const due = vi.fn();
  new PatientTimer(100, due);
  await vi.advanceTimersByTimeAsync(50);
  pausedMs += 90_000;
  await vi.advanceTimersByTimeAsync(149);
  expect(due).not.toHaveBeenCalled();
  pausedMs += 90_000;
  await vi.advanceTimersByTimeAsync(10);
  expect(due).toHaveBeenCalledTimes(1);
});

test.each([0, 100])('never fires once cleared, after %i ms', async (afterMs) => {
  const due = vi.fn();
  const timer = new PatientTimer(100, due);
  if (afterMs > 0) {
    await vi.advanceTimersByTimeAsync(99);
    vi.advanceTimersToNextTimer();
  }
  timer.clear();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(due).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});
