/**
 * The binary dialect. memcached has deprecated it, and it is what servers with SASL speak
 * (`memcached -S`), and fleets that know no text. See binary-frame.ts for what a frame holds.
 */
import { CAS_WANTED, FIRST_NUMBER, nextNumber, OPCODE, REQUEST_MAGIC } from './binary-frame.ts';
import type { ArithmeticCommand, AuthCommand, Command, CommandData, StoreCommand } from './command.ts';
import { EXPTIME_EXPIRED, MAX_RELATIVE_SECONDS } from './exptime.ts';
import { rawKey } from './key.ts';
import { MAX_UINT64 } from './limits.ts';
import type { Reply } from './reply.ts';
import type { RequestWriter } from './request-writer.ts';
import type { WireProtocol } from './wire-protocol.ts';

const NO_CAS = '\0\0\0\0\0\0\0\0';
/** As the exptime of a step: a missing counter is not made. */
const NOT_MADE = 0xffff_ffff;
/** The field has no sign: -1 would be a time in 2106. This is one in January 1970. */
const LONG_AGO = MAX_RELATIVE_SECONDS + 1;

/** Encodes for one connection: it numbers the commands, as a {@link BinaryReplyParser} counts their replies. */
export class BinaryProtocol implements WireProtocol {
  readonly name = 'binary';
  readonly binaryKeys = true;
  #number = FIRST_NUMBER;

  encode(command: Command, out: RequestWriter): void {
    const number = this.#take();
    switch (command.kind) {
      case 'get':
        frame(out, OPCODE.get, number, rawKey(command));
        return;
      case 'gets':
      case 'fetch':
      case 'inspect':
        frame(out, OPCODE.get, number | CAS_BIT, rawKey(command));
        return;
      case 'getMany':
      case 'getsMany': {
        const tag = command.kind === 'getMany' ? number : number | CAS_BIT;
        for (const key of command.keys) frame(out, OPCODE.getQuietly, tag, key);
        frame(out, OPCODE.noop, number);
        return;
      }
      case 'gat':
      case 'gats': {
        const tag = command.kind === 'gat' ? number : number | CAS_BIT;
        frame(out, OPCODE.getAndTouch, tag, rawKey(command), uint32(exptimeOf(command.exptime)));
        return;
      }
      case 'store':
        encodeStore(command, number, out);
        return;
      case 'delete':
        frame(out, OPCODE.delete, number, rawKey(command));
        return;
      case 'compareDelete':
        frame(out, OPCODE.delete, number, rawKey(command), '', '', casOf(command.casToken));
        return;
      case 'touch':
        frame(out, OPCODE.touch, number, rawKey(command), uint32(exptimeOf(command.exptime)));
        return;
      case 'incr':
      case 'decr':
        encodeArithmetic(command, number, out);
        return;
      case 'flushAll':
        frame(out, OPCODE.flush, number, '', command.delay === 0 ? '' : uint32(command.delay));
        return;
      case 'version':
        frame(out, OPCODE.version, number);
        return;
      case 'stats':
        frame(out, OPCODE.stat, number, command.section);
        return;
      case 'noop':
        frame(out, OPCODE.noop, number);
        return;
      case 'configGet':
        if (command.legacy) frame(out, OPCODE.getWithKey, number, 'AmazonElastiCache:cluster');
        else frame(out, OPCODE.configGet, number, 'cluster');
        return;
      case 'auth':
        frame(out, OPCODE.saslAuth, number, 'PLAIN', '', plainCredentials(command));
    }
  }

  /** Asks which mechanisms of SASL the server takes: a `line` of their names, or `ERROR` where it has no SASL. */
  encodeMechanisms(out: RequestWriter): void {
    frame(out, OPCODE.saslMechanisms, this.#take());
  }

  isFinal(command: Command, reply: Reply): boolean {
    switch (command.kind) {
      case 'getMany':
      case 'getsMany':
        // One get of the batch may be refused; the others still answer, up to the no-op.
        return reply.kind === 'end';
      case 'stats':
        return reply.kind !== 'stat';
      default:
        return true;
    }
  }

  #take(): number {
    const number = this.#number;
    this.#number = nextNumber(number);
    return number;
  }
}

/** In a tag: see binary-frame.ts. */
const CAS_BIT: number = CAS_WANTED * 0x100_0000;

/** @param tag the command's number, and whether the CAS unique is wanted. */
function frame(
  out: RequestWriter,
  opcode: number,
  tag: number,
  key = '',
  extras = '',
  data: CommandData = '',
  cas = NO_CAS,
): void {
  const body = extras.length + key.length + data.length;
  // One call, and one string a frame: `bench` get at 64 callers.
  const header = String.fromCharCode(
    REQUEST_MAGIC,
    opcode,
    key.length >>> 8,
    key.length & 0xff,
    extras.length,
    0,
    0,
    0,
    body >>> 24,
    (body >>> 16) & 0xff,
    (body >>> 8) & 0xff,
    body & 0xff,
    (tag >>> 24) | opcode,
    (tag >>> 16) & 0xff,
    (tag >>> 8) & 0xff,
    tag & 0xff,
  );
  out.text += `${header}${cas}${extras}${key}`;
  if (data.length > 0) out.data(data, '');
}

function encodeStore(command: StoreCommand, number: number, out: RequestWriter): void {
  const { casToken, data, exptime, flags, mode } = command;
  const grows = mode === 'append' || mode === 'prepend';
  const extras = grows ? '' : uint32(flags) + uint32(exptimeOf(exptime));
  const cas = casToken === undefined ? NO_CAS : casOf(casToken);
  frame(out, OPCODE[mode], number, rawKey(command), extras, data, cas);
}

function encodeArithmetic(command: ArithmeticCommand, number: number, out: RequestWriter): void {
  const { delta, exptime, initial, kind } = command;
  const lifetime = initial === undefined ? NOT_MADE : exptimeOf(exptime);
  const extras = uint64(delta) + uint64(initial ?? 0n) + uint32(lifetime);
  frame(out, OPCODE[kind], number, rawKey(command), extras);
}

/** RFC 4616: on whose behalf, which is nobody else's; then who; then the password. */
function plainCredentials({ password, username }: AuthCommand): string {
  return `\0${username}\0${password}`;
}

function exptimeOf(exptime: number): number {
  return exptime === EXPTIME_EXPIRED ? LONG_AGO : exptime;
}

/** 0 says that nothing is to be compared. No item has it: what is sent instead is one that none ever gets to. */
function casOf(casToken: bigint): string {
  return uint64(casToken === 0n ? MAX_UINT64 : casToken);
}

function uint64(value: bigint): string {
  return uint32(Number(value >> 32n)) + uint32(Number(value & 0xffff_ffffn));
}

function uint32(value: number): string {
  return String.fromCharCode(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}
