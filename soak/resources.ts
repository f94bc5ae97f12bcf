/** What a process holds: counted, not guessed, so that one too many is seen. */
import { getEventListeners } from 'node:events';
import { queryObjects } from 'node:v8';
import { Connection } from '../src/connection/connection.ts';
import { Slot } from '../src/connection/slot.ts';
import type { MemcachedClient } from '../src/index.ts';

export interface Resources {
  readonly heapMib: number;
  readonly buffersMib: number;
  /** Open TCP sockets, those of the cluster and its proxies too. */
  readonly sockets: number;
  /** Timers there are, armed or not. */
  readonly timers: number;
  readonly listeners: number;
  /** Connection objects that are still reachable. */
  readonly connections: number;
  /** Calls that something still refers to. */
  readonly slots: number;
}

const MIB = 1_048_576;

/** The class of what `setTimeout` gives; nothing exports it. */
const Timeout = (() => {
  const timer = setTimeout(() => undefined, 0);
  clearTimeout(timer);
  return timer.constructor as new () => object;
})();

/** @param signal one that calls were given, and that is never aborted. */
export function measure(clients: readonly MemcachedClient[], signal: AbortSignal): Resources {
  // Needs --expose-gc. Twice: what the first one finalizes, the second one frees.
  globalThis.gc?.();
  globalThis.gc?.();
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  return {
    heapMib: heapUsed / MIB,
    buffersMib: arrayBuffers / MIB,
    sockets: process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length,
    timers: queryObjects(Timeout, { format: 'count' }),
    listeners: [...clients, process]
      .flatMap((emitter) => emitter.eventNames().map((name) => emitter.listenerCount(name as never)))
      .reduce((sum, count) => sum + count, getEventListeners(signal, 'abort').length),
    connections: queryObjects(Connection as unknown as new () => object, { format: 'count' }),
    slots: queryObjects(Slot as unknown as new () => object, { format: 'count' }),
  };
}

/**
 * How much more there may be than at first: looks for the topology are under way at any time, a node
 * keeps the timer it was last probed by, a closed connection that an error keeps has three, and what is
 * known of the writes of the last half minute takes up most of the heap.
 */
const ALLOWED: Readonly<Record<keyof Resources, number>> = {
  heapMib: 24,
  buffersMib: 8,
  sockets: 16,
  timers: 60,
  listeners: 0,
  connections: 8,
  slots: 40,
};

/** The resources of which there is more than there may be, said in words. */
export function growth(before: Resources, after: Resources): string[] {
  return (Object.keys(ALLOWED) as (keyof Resources)[])
    .filter((name) => after[name] > before[name] + ALLOWED[name])
    .map((name) => `${name} from ${round(before[name])} to ${round(after[name])}`);
}

export function round(value: number): number {
  return Math.round(value * 10) / 10;
}
