/**
 * A value as it came. Its bytes are `buffer[start, end)`.
 *
 * The trap: unless `owned`, `buffer` is the connection's read buffer and is written over by the next
 * read. The bytes must be decoded or copied before the call that hands out the reply returns.
 */
import type { ItemFacts } from './value-header.ts';

export class ValueReply {
  readonly kind = 'value';
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
  /** Client flags, 32 bits unsigned. */
  readonly flags: number;
  /** True where the buffer holds this value alone and belongs to whoever takes the reply. */
  readonly owned: boolean;
  /** CAS unique, ttl and access history, where the command asked for them. */
  readonly facts: ItemFacts | undefined;
  /** @internal Where the key stands, or the key itself. Plain fields: `bench` get at 64 pays for private ones. */
  readonly keyBuffer: Buffer | string | undefined;
  /** @internal */
  readonly keyStart: number;
  /** @internal */
  readonly keyEnd: number;

  constructor(
    buffer: Buffer,
    start: number,
    end: number,
    flags: number,
    owned: boolean,
    facts: ItemFacts | undefined,
    keyBuffer: Buffer | string | undefined,
    keyStart: number,
    keyEnd: number,
  ) {
    this.buffer = buffer;
    this.start = start;
    this.end = end;
    this.flags = flags;
    this.owned = owned;
    this.facts = facts;
    this.keyBuffer = keyBuffer;
    this.keyStart = keyStart;
    this.keyEnd = keyEnd;
  }

  /** The key as a byte string; always there in the classic dialect, in the meta one only if asked for. */
  get key(): string | undefined {
    const key = this.keyBuffer;
    return typeof key === 'object' ? key.toString('latin1', this.keyStart, this.keyEnd) : key;
  }

  /** Whether the reply names this key; without making a string of it, for multi-gets of thousands. */
  hasKey(expected: string): boolean {
    const key = this.keyBuffer;
    if (typeof key !== 'object') return key === expected;
    const start = this.keyStart;
    const length = this.keyEnd - start;
    if (length !== expected.length) return false;
    // Backwards: keys of one application differ in their last characters.
    for (let i = length - 1; i >= 0; i--) {
      if (key[start + i] !== expected.charCodeAt(i)) return false;
    }
    return true;
  }
}
