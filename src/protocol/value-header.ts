/**
 * The header lines that announce a value, and the one that stands for it:
 *
 * ```
 * VA <bytes> <meta flag>*\r\n                      meta
 * VALUE <key> <client flags> <bytes> [<cas>]\r\n   classic
 * HD <meta flag>*\r\n                              meta, of a get that asks for no value
 * ```
 */
import { ProtocolError } from '../errors.ts';
import { MAX_ANNOUNCED_BYTES, MAX_CLIENT_FLAGS, MAX_KEY_BYTES, MAX_UINT64 } from './limits.ts';

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const DIGIT_0 = 0x30;
const DIGIT_1 = 0x31;
const DIGIT_9 = 0x39;
const MINUS = 0x2d;

const FLAG_BASE64 = 0x62;
const FLAG_CAS = 0x63;
const FLAG_CLIENT_FLAGS = 0x66;
const FLAG_FETCHED = 0x68;
const FLAG_KEY = 0x6b;
const FLAG_LAST_ACCESS = 0x6c;
const FLAG_SIZE = 0x73;
const FLAG_TTL = 0x74;
const FLAG_WON = 0x57;
const FLAG_STALE = 0x58;
const FLAG_LOST = 0x5a;

/** What a reply says of an item besides its value and client flags. */
export interface ItemFacts {
  casToken: bigint | undefined;
  /** Seconds until expiry, -1 for never (meta `t`). */
  ttl: number | undefined;
  /** Seconds since the last access (meta `l`). */
  lastAccess: number | undefined;
  /** Whether it was read before (meta `h`). */
  fetched: boolean | undefined;
  /** Whether the reader has the lease now (meta `W`), or another has it (`Z`). */
  lease: 'won' | 'lost' | undefined;
  /** Invalidated, and left for whoever may use what is old (meta `X`). */
  stale: boolean;
}

/**
 * One parsed header. The parser owns a single one and fills it anew for each value, so that the
 * ordinary `VA 5 f0` costs no object.
 */
export class ValueHeader {
  bytes = 0;
  flags = 0;
  /** Where in the line's buffer the key stands; `keyEnd` 0 where the line has none. */
  keyStart = 0;
  keyEnd = 0;
  /** Set only where the line carries one of them, which no plain get does. */
  facts: ItemFacts | undefined;

  /**
   * Reads `VA <bytes> f<flags>\r\n` in one pass; `start` is past `VA `. Gives where the value starts, or
   * -1 for any other line, also one that is not all here: then `readMeta` has to look at it. What a
   * plain get is answered with, hence the second way (`bench` get at 1,024 callers).
   */
  readPlainMeta(buffer: Buffer, start: number, length: number): number {
    let at = start;
    let digit = (buffer[at] as number) - DIGIT_0;
    let bytes = 0;
    for (; digit >= 0 && digit <= 9; digit = (buffer[++at] as number) - DIGIT_0) bytes = bytes * 10 + digit;
    if (at === start || at - start > 10 || buffer[at] !== SPACE || buffer[at + 1] !== FLAG_CLIENT_FLAGS)
      return -1;
    at += 2;
    const flagsStart = at;
    let flags = 0;
    digit = (buffer[at] as number) - DIGIT_0;
    for (; digit >= 0 && digit <= 9; digit = (buffer[++at] as number) - DIGIT_0) flags = flags * 10 + digit;
    if (at === flagsStart || at - flagsStart > 10) return -1;
    if (!this.#endsPlainly(buffer, at, length, bytes, flags)) return -1;
    this.keyEnd = 0;
    return at + 2;
  }

  /** The same for `VALUE <key> <flags> <bytes>\r\n`; `start` is past `VALUE ` (`bench` multi-get). */
  readPlainClassic(buffer: Buffer, start: number, length: number): number {
    let at = start;
    while ((buffer[at] as number) > SPACE) at++;
    const keyEnd = at;
    if (keyEnd === start || keyEnd - start > MAX_KEY_BYTES || buffer[at] !== SPACE) return -1;
    const flagsStart = ++at;
    let flags = 0;
    let digit = (buffer[at] as number) - DIGIT_0;
    for (; digit >= 0 && digit <= 9; digit = (buffer[++at] as number) - DIGIT_0) flags = flags * 10 + digit;
    if (at === flagsStart || at - flagsStart > 10 || buffer[at] !== SPACE) return -1;
    const bytesStart = ++at;
    let bytes = 0;
    digit = (buffer[at] as number) - DIGIT_0;
    for (; digit >= 0 && digit <= 9; digit = (buffer[++at] as number) - DIGIT_0) bytes = bytes * 10 + digit;
    if (at === bytesStart || at - bytesStart > 10) return -1;
    if (!this.#endsPlainly(buffer, at, length, bytes, flags)) return -1;
    this.keyStart = start;
    this.keyEnd = keyEnd;
    return at + 2;
  }

  /**
   * Whether the line ends at `at`, within what was read: the buffer goes on with bytes of earlier reads.
   */
  #endsPlainly(buffer: Buffer, at: number, length: number, bytes: number, flags: number): boolean {
    if (at + 2 > length || buffer[at] !== CR || buffer[at + 1] !== LF) return false;
    if (bytes > MAX_ANNOUNCED_BYTES || flags > MAX_CLIENT_FLAGS) return false;
    this.bytes = bytes;
    this.flags = flags;
    this.facts = undefined;
    return true;
  }

  /** Reads `VA …`; `start` is past `VA `, `end` at the carriage return. */
  readMeta(buffer: Buffer, start: number, end: number): void {
    this.flags = 0;
    this.keyEnd = 0;
    this.facts = undefined;
    this.#readFlags(buffer, this.#readBytes(buffer, start, end), end, false);
  }

  /** Reads `HD …`; `start` is at the space after `HD`, `end` at the carriage return. */
  readHead(buffer: Buffer, start: number, end: number): void {
    this.bytes = 0;
    this.flags = 0;
    this.keyEnd = 0;
    this.facts = undefined;
    this.#readFlags(buffer, start, end, true);
  }

  /** Reads `VALUE …`; `start` is past `VALUE `, `end` at the carriage return. */
  readClassic(buffer: Buffer, start: number, end: number): void {
    this.facts = undefined;
    let at = start;
    while (at < end && buffer[at] !== SPACE) at++;
    if (at === start) throw emptyKey();
    this.keyStart = start;
    this.keyEnd = at;
    const flagsStart = at + 1;
    at = flagsStart;
    while (at < end && buffer[at] !== SPACE) at++;
    this.flags = readUint(buffer, flagsStart, at, MAX_CLIENT_FLAGS);
    at = this.#readBytes(buffer, at + 1, end);
    if (at < end) this.#facts().casToken = readUint64(buffer, at + 1, end);
  }

  #readBytes(buffer: Buffer, start: number, end: number): number {
    let at = start;
    while (at < end && buffer[at] !== SPACE) at++;
    this.bytes = readUint(buffer, start, at, MAX_ANNOUNCED_BYTES);
    return at;
  }

  /** `at` is on the space before the first flag. A size is one only where it announces no value. */
  #readFlags(buffer: Buffer, at: number, end: number, head: boolean): void {
    while (at < end) {
      const flag = buffer[at + 1];
      let stop = at + 2;
      while (stop < end && buffer[stop] !== SPACE) stop++;
      if (head && flag === FLAG_SIZE) this.bytes = readUint(buffer, at + 2, stop, MAX_ANNOUNCED_BYTES);
      else this.#readFlag(flag, buffer, at + 2, stop);
      at = stop;
    }
  }

  #readFlag(flag: number | undefined, buffer: Buffer, start: number, end: number): void {
    switch (flag) {
      case FLAG_CLIENT_FLAGS:
        this.flags = readUint(buffer, start, end, MAX_CLIENT_FLAGS);
        return;
      case FLAG_KEY:
        if (end === start) throw emptyKey();
        this.keyStart = start;
        this.keyEnd = end;
        return;
      case FLAG_CAS:
        this.#facts().casToken = readUint64(buffer, start, end);
        return;
      case FLAG_TTL:
        this.#facts().ttl = readTtl(buffer, start, end);
        return;
      case FLAG_LAST_ACCESS:
        this.#facts().lastAccess = readUint(buffer, start, end, MAX_CLIENT_FLAGS);
        return;
      case FLAG_FETCHED:
        this.#facts().fetched = readUint(buffer, start, end, 1) === 1;
        return;
      case FLAG_WON:
      case FLAG_LOST:
        if (end !== start) break;
        this.#facts().lease = flag === FLAG_WON ? 'won' : 'lost';
        return;
      case FLAG_STALE:
        if (end !== start) break;
        this.#facts().stale = true;
        return;
      case FLAG_BASE64:
        if (end === start) return;
        break;
    }
    throw new ProtocolError('Reply holds a meta flag that was not asked for');
  }

  #facts(): ItemFacts {
    this.facts ??= {
      casToken: undefined,
      ttl: undefined,
      lastAccess: undefined,
      fetched: undefined,
      lease: undefined,
      stale: false,
    };
    return this.facts;
  }
}

function emptyKey(): ProtocolError {
  return new ProtocolError('Value has an empty key');
}

/** A decimal of at most 10 digits; anything else is no number the protocol allows there. */
function readUint(buffer: Buffer, start: number, end: number, max: number): number {
  const length = end - start;
  if (length <= 0 || length > 10) throw new ProtocolError('Reply holds a number of impossible length');
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = (buffer[at] as number) - DIGIT_0;
    if (digit < 0 || digit > 9)
      throw new ProtocolError('Reply holds a number with a character that is no digit');
    value = value * 10 + digit;
  }
  if (value > max) throw new ProtocolError(`Reply holds a number above ${max}`);
  return value;
}

/** Seconds, or `-1` for never. */
function readTtl(buffer: Buffer, start: number, end: number): number {
  const never = end - start === 2 && buffer[start] === MINUS && buffer[start + 1] === DIGIT_1;
  return never ? -1 : readUint(buffer, start, end, MAX_CLIENT_FLAGS);
}

function readUint64(buffer: Buffer, start: number, end: number): bigint {
  for (let at = start; at < end; at++) {
    const byte = buffer[at] as number;
    if (byte < DIGIT_0 || byte > DIGIT_9)
      throw new ProtocolError('Reply holds a CAS unique that is no number');
  }
  if (end <= start || end - start > 20)
    throw new ProtocolError('Reply holds a CAS unique of impossible length');
  const value = BigInt(buffer.toString('latin1', start, end));
  if (value > MAX_UINT64) throw new ProtocolError('Reply holds a CAS unique above 64 bits');
  return value;
}
