/** Numbers, text and bytes as pickle writes them. */
import { wellFormed } from '../text.ts';
import type { PickleOutput } from './pickle-output.ts';
import { checkedInteger, integerToBytes } from './python-integer.ts';

const MAX_INT32 = 0x7fff_ffff;

export function writeBoolean(out: PickleOutput, value: boolean): void {
  out.uint8(value ? 0x88 : 0x89); // NEWTRUE, NEWFALSE
}

/** What is no integer that a number holds exactly is a float, as -0 is. */
export function writeNumber(out: PickleOutput, value: number): void {
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
    out.uint8(0x47); // BINFLOAT
    out.double(value);
  } else if (value >= 0 && value <= 0xff) {
    out.uint8s(0x4b, value); // BININT1
  } else if (value >= 0 && value <= 0xffff) {
    out.uint8(0x4d); // BININT2
    out.uint16(value);
  } else if (value >= -MAX_INT32 - 1 && value <= MAX_INT32) {
    out.uint8(0x4a); // BININT
    out.int32(value);
  } else {
    writeLong(out, BigInt(value));
  }
}

export function writeBigInt(out: PickleOutput, value: bigint): void {
  const number = Number(value);
  if (Number.isSafeInteger(number)) writeNumber(out, number);
  else writeLong(out, checkedInteger(value));
}

function writeLong(out: PickleOutput, value: bigint): void {
  const bytes = integerToBytes(value);
  if (bytes.length <= 0xff) {
    out.uint8s(0x8a, bytes.length); // LONG1
  } else {
    out.uint8(0x8b); // LONG4
    out.int32(bytes.length);
  }
  out.bytes(bytes);
}

export function writeText(out: PickleOutput, value: string): void {
  const length = Buffer.byteLength(wellFormed(value), 'utf8');
  out.uint8(0x58); // BINUNICODE
  out.uint32(length);
  out.text(value, length);
}

/** There is no such opcode below protocol 3. */
export function writeBytes(out: PickleOutput, value: Uint8Array): void {
  if (value.length <= 0xff) {
    out.uint8s(0x43, value.length); // SHORT_BINBYTES
  } else {
    out.uint8(0x42); // BINBYTES
    out.uint32(value.length);
  }
  out.bytes(value);
}
