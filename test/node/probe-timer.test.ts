import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ConnectionError, TlsError } from '../../src/errors.ts';
import { ProbeTimer } from '../../src/node/probe-timer.ts';

const lost = new ConnectionError('Connection closed');

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A timer that is started anew by each probe, as a node does, and when its probes were. */
function timed(): { timer: ProbeTimer; probes: { at: number; asked: boolean }[] } {
  const begin = performance.now();
  const probes: { at: number; asked: boolean }[] = [];
  const timer = new ProbeTimer((asked) => {
    timer.started();
    probes.push({ at: Math.round(performance.now() - begin), asked });
  });
  return { timer, probes };
}

describe('the timer of probes', () => {
  test.each([
    [0, 475, 750],
    [1, 950, 1_500],
    [10, 28_500, 45_000],
  ])('after %i failures waits %i to %i ms', (attempt, least, most) => {
    const { timer, probes } = timed();
    timer.schedule(attempt, lost);
    vi.advanceTimersByTime(least - 1);
    expect(probes).toEqual([]);
    vi.advanceTimersByTime(most - least + 1);
    expect(probes).toEqual([{ at: expect.any(Number), asked: false }]);
  });

  test('waits longer where the certificate is wrong, which takes somebody to mend', () => {
    const { timer, probes } = timed();
    timer.schedule(10, new TlsError('Certificate has expired'));
    vi.advanceTimersByTime(45_000);
    expect(probes).toEqual([]);
    vi.advanceTimersByTime(45_001);
    expect(probes).toHaveLength(1);
  });

  test('waits longer for a node that came back often', () => {
    const { timer, probes } = timed();
    for (let i = 0; i < 5; i++) timer.revived();
    timer.schedule(0, lost);
    vi.advanceTimersByTime(475 * 1.5 ** 3 - 1);
    expect(probes).toEqual([]);
    vi.advanceTimersByTime(300_000);
    timer.schedule(0, lost);
    vi.advanceTimersByTime(750);
    expect(probes, 'not for ever').toHaveLength(2);
  });

  test('probes at once where it is asked to, and then not more than once in 100 ms', () => {
    const { timer, probes } = timed();
    timer.schedule(10, lost);
    for (let ms = 0; ms < 250; ms += 10) {
      for (let i = 0; i < 5; i++) timer.ask();
      vi.advanceTimersByTime(10);
    }
    expect(probes).toEqual([0, 100, 200].map((at) => ({ at, asked: true })));
  });

  test('goes back to its own time once it was asked', () => {
    const { timer, probes } = timed();
    timer.ask();
    vi.advanceTimersByTime(1);
    timer.schedule(0, lost);
    vi.advanceTimersByTime(750);
    expect(probes).toEqual([
      { at: 0, asked: true },
      { at: expect.any(Number), asked: false },
    ]);
  });

  test('does nothing once it is stopped', () => {
    const { timer, probes } = timed();
    timer.ask();
    timer.stop();
    timer.schedule(0, lost);
    timer.stop();
    vi.advanceTimersByTime(100_000);
    expect(probes).toEqual([]);
  });
});
