/** Debug output for `NODE_DEBUG=memfleet`; nothing where that is not set. */
import { debuglog } from 'node:util';

const log = debuglog('memfleet');

/** @param what the event; @param error its message holds no key, value or password. */
export function diagnose(what: string, error: Error): void {
  log('%s: %s: %s', what, error.name, error.message);
}
