import { onAbort } from '../client/abort.ts';

/** Settles as `pending` does, or rejects with the signal's reason, whichever comes first. */
export function untilAborted<T>(pending: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return pending;
  return new Promise((resolve, reject) => {
    const aborted = (): void => reject(signal.reason);
    const forget = onAbort(signal, aborted);
    pending.then(resolve, reject).finally(forget);
    if (signal.aborted) aborted();
  });
}
