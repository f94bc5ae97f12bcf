/** What a test leaves behind: sockets, timers that keep the process alive, rejections nobody took. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';

const PATIENCE_MS = 3_000;
const LOOK_MS = 5;

export interface Traces {
  /** Resolves once there are no more of them than before; fails the test where that does not come. */
  expectNone(): Promise<void>;
}

/** To be called before anything is started. */
export function watchTraces(): Traces {
  const before = { sockets: countOf('TCPSocketWrap'), timers: countOf('Timeout') };
  const rejections: unknown[] = [];
  const take = (reason: unknown): void => {
    rejections.push(reason);
  };
  process.on('unhandledRejection', take);
  onTestFinished(() => {
    process.off('unhandledRejection', take);
  });
  return {
    async expectNone() {
      const deadline = performance.now() + PATIENCE_MS;
      while (countOf('TCPSocketWrap') > before.sockets && performance.now() < deadline) await sleep(LOOK_MS);
      expect(countOf('TCPSocketWrap'), 'sockets').toBeLessThanOrEqual(before.sockets);
      expect(countOf('Timeout'), 'timers').toBeLessThanOrEqual(before.timers);
      expect(rejections, 'unhandled rejections').toEqual([]);
    },
  };
}

function countOf(resource: string): number {
  return process.getActiveResourcesInfo().filter((each) => each === resource).length;
}
