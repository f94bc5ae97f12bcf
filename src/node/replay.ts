/** Makes up, on the connection of a probe, for the deletes that its node did not hear of. */
import type { Connection } from '../connection/connection.ts';
import { LINE_WEIGHT, type Operation, Slot, type SlotOwner } from '../connection/slot.ts';
import { InvalidKeyError, ProtocolError, ServerError } from '../errors.ts';
import type { DeleteCommand } from '../protocol/command.ts';
import type { Journal } from './journal.ts';
import type { NodeOptions } from './node-options.ts';

export interface ReplayOptions {
  readonly journal: Journal;
  readonly connection: Connection;
  readonly node: NodeOptions;
  /** Told once, when nothing that follows on the connection can meet an old value. */
  readonly onDone: () => void;
  /** Told once, when no delete waits for its reply any more: nor can what goes another way. */
  readonly onSettled: () => void;
  /** Told of each delete that failed, also after `onDone`; it is in the journal again. */
  readonly onFailed: (error: Error) => void;
}

/** Deletes that wait for their replies together. */
const WINDOW = 1_000;

export class Replay implements SlotOwner {
  readonly #options: ReplayOptions;
  readonly #window: number;
  #outstanding = 0;
  #over = false;

  private constructor(options: ReplayOptions) {
    const { maxInFlight, maxQueuedBytes } = options.node;
    this.#options = options;
    this.#window = Math.max(1, Math.min(WINDOW, maxInFlight, Math.floor(maxQueuedBytes / LINE_WEIGHT)));
  }

  /** Deletes all that the journal holds, and comes to hold meanwhile. */
  static start(options: ReplayOptions): void {
    new Replay(options).#sendWindow();
  }

  #sendWindow(): void {
    // Held until all are out: one that settles at once must not end the window early.
    this.#outstanding++;
    for (const command of this.#options.journal.take(this.#window)) this.#send(command);
    this.#settled();
  }

  #send(command: DeleteCommand): void {
    const { connection, node } = this.#options;
    // It is part of the probe, which has the time of a handshake.
    const timeoutMs = Math.max(node.connectTimeoutMs, node.requestTimeoutMs);
    this.#outstanding++;
    connection.enqueue(new Slot(command, REPLAYED, this, undefined, timeoutMs, this.#settled, this.#settled));
  }

  readonly #settled = (): void => {
    const { connection, journal, onSettled } = this.#options;
    this.#outstanding--;
    if (this.#outstanding > 0) return;
    // Nothing is left, or little: under load, keys are added as fast as they are taken.
    if (this.#over || connection.state !== 'ready') onSettled();
    else if (journal.size > this.#window) this.#sendWindow();
    else this.#finish();
  };

  /** The last ones are not waited for: whatever is sent from now on is behind them on the connection. */
  #finish(): void {
    this.#over = true;
    this.#sendWindow();
    this.#options.onDone();
  }

  slotFailed(slot: Slot, error: Error): void {
    // Such a key was never stored there.
    if (error instanceof InvalidKeyError) {
      slot.succeed(undefined);
      return;
    }
    const { connection, journal, onFailed } = this.#options;
    this.#over = true;
    journal.record(slot.command as DeleteCommand, connection.counters.replies);
    slot.abandon(error);
    onFailed(error);
  }

  slotRefused(slot: Slot, error: Error): void {
    this.slotFailed(slot, error);
  }

  /** The node left the cluster: nobody will read what it holds. */
  slotUnsent(slot: Slot): void {
    this.#over = true;
    slot.succeed(undefined);
  }
}

const REPLAYED: Operation = {
  name: 'delete',
  miss: undefined,
  read(slot, reply, _final, from) {
    switch (reply.kind) {
      case 'stored':
      case 'notFound':
        slot.succeed(undefined);
        return;
      case 'error':
        // What the server does not understand now it would not have understood then.
        if (reply.status !== 'SERVER_ERROR') slot.succeed(undefined);
        else slot.fail(new ServerError(reply.status, reply.text, slot.details(from.node)));
        return;
      default:
        throw new ProtocolError(`Server answered delete with ${reply.kind}`);
    }
  },
};
