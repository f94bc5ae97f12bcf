/** Values above this are handed to the socket as they are; smaller ones are copied into the text around them. */
const COPY_LIMIT_BYTES = 4096;

/** Text is made bytes of from here on: a string cannot be as long as replies can. */
const TEXT_LIMIT_BYTES = 1_048_576;
/** A multi-get of one key over and over asks for more than any memory holds. */
const MAX_BYTES = 268_435_456;

/** The replies to all commands of one read, to leave in one write. */
export class ReplyBuffer {
  #text = '';
  #chunks: Buffer[] = [];
  #chunkBytes = 0;

  /** True where more is asked for than is to be held: the connection is to be closed. */
  get isFull(): boolean {
    return this.#chunkBytes > MAX_BYTES;
  }

  /** Adds text, one byte a character (latin1). */
  text(text: string): void {
    this.#text += text;
  }

  line(text: string): void {
    this.#text += `${text}\r\n`;
  }

  /** Adds a value and the CRLF after it. */
  value(bytes: Buffer): void {
    if (bytes.length <= COPY_LIMIT_BYTES) {
      this.#text += `${bytes.toString('latin1')}\r\n`;
      if (this.#text.length >= TEXT_LIMIT_BYTES) this.#flushText();
      return;
    }
    this.raw(bytes);
    this.#text = '\r\n';
  }

  /** Adds bytes as they are. */
  raw(bytes: Buffer): void {
    this.#flushText();
    this.#push(bytes);
  }

  /** Everything added since the last call. */
  take(): readonly Buffer[] {
    this.#flushText();
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#chunkBytes = 0;
    return chunks;
  }

  #push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#chunkBytes += chunk.length;
  }

  #flushText(): void {
    if (this.#text === '') return;
    this.#push(Buffer.from(this.#text, 'latin1'));
    this.#text = '';
  }
}
