import { createServer, type Server, type Socket } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import type { Backend } from './backend.ts';
import { ProxyConnection } from './proxy-connection.ts';
import type { ReplyFault } from './reply-channel.ts';

/** Traffic through a proxy since it was made. */
export interface ProxyStats {
  readonly openConnections: number;
  readonly totalConnections: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** A TCP or TLS front to a backend that misbehaves on demand. */
export class FaultProxy {
  readonly #tls: SecureContextOptions | undefined;
  readonly #connections = new Set<ProxyConnection>();
  #server: Server | undefined;
  #hung = false;
  #delayMs = 0;
  #nextFault: ReplyFault | undefined;
  #total = 0;
  #bytesIn = 0;
  #bytesOut = 0;

  constructor(tls: SecureContextOptions | undefined) {
    this.#tls = tls;
  }

  get isOpen(): boolean {
    return this.#server !== undefined;
  }

  get stats(): ProxyStats {
    return {
      openConnections: this.#connections.size,
      totalConnections: this.#total,
      bytesIn: this.#bytesIn,
      bytesOut: this.#bytesOut,
    };
  }

  /** Listens, by the means given, and serves from the backend. */
  async open<T>(backend: Backend, bind: (server: Server) => Promise<T>): Promise<T> {
    const server = createServer({ noDelay: true }, (socket) => this.#accept(socket, backend));
    const bound = await bind(server);
    this.#server = server;
    return bound;
  }

  /** Refuses connections, ends those that are open, and forgets all faults. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.#hung = false;
    this.#delayMs = 0;
    this.#nextFault = undefined;
    const closed = new Promise<void>((resolve) => {
      if (server === undefined) resolve();
      else server.close(() => resolve());
    });
    for (const connection of this.#connections) connection.destroy();
    await closed;
  }

  /** Accepts and reads, but passes on nothing either way. */
  hang(): void {
    this.#hung = true;
    for (const connection of this.#connections) connection.hang();
  }

  /** Passes on what was kept since `hang`. */
  resume(): void {
    this.#hung = false;
    for (const connection of this.#connections) connection.resume();
  }

  slow(delayMs: number): void {
    this.#delayMs = delayMs;
  }

  /** Spoils the next reply on whichever connection it comes. */
  spoilNextReply(fault: ReplyFault): void {
    this.#nextFault = fault;
  }

  /** Resets all open connections. */
  reset(): void {
    for (const connection of this.#connections) connection.reset();
  }

  #accept(socket: Socket, backend: Backend): void {
    this.#total += 1;
    const connection = new ProxyConnection({
      socket,
      tls: this.#tls,
      backend,
      hung: this.#hung,
      onRequest: (bytes) => {
        this.#bytesIn += bytes;
      },
      onReply: (bytes) => {
        this.#bytesOut += bytes;
        const fault = this.#nextFault;
        this.#nextFault = undefined;
        return { delayMs: this.#delayMs, fault };
      },
      onClose: () => this.#connections.delete(connection),
    });
    this.#connections.add(connection);
  }
}
