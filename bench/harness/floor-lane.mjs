import net from 'node:net';
import tls from 'node:tls';

/**
 * One socket of the wire floor. Requests are encoded beforehand, one after another in one buffer, all of one
 * length, and so are their expected replies: a batch of requests is a view of that buffer, and a reply has
 * ended when its number of bytes has come. No client that reads its replies can do less.
 */
export class FloorLane {
  /** Replies that have ended since the lane was opened. */
  ended = 0;

  #socket;
  #requests;
  #requestBytes;
  #replyBytes;
  #requestCount;
  #position = 0;
  #sent = 0;
  #received = 0;
  /** @type {(ended: number, chunk: Uint8Array) => void} */
  #onReplies = () => {};
  #onSettled = () => {};
  /** @type {(error: Error) => void} */
  #onFailed = () => {};

  /**
   * @param {{ host: string, port: number }} endpoint
   * @param {string | undefined} ca
   * @param {{ requests: Buffer, count: number, replyBytes: number }} script
   */
  constructor(endpoint, ca, { requests, count, replyBytes }) {
    this.#requests = requests;
    this.#requestCount = count;
    this.#requestBytes = requests.length / count;
    this.#replyBytes = replyBytes;
    const onread = {
      buffer: Buffer.alloc(65_536),
      callback: (/** @type {number} */ bytes, /** @type {Uint8Array} */ chunk) => this.#read(bytes, chunk),
    };
    const options = { ...endpoint, onread };
    this.#socket = ca === undefined ? net.connect(options) : tls.connect(Object.assign(options, { ca }));
    this.#socket.setNoDelay(true);
    this.#socket.once('error', (error) => this.#onFailed(error));
  }

  /**
   * Called with each read: how many replies ended in it, and its bytes, which the next read overwrites.
   *
   * @param {(ended: number, chunk: Uint8Array) => void} listener
   */
  onReplies(listener) {
    this.#onReplies = listener;
  }

  /**
   * Writes the next `count` requests, in as few writes as the end of the buffer allows.
   *
   * @param {number} count
   */
  send(count) {
    this.#sent += count;
    let left = count;
    while (left > 0) {
      const run = Math.min(left, this.#requestCount - this.#position);
      const from = this.#position * this.#requestBytes;
      this.#socket.write(this.#requests.subarray(from, from + run * this.#requestBytes));
      this.#position = (this.#position + run) % this.#requestCount;
      left -= run;
    }
  }

  get sent() {
    return this.#sent;
  }

  /** Resolves when everything sent is answered. */
  settled() {
    return /** @type {Promise<void>} */ (
      new Promise((resolve, reject) => {
        this.#onFailed = reject;
        this.#onSettled = resolve;
        this.#settle();
      })
    );
  }

  close() {
    this.#socket.destroy();
  }

  /**
   * @param {number} bytes
   * @param {Uint8Array} buffer
   */
  #read(bytes, buffer) {
    this.#received += bytes;
    const ended = Math.floor(this.#received / this.#replyBytes);
    const fresh = ended - this.ended;
    this.ended = ended;
    if (ended > this.#sent) throw new Error('The server sent more than was asked for');
    if (ended === this.#sent && this.#received % this.#replyBytes !== 0) {
      throw new Error('A reply is not of its known length: a miss or an error');
    }
    this.#onReplies(fresh, buffer.subarray(0, bytes));
    this.#settle();
    return true;
  }

  #settle() {
    if (this.ended === this.#sent) this.#onSettled();
  }
}
