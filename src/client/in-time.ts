import { MAX_TIMER_MS } from '../common/max-timer.ts';
import { onAbort } from './abort.ts';

/**
 * Waits for work as long as its caller does. What is given up goes on: it must see for itself that it is.
 *
 * @param late what it rejects with once the time is over.
 */
export function inTime<T>(
  work: Promise<T>,
  timeoutMs: number,
  signal: AbortSignal | undefined,
  late: () => Error,
): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) reject(signal.reason);
    const timer = setTimeout(() => reject(late()), Math.min(MAX_TIMER_MS, timeoutMs));
    const forget = signal && onAbort(signal, () => reject(signal.reason));
    const settled = (): void => {
      clearTimeout(timer);
      forget?.();
    };
    work.then(
      (value) => {
        settled();
        resolve(value);
      },
      (error) => {
        settled();
        reject(error);
      },
    );
  });
}
