/** Deadlines of the slots of a connection, looked at when the earliest has passed. */
import type { Slot } from './slot.ts';
import type { SlotQueue } from './slot-queue.ts';

/** What one look found. */
export interface Expiry {
  readonly timedOut: number;
  /** Whether a caller still waits. */
  readonly waiting: boolean;
  /** The next deadline; `Infinity` where there is none. */
  readonly next: number;
}

/** Times out the slots whose deadline has passed. */
export function expireSlots(slots: SlotQueue, now: number, timeOut: (slot: Slot) => void): Expiry {
  let timedOut = 0;
  let waiting = false;
  let next = Number.POSITIVE_INFINITY;
  for (const slot of slots) {
    if (slot.settled) continue;
    if (slot.deadline <= now) {
      timedOut++;
      timeOut(slot);
    } else {
      waiting = true;
      if (slot.deadline < next) next = slot.deadline;
    }
  }
  return { timedOut, waiting, next };
}

/** From when on a reply is not worth waiting for, whoever waits behind it. */
export function overdueAt(slot: Slot, requestTimeoutMs: number): number {
  return slot.startedAt + 2 * Math.max(requestTimeoutMs, slot.timeoutMs);
}
