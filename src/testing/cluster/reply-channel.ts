import type { Duplex } from 'node:stream';

/** A timer that is longer fires at once, and again and again. */
const MAX_TIMER_MS = 2_147_483_647;

/** What is done to one reply on its way. */
export type ReplyFault = 'cut' | 'garbage';

interface Queued {
  readonly bytes: Buffer;
  readonly fault: ReplyFault | undefined;
  /** `performance.now()` at which it may leave. */
  readonly dueAt: number;
}

/** Carries replies to one client: at once, late, held back or spoilt, and always in order. */
export class ReplyChannel {
  readonly #stream: Duplex;
  readonly #destroy: () => void;
  #queue: Queued[] = [];
  #held = false;
  #ended = false;
  #timer: NodeJS.Timeout | undefined;

  /** `destroy` must end the connection below the stream too. */
  constructor(stream: Duplex, destroy: () => void) {
    this.#stream = stream;
    this.#destroy = destroy;
  }

  /** Returns false when the client does not keep up. */
  send(bytes: Buffer, delayMs: number, fault: ReplyFault | undefined): boolean {
    if (this.#queue.length === 0 && delayMs === 0 && !this.#held && !this.#ended) {
      return this.#write(bytes, fault);
    }
    this.#queue.push({ bytes, fault, dueAt: performance.now() + delayMs });
    this.#pump();
    return true;
  }

  hold(): void {
    this.#held = true;
  }

  release(): void {
    this.#held = false;
    this.#pump();
  }

  /** Ends the stream after what is queued. */
  end(): void {
    this.#ended = true;
    this.#pump();
  }

  /** Forgets what is queued. */
  close(): void {
    clearTimeout(this.#timer);
    this.#queue = [];
    this.#held = true;
  }

  #pump(): void {
    clearTimeout(this.#timer);
    if (this.#held) return;
    for (let head = this.#queue[0]; head !== undefined; head = this.#queue[0]) {
      const wait = head.dueAt - performance.now();
      if (wait > 0) {
        this.#timer = setTimeout(() => this.#pump(), Math.min(MAX_TIMER_MS, Math.ceil(wait)));
        return;
      }
      this.#queue.shift();
      this.#write(head.bytes, head.fault);
    }
    if (this.#ended) this.#stream.end();
  }

  #write(bytes: Buffer, fault: ReplyFault | undefined): boolean {
    switch (fault) {
      case undefined:
        return this.#stream.write(bytes);
      case 'garbage':
        return this.#stream.write(garbage(bytes.length));
      case 'cut':
        this.#stream.write(bytes.subarray(0, bytes.length >> 1), () => this.#destroy());
        this.close();
        return true;
    }
  }
}

/** Bytes no reply starts with, ending as a line does so that a reader of lines notices at once. */
function garbage(length: number): Buffer {
  const bytes = Buffer.alloc(length, 0xfe);
  if (length > 2) bytes.write('\r\n', length - 2, 'latin1');
  return bytes;
}
