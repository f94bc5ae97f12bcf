import type { Socket } from 'node:net';
import { createSecureContext, type SecureContextOptions, TLSSocket } from 'node:tls';
import type { Backend, BackendConnection } from './backend.ts';
import { ReplyChannel, type ReplyFault } from './reply-channel.ts';

export interface ProxyConnectionOptions {
  readonly socket: Socket;
  readonly tls: SecureContextOptions | undefined;
  readonly backend: Backend;
  readonly hung: boolean;
  readonly onRequest: (bytes: number) => void;
  /** Counts a reply and says what becomes of it. */
  readonly onReply: (bytes: number) => { readonly delayMs: number; readonly fault: ReplyFault | undefined };
  readonly onClose: () => void;
}

/** How much a hung connection reads before it stops to, as the buffers of a stopped process would fill. */
const MAX_HELD_BYTES = 16_777_216;

/** One client's connection to a {@link FaultProxy}. */
export class ProxyConnection {
  readonly #options: ProxyConnectionOptions;
  readonly #socket: Socket;
  #stream: Socket;
  #channel: ReplyChannel | undefined;
  #backend: BackendConnection | undefined;
  #hung: boolean;
  #heldRequests: Buffer[] = [];
  #heldBytes = 0;

  constructor(options: ProxyConnectionOptions) {
    this.#options = options;
    this.#socket = options.socket;
    this.#stream = options.socket;
    this.#hung = options.hung;
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => {
      this.#release();
      options.onClose();
    });
    // The TLS handshake is the process's work, so a hung one does not get to it.
    if (!this.#hung || options.tls === undefined) this.#start();
    else this.#socket.pause();
  }

  hang(): void {
    this.#hung = true;
    this.#channel?.hold();
  }

  resume(): void {
    this.#hung = false;
    if (this.#channel === undefined) this.#start();
    const held = this.#heldRequests;
    this.#heldRequests = [];
    this.#heldBytes = 0;
    for (const bytes of held) this.#forward(bytes);
    this.#stream.resume();
    this.#channel?.release();
  }

  reset(): void {
    this.#release();
    this.#socket.resetAndDestroy();
  }

  destroy(): void {
    this.#release();
    this.#stream.destroy();
    this.#socket.destroy();
  }

  #start(): void {
    const { tls, backend } = this.#options;
    if (tls !== undefined) {
      this.#stream = new TLSSocket(this.#socket, {
        isServer: true,
        secureContext: createSecureContext(tls),
      });
      // A client that does not trust the certificate says so by an alert, which arrives as an error.
      this.#stream.on('error', () => this.destroy());
    }
    const channel = new ReplyChannel(this.#stream, () => this.destroy());
    if (this.#hung) channel.hold();
    const connection = backend.open({
      reply: (bytes) => {
        const { delayMs, fault } = this.#options.onReply(bytes.length);
        return channel.send(bytes, delayMs, fault);
      },
      end: () => channel.end(),
    });
    connection.onWritable = () => this.#stream.resume();
    this.#channel = channel;
    this.#backend = connection;
    this.#stream.on('data', (bytes: Buffer) => this.#read(bytes));
    this.#stream.on('drain', () => connection.resume());
  }

  #read(bytes: Buffer): void {
    this.#options.onRequest(bytes.length);
    if (!this.#hung) {
      this.#forward(bytes);
      return;
    }
    this.#heldRequests.push(bytes);
    this.#heldBytes += bytes.length;
    if (this.#heldBytes > MAX_HELD_BYTES) this.#stream.pause();
  }

  #forward(bytes: Buffer): void {
    if (this.#backend?.request(bytes) === false) this.#stream.pause();
  }

  #release(): void {
    this.#channel?.close();
    this.#backend?.close();
    this.#heldRequests = [];
  }
}
