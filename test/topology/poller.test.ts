import { afterEach, beforeEach, expect, test, vi } from 'vitest';
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
