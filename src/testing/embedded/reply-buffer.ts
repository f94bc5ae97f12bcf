/** Values above this are handed to the socket as they are; smaller ones are copied into the text around them. */
const COPY_LIMIT_BYTES = 4096;

/** The replies to all commands of one read, to leave in one write. */
export class ReplyBuffer {
  #text = '';
  #chunks: Buffer[] = [];

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
      return;
    }
    this.#flushText();
    this.#chunks.push(bytes);
    this.#text = '\r\n';
  }

  /** Adds bytes as they are. */
  raw(bytes: Buffer): void {
    this.#flushText();
    this.#chunks.push(bytes);
  }

  /** Everything added since the last call. */
  take(): readonly Buffer[] {
    this.#flushText();
    const chunks = this.#chunks;
    this.#chunks = [];
    return chunks;
  }

  #flushText(): void {
    if (this.#text === '') return;
    this.#chunks.push(Buffer.from(this.#text, 'latin1'));
    this.#text = '';
  }
}
