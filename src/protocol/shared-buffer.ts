/** The most that is kept for the next large value: the default of `maxValueBytes` and its CRLF. */
const MAX_KEPT_BYTES = 2_097_152;
const LEAST_BYTES = 4096;

/**
 * The buffer of large values that are decoded at once. A buffer a value would cost more than its bytes:
 * above 128 KB the allocator maps fresh pages for each (`bench` get of 1 MB).
 */
export class SharedBuffer {
  #buffer: Buffer | undefined;

  /** So many bytes, which the next call gives out again. */
  take(bytes: number): Buffer {
    if (bytes > MAX_KEPT_BYTES) return Buffer.allocUnsafeSlow(bytes);
    if (this.#buffer === undefined || this.#buffer.length < bytes) {
      this.#buffer = Buffer.allocUnsafeSlow(Math.max(LEAST_BYTES, 2 ** Math.ceil(Math.log2(bytes))));
    }
    return this.#buffer.subarray(0, bytes);
  }
}
