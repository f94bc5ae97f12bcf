import { FactoryError, TimeoutError } from '../errors.ts';
import type { Factory } from './call-options.ts';

/**
 * What a factory makes, or a FactoryError whose `cause` is what it threw. A time-out does not wait for it:
 * whatever comes of it later is dropped.
 */
export async function callFactory(
  factory: Factory<unknown>,
  key: string,
  timeoutMs: number | undefined,
): Promise<unknown> {
  const controller = new AbortController();
  try {
    if (timeoutMs === undefined) return await factory(controller.signal);
    return await within(timeoutMs, controller, () => factory(controller.signal));
  } catch (cause) {
    throw new FactoryError('The factory given to getOrSet failed', { cause, operation: 'getOrSet', key });
  }
}

async function within(timeoutMs: number, controller: AbortController, call: () => unknown): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const error = new TimeoutError('factory', timeoutMs);
      reject(error);
      controller.abort(error);
    }, timeoutMs);
  });
  try {
    return await Promise.race([call(), timeout]);
  } finally {
    clearTimeout(timer);
  }
}
