/**
 * Bytes of the binary dialect in, replies out, as {@link ReplyParser} does it for text. Each frame names
 * the command that it answers (see binary-frame.ts), and each is checked to be the one whose turn it is.
 */
import { ProtocolError } from '../errors.ts';
import { CAS_WANTED, FIRST_NUMBER, HEADER_BYTES, nextNumber, OPCODE, REPLY_MAGIC } from './binary-frame.ts';
import { statusReply } from './binary-status.ts';
import { IncomingValue } from './incoming-value.ts';
import {
  DEFAULT_MAX_VALUE_BYTES,
  MAX_ANNOUNCED_BYTES,
  MAX_CONFIG_BYTES,
  MAX_KEY_BYTES,
  MAX_LINE_BYTES,
} from './limits.ts';
import { END, type Reply, STORED } from './reply.ts';
import type { ReplyParserOptions } from './reply-parser.ts';
import type { ItemFacts } from './value-header.ts';
import { ValueReply } from './value-reply.ts';
import type { ReplyReader } from './wire-protocol.ts';

/** Client flags, before a value. */
const VALUE_EXTRAS_BYTES = 4;
const COUNTER_BYTES = 8;

/** What the parser is in the middle of, besides the head of a frame. */
type Pending = 'none' | 'value' | 'skip';

/** Reads the replies to the commands of one {@link BinaryProtocol}. `legacyConfig` makes no difference here. */
export class BinaryReplyParser implements ReplyReader {
  readonly #onReply: (reply: Reply) => void;
  readonly #maxValueBytes: number;
  /** Of the command whose turn it is. */
  #number = FIRST_NUMBER;

  /** The start of a frame that is not all here, but for its value. */
  #head: Buffer | undefined;
  #headLength = 0;

  // The frame being read.
  #opcode = 0;
  #status = 0;
  #extrasBytes = 0;
  #keyBytes = 0;
  /** What is read before the frame is looked at: all of it but a value. */
  #leadBytes = 0;
  #valueBytes = 0;
  #carriesValue = false;
  #facts: ItemFacts | undefined;
  #flags = 0;

  #pending: Pending = 'none';
  readonly #value: IncomingValue;
  #skipLeft = 0;
  /** The key of a value that spans reads. */
  #key: string | undefined;

  constructor(onReply: (reply: Reply) => void, options: ReplyParserOptions = {}) {
    this.#onReply = onReply;
    this.#maxValueBytes = options.maxValueBytes ?? DEFAULT_MAX_VALUE_BYTES;
    this.#value = new IncomingValue(options.keepsBuffer);
  }

  get idle(): boolean {
    return this.#pending === 'none' && this.#headLength === 0;
  }

  destination(minBytes: number): Buffer | undefined {
    return this.#value.destination(minBytes);
  }

  pushed(length: number): void {
    this.#value.pushed(length);
    this.#finishValue();
  }

  push(chunk: Buffer, length: number = chunk.length): void {
    let at = 0;
    if (this.#pending !== 'none') at = this.#resume(chunk, 0, length);
    else if (this.#headLength > 0) at = this.#resumeHead(chunk, length);
    while (at < length) at = this.#readFrame(chunk, at, length);
  }

  /** Reads one frame from `at`, or keeps its beginning; gives where the next one starts. */
  #readFrame(chunk: Buffer, at: number, length: number): number {
    // Looked at alone: an answer in text may be shorter than a header, and would be waited for.
    if (chunk[at] !== REPLY_MAGIC) throw new ProtocolError('Server sent no reply of the binary protocol');
    const start = at + HEADER_BYTES;
    if (start <= length) {
      this.#readHeader(chunk, at);
      const end = start + this.#leadBytes;
      if (end <= length) return this.#readBody(chunk, start, chunk, end, length);
    }
    return this.#keepHead(chunk, at, length);
  }

  #resumeHead(chunk: Buffer, length: number): number {
    let at = this.#keepHead(chunk, 0, Math.min(length, HEADER_BYTES - this.#headLength));
    if (this.#headLength < HEADER_BYTES) return at;
    this.#readHeader(this.#head as Buffer, 0);
    const end = HEADER_BYTES + this.#leadBytes;
    at = this.#keepHead(chunk, at, Math.min(length, at + end - this.#headLength));
    if (this.#headLength < end) return at;
    this.#headLength = 0;
    return this.#readBody(this.#head as Buffer, HEADER_BYTES, chunk, at, length);
  }

  /** Keeps `chunk[from, to)`; gives `to`. */
  #keepHead(chunk: Buffer, from: number, to: number): number {
    if (to <= from) return from;
    const kept = this.#headLength + to - from;
    this.#head ??= Buffer.allocUnsafeSlow(HEADER_BYTES + MAX_LINE_BYTES);
    if (kept > this.#head.length) {
      // A configuration. Its memory is that of what came, not of what was announced.
      const grown = Buffer.allocUnsafeSlow(Math.max(kept, this.#head.length * 2));
      this.#head.copy(grown, 0, 0, this.#headLength);
      this.#head = grown;
    }
    chunk.copy(this.#head, this.#headLength, from, to);
    this.#headLength = kept;
    return to;
  }

  /** @throws ProtocolError where it cannot be the header of the next reply. */
  #readHeader(buffer: Buffer, at: number): void {
    const opcode = buffer[at + 1] as number;
    const asked = buffer[at + 12] as number;
    if (uint24(buffer, at + 13) !== this.#number || (asked & ~CAS_WANTED) !== opcode)
      throw new ProtocolError('Server answered with the opaque of another command');
    const keyBytes = buffer.readUInt16BE(at + 2);
    const extrasBytes = buffer[at + 4] as number;
    const bodyBytes = buffer.readUInt32BE(at + 8);
    const valueBytes = bodyBytes - keyBytes - extrasBytes;
    if (valueBytes < 0) throw new ProtocolError('Reply announces less than its key and extras');
    this.#opcode = opcode;
    this.#status = buffer.readUInt16BE(at + 6);
    this.#extrasBytes = extrasBytes;
    this.#keyBytes = keyBytes;
    this.#valueBytes = valueBytes;
    this.#carriesValue = this.#status === 0 && carriesValue(opcode);
    this.#leadBytes = this.#carriesValue ? extrasBytes + keyBytes : bodyBytes;
    const most = isConfig(opcode) ? MAX_CONFIG_BYTES : MAX_LINE_BYTES;
    if (this.#carriesValue) this.#checkValue();
    else if (bodyBytes > most) throw new ProtocolError(`Reply without a value is longer than ${most} bytes`);
    const tellsCas = this.#carriesValue && (asked & CAS_WANTED) !== 0;
    this.#facts = tellsCas ? factsOf(readUint64(buffer, at + 16)) : undefined;
  }

  #checkValue(): void {
    if (this.#extrasBytes !== VALUE_EXTRAS_BYTES)
      throw new ProtocolError('Value comes without its client flags, or with more');
    const leastKeyBytes = this.#opcode === OPCODE.getQuietly ? 1 : 0;
    if (this.#keyBytes < leastKeyBytes || this.#keyBytes > MAX_KEY_BYTES)
      throw new ProtocolError('Value has a key of impossible length');
    if (this.#valueBytes > MAX_ANNOUNCED_BYTES)
      throw new ProtocolError(`Reply announces a value above ${MAX_ANNOUNCED_BYTES} bytes`);
  }

  /** The lead is `buffer[start, …)`, wherever it was kept; what follows it is `chunk[next, length)`. */
  #readBody(buffer: Buffer, start: number, chunk: Buffer, next: number, length: number): number {
    if (this.#carriesValue) {
      this.#flags = buffer.readUInt32BE(start);
      return this.#readValue(chunk, next, length, buffer, start + VALUE_EXTRAS_BYTES);
    }
    const keyStart = start + this.#extrasBytes;
    const valueStart = keyStart + this.#keyBytes;
    const end = valueStart + this.#valueBytes;
    if (this.#status !== 0) {
      const reply = statusReply(this.#opcode, this.#status, buffer.toString('latin1', valueStart, end));
      this.#handOut(reply, this.#opcode !== OPCODE.getQuietly);
      return next;
    }
    if (this.#opcode === OPCODE.stat && this.#keyBytes > 0) {
      const name = buffer.toString('latin1', keyStart, valueStart);
      this.#handOut({ kind: 'stat', name, value: buffer.toString('latin1', valueStart, end) }, false);
      return next;
    }
    this.#handOut(this.#doneReply(buffer, valueStart, end), true);
    return next;
  }

  /** A reply of status 0 that carries no value. */
  #doneReply(buffer: Buffer, start: number, end: number): Reply {
    switch (this.#opcode) {
      case OPCODE.incr:
      case OPCODE.decr:
        if (end - start !== COUNTER_BYTES)
          throw new ProtocolError('Server answered a counter with something else');
        return { kind: 'number', digits: readUint64(buffer, start).toString() };
      case OPCODE.version:
      case OPCODE.saslMechanisms:
        return { kind: 'line', text: buffer.toString('latin1', start, end) };
      case OPCODE.configGet:
      case OPCODE.getWithKey:
        return { kind: 'config', payload: buffer.toString('latin1', start, end), lengthMismatch: false };
      case OPCODE.noop:
      case OPCODE.stat:
        return END;
      default:
        return STORED;
    }
  }

  /** The value is `chunk[at, …)`, as far as it has come. */
  #readValue(chunk: Buffer, at: number, length: number, keyBuffer: Buffer, keyStart: number): number {
    const bytes = this.#valueBytes;
    const end = at + bytes;
    const keyEnd = keyStart + this.#keyBytes;
    const named = this.#opcode === OPCODE.getQuietly;
    const isTooLarge = bytes > this.#maxValueBytes;
    if (!isTooLarge && end <= length) {
      this.#handOutValue(chunk, at, end, false, named ? keyBuffer : undefined, keyStart, keyEnd);
      return end;
    }
    this.#key = named ? keyBuffer.toString('latin1', keyStart, keyEnd) : undefined;
    if (isTooLarge) {
      this.#pending = 'skip';
      this.#skipLeft = bytes;
    } else {
      this.#pending = 'value';
      this.#value.begin(bytes, 0, this.#flags);
    }
    return this.#resume(chunk, at, length);
  }

  /** Goes on with what spans reads; gives where the next frame starts. */
  #resume(chunk: Buffer, at: number, length: number): number {
    if (this.#pending === 'skip') {
      const taken = Math.min(this.#skipLeft, length - at);
      this.#skipLeft -= taken;
      if (this.#skipLeft === 0) {
        this.#pending = 'none';
        this.#handOut({ kind: 'oversize', bytes: this.#valueBytes, key: this.#key }, this.#key === undefined);
      }
      return at + taken;
    }
    const taken = this.#value.take(chunk, at, length);
    this.#finishValue();
    return at + taken;
  }

  #finishValue(): void {
    const value = this.#value.whole();
    if (value === undefined) return;
    this.#pending = 'none';
    this.#handOutValue(value, 0, value.length, this.#value.owned, this.#key, 0, 0);
  }

  #handOutValue(
    buffer: Buffer,
    start: number,
    end: number,
    owned: boolean,
    key: Buffer | string | undefined,
    keyStart: number,
    keyEnd: number,
  ): void {
    const reply = new ValueReply(buffer, start, end, this.#flags, owned, this.#facts, key, keyStart, keyEnd);
    this.#handOut(reply, key === undefined);
  }

  /** @param final whether the command has its last reply. */
  #handOut(reply: Reply, final: boolean): void {
    if (final) this.#number = nextNumber(this.#number);
    this.#onReply(reply);
  }
}

function carriesValue(opcode: number): boolean {
  return opcode === OPCODE.get || opcode === OPCODE.getQuietly || opcode === OPCODE.getAndTouch;
}

function isConfig(opcode: number): boolean {
  return opcode === OPCODE.configGet || opcode === OPCODE.getWithKey;
}

/** All that the dialect tells of an item besides. */
function factsOf(casToken: bigint): ItemFacts {
  return {
    casToken,
    ttl: undefined,
    lastAccess: undefined,
    fetched: undefined,
    lease: undefined,
    stale: false,
  };
}

function uint24(buffer: Buffer, at: number): number {
  return ((buffer[at] as number) << 16) | ((buffer[at + 1] as number) << 8) | (buffer[at + 2] as number);
}

function readUint64(buffer: Buffer, at: number): bigint {
  return (BigInt(buffer.readUInt32BE(at)) << 32n) | BigInt(buffer.readUInt32BE(at + 4));
}
