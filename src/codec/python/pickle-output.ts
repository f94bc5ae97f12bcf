const FIRST_BYTES = 256;

/** The bytes of a pickle as it is written. */
export class PickleOutput {
  #bytes: Buffer = Buffer.allocUnsafe(FIRST_BYTES);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  uint8(value: number): void {
    const at = this.#claim(1);
    this.#bytes[at] = value;
  }

  /** An opcode and what comes with it. */
  uint8s(first: number, second: number): void {
    const at = this.#claim(2);
    this.#bytes[at] = first;
    this.#bytes[at + 1] = second;
  }

  uint16(value: number): void {
    const at = this.#claim(2);
    this.#bytes.writeUInt16LE(value, at);
  }

  int32(value: number): void {
    const at = this.#claim(4);
    this.#bytes.writeInt32LE(value, at);
  }

  uint32(value: number): void {
    const at = this.#claim(4);
    this.#bytes.writeUInt32LE(value, at);
  }

  double(value: number): void {
    const at = this.#claim(8);
    this.#bytes.writeDoubleBE(value, at);
  }

  /** UTF-8 of a known length. */
  text(value: string, length: number): void {
    const at = this.#claim(length);
    this.#bytes.write(value, at, length);
  }

  bytes(value: Uint8Array): void {
    const at = this.#claim(value.length);
    this.#bytes.set(value, at);
  }

  slice(start: number, end: number = this.#length): Buffer {
    return this.#bytes.subarray(start, end);
  }

  /** The place of so many bytes. The buffer may be another one after it. */
  #claim(length: number): number {
    const at = this.#length;
    this.#length = at + length;
    if (this.#length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, this.#length));
      larger.set(this.#bytes.subarray(0, at));
      this.#bytes = larger;
    }
    return at;
  }
}
