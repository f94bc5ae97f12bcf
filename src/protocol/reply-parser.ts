/**
 * Bytes in, replies out: resumable at every byte, and bounded. It keeps no clock and does no I/O;
 * the connection pushes what it read and is handed each reply as it completes.
 */
import { ProtocolError } from '../errors.ts';
import { ConfigCollector } from './config-collector.ts';
import { IncomingValue } from './incoming-value.ts';
import { DEFAULT_MAX_VALUE_BYTES, MAX_LINE_BYTES } from './limits.ts';
import { END, NOT_FOUND, type Reply, STORED } from './reply.ts';
import { notAReply, parseReplyLine } from './reply-line.ts';
import { ValueHeader } from './value-header.ts';
import { ValueReply } from './value-reply.ts';
import type { ReplyReader } from './wire-protocol.ts';

export interface ReplyParserOptions {
  /** Largest value held, in bytes; a larger one is skipped and reported as `oversize`. Default 1 MiB. */
  readonly maxValueBytes?: number;
  /**
   * Whether whoever takes a large value with these client flags goes on to use its buffer. Where not,
   * the next such value is read into the same one. Default: always.
   */
  readonly keepsBuffer?: (flags: number) => boolean;
  /**
   * Take `VALUE AmazonElastiCache:cluster` as a cluster configuration, which is what a node older
   * than 1.4.14 answers with. Only for a connection that asks for nothing else.
   */
  readonly legacyConfig?: boolean;
}

const CR = 0x0d;
const LF = 0x0a;
const SPACE = 0x20;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
const A = 0x41;
const D = 0x44;
const E = 0x45;
const H = 0x48;
const L = 0x4c;
const N = 0x4e;
const U = 0x55;
const V = 0x56;
const Z = 0x5a;
const CRLF_BYTES = 2;
const LEGACY_CONFIG_KEY = 'AmazonElastiCache:cluster';

/** What the parser is in the middle of, besides a line. */
type Pending = 'none' | 'value' | 'skip' | 'config';

/** Reads the replies of both text dialects. */
export class ReplyParser implements ReplyReader {
  readonly #onReply: (reply: Reply) => void;
  readonly #maxValueBytes: number;
  readonly #legacyConfig: boolean;
  readonly #header = new ValueHeader();
  /** The start of a line whose end has not come. */
  #line: Buffer | undefined;
  #lineLength = 0;
  #pending: Pending = 'none';
  /** Its tail is the CRLF. */
  readonly #value: IncomingValue;
  #skipLeft = 0;
  /** The key of a value that spans reads: the line it stood in is gone by then. */
  #key: string | undefined;
  #config: ConfigCollector | undefined;

  constructor(onReply: (reply: Reply) => void, options: ReplyParserOptions = {}) {
    this.#onReply = onReply;
    this.#maxValueBytes = options.maxValueBytes ?? DEFAULT_MAX_VALUE_BYTES;
    this.#legacyConfig = options.legacyConfig ?? false;
    this.#value = new IncomingValue(options.keepsBuffer);
  }

  get idle(): boolean {
    return this.#pending === 'none' && this.#lineLength === 0;
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
    else if (this.#lineLength > 0) at = this.#resumeLine(chunk, length);
    while (at < length) at = this.#readReply(chunk, at, length);
  }

  /** Reads one reply from `at`, or keeps its beginning; gives where the next one starts. */
  #readReply(chunk: Buffer, at: number, length: number): number {
    const first = chunk[at];
    // The replies of gets and sets are told apart by their bytes: `bench` get and set at 64 callers.
    if (first === V && chunk[at + 1] === A) {
      const plain = this.#readPlainHeader(chunk, at, length);
      if (plain >= 0) return this.#readValue(chunk, plain, length, chunk);
    } else if (first === E || first === H) {
      const second = chunk[at + 1];
      if (at + 3 < length && chunk[at + 2] === CR && chunk[at + 3] === LF) {
        if (first === H && second === D) {
          this.#onReply(STORED);
          return at + 4;
        }
        if (first === E && second === N) {
          this.#onReply(NOT_FOUND);
          return at + 4;
        }
      } else if (
        at + 4 < length &&
        first === E &&
        second === N &&
        chunk[at + 2] === D &&
        chunk[at + 3] === CR &&
        chunk[at + 4] === LF
      ) {
        this.#onReply(END);
        return at + 5;
      }
    }
    if (!startsLine(first as number)) throw notAReply();
    const end = findCr(chunk, at, length);
    if (end < 0) {
      this.#keepLine(chunk, at, length);
      return length;
    }
    return this.#readLine(chunk, at, end, end + 2, chunk, length);
  }

  /** Where the value starts after a header of the ordinary form that is all here, else -1. */
  #readPlainHeader(chunk: Buffer, at: number, length: number): number {
    if (chunk[at + 2] === SPACE) return this.#header.readPlainMeta(chunk, at + 3, length);
    const classic =
      chunk[at + 2] === L && chunk[at + 3] === U && chunk[at + 4] === E && chunk[at + 5] === SPACE;
    return classic && !this.#legacyConfig ? this.#header.readPlainClassic(chunk, at + 6, length) : -1;
  }

  /**
   * Reads the line `buffer[start, end)`, wherever it was kept; what follows it is `chunk[next, length)`.
   */
  #readLine(buffer: Buffer, start: number, end: number, next: number, chunk: Buffer, length: number): number {
    if (end - start > MAX_LINE_BYTES) throw lineTooLong();
    if (buffer[start] === V && buffer[start + 1] === A) {
      if (buffer[start + 2] === SPACE) {
        this.#header.readMeta(buffer, start + 3, end);
        return this.#readValue(chunk, next, length, buffer);
      }
      if (buffer[start + 2] === L && startsWith(buffer, start, end, 'VALUE ')) {
        this.#header.readClassic(buffer, start + 6, end);
        if (this.#legacyConfig && this.#headerKey(buffer) === LEGACY_CONFIG_KEY) {
          return this.#startConfig(this.#header.bytes, chunk, next, length);
        }
        return this.#readValue(chunk, next, length, buffer);
      }
    }
    if (startsWith(buffer, start, end, 'CONFIG ')) {
      this.#header.readClassic(buffer, start + 7, end);
      if (this.#headerKey(buffer) !== 'cluster')
        throw new ProtocolError('Server sent a configuration of another name than cluster');
      return this.#startConfig(this.#header.bytes, chunk, next, length);
    }
    if (startsWith(buffer, start, end, 'HD ')) {
      const header = this.#header;
      header.readHead(buffer, start + 2, end);
      this.#onReply({ kind: 'head', bytes: header.bytes, flags: header.flags, facts: header.facts });
      return next;
    }
    this.#onReply(parseReplyLine(buffer.toString('latin1', start, end)));
    return next;
  }

  /** The header is read; the value is `chunk[at, …)`, as far as it has come. */
  #readValue(chunk: Buffer, at: number, length: number, keyBuffer: Buffer): number {
    const header = this.#header;
    const bytes = header.bytes;
    const end = at + bytes;
    if (bytes <= this.#maxValueBytes && end + 2 <= length) {
      if (chunk[end] !== CR || chunk[end + 1] !== LF) throw unterminated();
      const key = header.keyEnd > 0 ? keyBuffer : undefined;
      this.#onReply(
        new ValueReply(
          chunk,
          at,
          end,
          header.flags,
          false,
          header.facts,
          key,
          header.keyStart,
          header.keyEnd,
        ),
      );
      return end + 2;
    }
    this.#key = this.#headerKey(keyBuffer);
    if (bytes > this.#maxValueBytes) {
      this.#pending = 'skip';
      this.#skipLeft = bytes + 2;
    } else {
      this.#pending = 'value';
      this.#value.begin(bytes, CRLF_BYTES, header.flags);
    }
    return this.#resume(chunk, at, length);
  }

  #headerKey(buffer: Buffer): string | undefined {
    const { keyStart, keyEnd } = this.#header;
    return keyEnd > 0 ? buffer.toString('latin1', keyStart, keyEnd) : undefined;
  }

  /** Goes on with what spans reads; gives where the next reply starts. */
  #resume(chunk: Buffer, at: number, length: number): number {
    switch (this.#pending) {
      case 'value': {
        const taken = this.#value.take(chunk, at, length);
        this.#finishValue();
        return at + taken;
      }
      case 'skip':
        return this.#resumeSkip(chunk, at, length);
      case 'config':
        return this.#resumeConfig(chunk, at, length);
      case 'none':
        return at;
    }
  }

  #finishValue(): void {
    const value = this.#value.whole();
    if (value === undefined) return;
    const { flags, facts } = this.#header;
    const end = value.length - CRLF_BYTES;
    this.#pending = 'none';
    if (value[end] !== CR || value[end + 1] !== LF) throw unterminated();
    this.#onReply(new ValueReply(value, 0, end, flags, this.#value.owned, facts, this.#key, 0, 0));
  }

  #resumeSkip(chunk: Buffer, at: number, length: number): number {
    const taken = Math.min(this.#skipLeft, length - at);
    this.#skipLeft -= taken;
    // The last two bytes of what is skipped must be the CRLF, wherever the reads were cut.
    for (let left = Math.min(taken, 2 - this.#skipLeft); left > 0; left--) {
      const expected = this.#skipLeft + left === 2 ? CR : LF;
      if (chunk[at + taken - left] !== expected) throw unterminated();
    }
    if (this.#skipLeft === 0) {
      this.#pending = 'none';
      this.#onReply({ kind: 'oversize', bytes: this.#header.bytes, key: this.#key });
    }
    return at + taken;
  }

  #startConfig(announced: number, chunk: Buffer, at: number, length: number): number {
    this.#config = new ConfigCollector(announced);
    this.#pending = 'config';
    return this.#resumeConfig(chunk, at, length);
  }

  #resumeConfig(chunk: Buffer, at: number, length: number): number {
    const config = this.#config as ConfigCollector;
    const taken = config.push(chunk, at, length);
    if (config.reply !== undefined) {
      this.#pending = 'none';
      this.#config = undefined;
      this.#onReply(config.reply);
    }
    return at + taken;
  }

  #keepLine(chunk: Buffer, at: number, length: number): void {
    const kept = this.#lineLength + length - at;
    if (kept > MAX_LINE_BYTES + CRLF_BYTES) throw lineTooLong();
    this.#line ??= Buffer.allocUnsafeSlow(MAX_LINE_BYTES + CRLF_BYTES);
    chunk.copy(this.#line, this.#lineLength, at, length);
    this.#lineLength = kept;
  }

  /** Completes a line kept from an earlier chunk. */
  #resumeLine(chunk: Buffer, length: number): number {
    // Not indexOf, which would also search what earlier reads left behind `length`, for each byte of a trickle.
    let newline = 0;
    while (newline < length && chunk[newline] !== LF) newline++;
    if (newline === length) {
      this.#keepLine(chunk, 0, length);
      return length;
    }
    this.#keepLine(chunk, 0, newline + 1);
    const line = this.#line as Buffer;
    const end = this.#lineLength - CRLF_BYTES;
    this.#lineLength = 0;
    if (line[end] !== CR) throw bareNewline();
    return this.#readLine(line, 0, end, newline + 1, chunk, length);
  }
}

/**
 * Every line starts with a capital or a digit. A TLS alert or a binary-protocol reply (`0x81`) fails
 * here at its first byte: it may hold no newline, and would be waited for until a deadline.
 */
function startsLine(byte: number): boolean {
  return (byte >= A && byte <= Z) || (byte >= DIGIT_0 && byte <= DIGIT_9);
}

/** Where the CR of the line's CRLF is, or -1 where the line has not ended. */
function findCr(chunk: Buffer, start: number, length: number): number {
  // Reply lines are short: a loop beats the call into native indexOf (`bench` get at 64 callers).
  for (let at = start; at < length; at++) {
    if (chunk[at] === LF) {
      if (chunk[at - 1] !== CR || at === start) throw bareNewline();
      return at - 1;
    }
  }
  return -1;
}

function startsWith(buffer: Buffer, start: number, end: number, word: string): boolean {
  if (end - start < word.length) return false;
  for (let i = 0; i < word.length; i++) {
    if (buffer[start + i] !== word.charCodeAt(i)) return false;
  }
  return true;
}

function unterminated(): ProtocolError {
  return new ProtocolError('Value is not followed by CRLF: the announced length is wrong');
}

function bareNewline(): ProtocolError {
  return new ProtocolError('Reply line ends without a carriage return');
}

function lineTooLong(): ProtocolError {
  return new ProtocolError(`Reply line is longer than ${MAX_LINE_BYTES} bytes`);
}
