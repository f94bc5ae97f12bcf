import { vi } from 'vitest';

/**
 * The monotonic clock, which may be set forth: for what believes something only seconds later. Timers run
 * as ever. Restored after the test.
 */
export function skippingClock(): { skip(ms: number): void } {
  const now = performance.now.bind(performance);
  let skippedMs = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now() + skippedMs);
  return {
    skip: (ms) => {
      skippedMs += ms;
    },
  };
}
