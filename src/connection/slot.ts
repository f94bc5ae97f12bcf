/**
 * A place in a connection's order of replies, and whoever waits for it.
 *
 * A slot outlives its caller: a timeout or an abort settles it at once, and it stays in line until its
 * reply has come and gone, so that a late reply can never be given to anybody else.
 */
import type { MemfleetErrorDetails } from '../errors.ts';
import type { Command } from '../protocol/command.ts';
import type { Reply } from '../protocol/reply.ts';

/** Decides what becomes of a slot that failed: reject, turn into a miss, send elsewhere. */
export interface SlotOwner {
  slotFailed(slot: Slot, error: Error): void;
}

/**
 * Makes the result of replies: calls `slot.succeed` or `slot.fail` at the last one. Called once a
 * reply, and not at all once the slot is settled.
 *
 * @throws ProtocolError where the reply cannot be one to this command; the connection closes.
 */
export type ReplyReader = (slot: Slot, reply: Reply, final: boolean) => void;

export class Slot {
  readonly command: Command;
  readonly read: ReplyReader;
  readonly owner: SlotOwner;
  /** The verb and key as the caller gave them, for errors. */
  readonly operation: string;
  readonly key: string | Uint8Array | undefined;
  readonly timeoutMs: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  /** Monotonic milliseconds; set when a connection takes the slot, and kept if another takes it over. */
  startedAt = 0;
  deadline = 0;
  settled = false;
  /** How often it was handed to another connection. */
  retries = 0;
  /** What the reader has so far: a value whose `END` is not here yet, or a batch. */
  partial: unknown = undefined;

  constructor(
    command: Command,
    read: ReplyReader,
    owner: SlotOwner,
    operation: string,
    key: string | Uint8Array | undefined,
    timeoutMs: number,
    resolve: (value: unknown) => void,
    reject: (error: Error) => void,
  ) {
    this.command = command;
    this.read = read;
    this.owner = owner;
    this.operation = operation;
    this.key = key;
    this.timeoutMs = timeoutMs;
    this.resolve = resolve;
    this.reject = reject;
  }

  succeed(value: unknown): void {
    if (this.settled) return;
    this.settled = true;
    this.resolve(value);
  }

  fail(error: Error): void {
    if (this.settled) return;
    this.owner.slotFailed(this, error);
  }

  /** Settles it with an error, past its owner. */
  abandon(error: Error): void {
    if (this.settled) return;
    this.settled = true;
    this.reject(error);
  }

  details(node: string, cause?: unknown): MemfleetErrorDetails {
    return { node, operation: this.operation, key: this.key, cause };
  }
}
