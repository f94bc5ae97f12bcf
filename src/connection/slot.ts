/**
 * A place in a connection's order of replies, and whoever waits for it.
 *
 * A slot outlives its caller: a timeout or an abort settles it at once, and it stays in line until its
 * reply has come and gone, so that a late reply can never be given to anybody else.
 */
import type { MemfleetErrorDetails } from '../errors.ts';
import type { Command } from '../protocol/command.ts';
import type { Reply } from '../protocol/reply.ts';

/** Decides what becomes of a slot that got no reply. */
export interface SlotOwner {
  /** It failed, and may have been sent: reject it, turn it into a miss, try elsewhere. */
  slotFailed(slot: Slot, error: Error): void;
  /** Its node takes no commands, and was not sent this one. */
  slotRefused(slot: Slot, error: Error): void;
  /** Its node left before it was sent: whatever it is, it can be sent to another. */
  slotUnsent(slot: Slot): void;
}

/** Whom a reply is from. */
export interface ReplySource {
  /** Id of the node. */
  readonly node: string;
}

/** What a verb makes of replies: one object a verb, shared by all its slots. */
export interface Operation {
  /** The verb, for errors. */
  readonly name: string;
  /** What a failure resolves to where the caller chose failures to be misses. */
  readonly miss: unknown;
  /**
   * Makes the result of replies: calls `slot.succeed` or `slot.fail` at the last one. Called once a
   * reply, and not at all once the slot is settled.
   *
   * @throws ProtocolError where the reply cannot be one to this command; the connection closes.
   */
  readonly read: (slot: Slot, reply: Reply, final: boolean, from: ReplySource) => void;
}

/**
 * How far a slot was passed on: sent to the owner of its key, sent again because that one left or broke
 * off, or given to a node that stands in, which is the last that is tried.
 */
export type SlotRoute = 'first' | 'again' | 'standIn';

/** What a slot counts against `maxQueuedBytes` for its line, whatever its value. */
export const LINE_WEIGHT = 64;

export class Slot {
  /** Another one only for a node that stands in, while no connection holds the slot. */
  command: Command;
  readonly operation: Operation;
  readonly owner: SlotOwner;
  /** The key as the caller gave it, for errors. */
  readonly key: string | Uint8Array | undefined;
  /** From `startedAt` on. */
  timeoutMs: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: ((error: Error) => void) | undefined;
  /** Monotonic milliseconds; set when a connection takes the slot, and kept if another of its node takes it over. */
  startedAt = 0;
  settled = false;
  route: SlotRoute = 'first';
  /** What the operation has so far: a value whose `END` is not here yet, or a batch. */
  partial: unknown = undefined;
  /** Lets go of what would settle it otherwise: the caller's abort signal. */
  onSettled: (() => void) | undefined = undefined;

  /**
   * @param resolve takes the result; of a promise that is all there is to keep, since it takes a rejected
   *   promise for a failure: its `reject` held on to for each call is seen in `bench` burst.
   * @param reject takes a failure instead, where `resolve` is not a promise's.
   */
  constructor(
    command: Command,
    operation: Operation,
    owner: SlotOwner,
    key: string | Uint8Array | undefined,
    timeoutMs: number,
    resolve: (value: unknown) => void,
    reject?: (error: Error) => void,
  ) {
    this.command = command;
    this.operation = operation;
    this.owner = owner;
    this.key = key;
    this.timeoutMs = timeoutMs;
    this.resolve = resolve;
    this.reject = reject;
  }

  /** Derived: a number of its own would be one more object a call (`bench` burst of 50,000). */
  get deadline(): number {
    return this.startedAt + this.timeoutMs;
  }

  /** What is left of its time. */
  restMs(now: number): number {
    return this.startedAt === 0 ? this.timeoutMs : Math.max(1, this.deadline - now);
  }

  /** For another node: it is not late there, whatever the one before was. */
  startAnew(now: number): void {
    this.timeoutMs = this.restMs(now);
    this.startedAt = 0;
  }

  /** What it counts against `maxQueuedBytes`. */
  get weight(): number {
    const command = this.command;
    return command.kind === 'store' ? command.data.length + LINE_WEIGHT : LINE_WEIGHT;
  }

  /** A key of any bytes: in the classic dialect its base64 text would be another key. */
  get binaryKeyed(): boolean {
    return 'base64' in this.command && this.command.base64;
  }

  succeed(value: unknown): void {
    if (this.settled) return;
    this.settled = true;
    if (this.onSettled !== undefined) this.onSettled();
    this.resolve(value);
  }

  fail(error: Error): void {
    if (this.settled) return;
    this.owner.slotFailed(this, error);
  }

  /** Fails it unsent. */
  refuse(error: Error): void {
    if (this.settled) return;
    this.owner.slotRefused(this, error);
  }

  /** Settles it with an error, past its owner. */
  abandon(error: Error): void {
    if (this.settled) return;
    this.settled = true;
    if (this.onSettled !== undefined) this.onSettled();
    if (this.reject === undefined) this.resolve(Promise.reject(error));
    else this.reject(error);
  }

  details(node: string, cause?: unknown): MemfleetErrorDetails {
    return { node, operation: this.operation.name, key: this.key, cause };
  }
}
