import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';

/** A client of bytes: what is sent and what came, with nothing in between. */
export class Wire implements AsyncDisposable {
  readonly socket: Socket;
  /** What came and was not taken yet, one character a byte. */
  received = '';
  ended = false;
  error: NodeJS.ErrnoException | undefined;
  readonly #waiting = new Set<() => void>();

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.received += text;
      this.#wake();
    });
    socket.on('error', (error) => {
      this.error = error;
    });
    socket.on('close', () => {
      this.ended = true;
      this.#wake();
    });
  }

  static async open(address: string, tls?: ConnectionOptions): Promise<Wire> {
    const colon = address.lastIndexOf(':');
    const target = { host: address.slice(0, colon), port: Number(address.slice(colon + 1)), noDelay: true };
    const socket = tls === undefined ? connect(target) : connectTls({ ...target, ...tls });
    await new Promise<void>((resolve, reject) => {
      socket.once(tls === undefined ? 'connect' : 'secureConnect', resolve);
      socket.once('error', reject);
    });
    return new Wire(socket);
  }

  send(text: string): void {
    this.socket.write(text, 'latin1');
  }

  /** Sends, and takes what comes up to and including `end`. */
  ask(text: string, end = '\r\n'): Promise<string> {
    this.send(text);
    return this.until(end);
  }

  /** Takes what comes up to and including `end`; rejects if the connection ends first. */
  async until(end: string): Promise<string> {
    for (let from = 0; ; ) {
      const found = this.received.indexOf(end, from);
      if (found !== -1) {
        const taken = this.received.slice(0, found + end.length);
        this.received = this.received.slice(found + end.length);
        return taken;
      }
      if (this.ended) throw new Error(`Ended after ${JSON.stringify(this.received)}`);
      from = Math.max(0, this.received.length - end.length);
      await this.#change();
    }
  }

  /** Takes everything up to the end of the connection. */
  async untilEnd(): Promise<string> {
    while (!this.ended) await this.#change();
    return this.received;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.ended) return;
    this.socket.destroy();
    await this.untilEnd();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        resolve();
      };
      this.#waiting.add(wake);
    });
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}
