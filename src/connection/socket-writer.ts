/** The writing half of a connection: collects the bytes of a tick, and knows when the socket has its fill. */
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { RequestWriter } from '../protocol/request-writer.ts';

/** Past this much a tick makes a write, so that a huge one does not become one huge string. */
const WRITE_BYTES = 262_144;
/**
 * The same over TLS, where one write is under way at a time. memcached (seen in 1.6.18) reads 16 KB,
 * and where that ends within a TLS record it waits for more to arrive before it looks at the rest of
 * the record: the last commands of a large burst are never answered. A write that ends with a command
 * and is smaller than that buffer leaves no such rest.
 */
const TLS_WRITE_BYTES = 12_288;

export class SocketWriter {
  /** Commands are encoded here. */
  readonly out: RequestWriter = new RequestWriter();
  readonly #socket: Socket;
  readonly #onDrain: () => void;
  readonly #oneAtATime: boolean;
  readonly #writeBytes: number;
  #blocked = false;

  /** @param onDrain told when a blocked socket takes more. */
  constructor(socket: Socket, onDrain: () => void) {
    this.#socket = socket;
    this.#oneAtATime = isTls(socket);
    this.#writeBytes = this.#oneAtATime ? TLS_WRITE_BYTES : WRITE_BYTES;
    // A batch of the binary dialect is many frames, and may be longer than that buffer by itself. A record that is
    // shorter has room beside the frame that the one before ended in.
    if (isTls(socket)) socket.once('secureConnect', () => socket.setMaxSendFragment(TLS_WRITE_BYTES));
    this.#onDrain = onDrain;
    socket.on('drain', this.#drained);
  }

  /** True while the kernel takes no more: what is not written yet can still be sent elsewhere. */
  get blocked(): boolean {
    return this.#blocked;
  }

  /** True where what was encoded is to be written before more is. */
  get full(): boolean {
    return this.out.byteLength >= this.#writeBytes;
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
    if (this.#oneAtATime && socket.writableLength > 0) {
      this.#blocked = true;
      socket.write('', this.#drained);
    }
  }

  readonly #drained = (): void => {
    this.#blocked = false;
    this.#onDrain();
  };
}

/** By TLSSocket's own mark, not its class: that would load node:tls for those who use none. */
function isTls(socket: Socket): socket is TLSSocket {
  return 'encrypted' in socket && socket.encrypted === true;
}
