/** The writing half of a connection: collects the bytes of a tick, and knows when the socket has its fill. */
import type { Socket } from 'node:net';
import { RequestWriter } from '../protocol/request-writer.ts';

export class SocketWriter {
  /** Commands are encoded here. */
  readonly out: RequestWriter = new RequestWriter();
  readonly #socket: Socket;
  readonly #onDrain: () => void;
  #blocked = false;

  /** @param onDrain told when a blocked socket takes more. */
  constructor(socket: Socket, onDrain: () => void) {
    this.#socket = socket;
    this.#onDrain = onDrain;
    socket.on('drain', this.#drained);
  }

  /** True while the kernel takes no more: what is not written yet can still be sent elsewhere. */
  get blocked(): boolean {
    return this.#blocked;
  }

  /** Writes what was encoded. */
  write(): void {
    const out = this.out.take();
    const socket = this.#socket;
    let accepted = true;
    if (typeof out === 'string') {
      if (out === '') return;
      accepted = socket.write(out, 'latin1');
    } else {
      socket.cork();
      for (const chunk of out) {
        accepted = typeof chunk === 'string' ? socket.write(chunk, 'latin1') : socket.write(chunk);
      }
      socket.uncork();
    }
    // `false` only says that much is buffered; the kernel may have taken it all in the meantime.
    if (!accepted && socket.writableLength > 0) this.#blocked = true;
  }

  readonly #drained = (): void => {
    this.#blocked = false;
    this.#onDrain();
  };
}
