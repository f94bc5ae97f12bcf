/** Integers of any size as pickle writes them: little endian, in two's complement. */
import { DecodeError, InvalidValueError } from '../../errors.ts';
import { MAX_INTEGER_BYTES } from './limits.ts';

/** @throws DecodeError for one that is too long; empty bytes are 0. */
export function integerFromBytes(bytes: Buffer): number | bigint {
  if (bytes.length > MAX_INTEGER_BYTES)
    throw new DecodeError('Pickle has an integer of more than 1,000 digits');
  if (bytes.length === 0) return 0;
  const unsigned = BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
  return narrowed(BigInt.asIntN(8 * bytes.length, unsigned));
}

export function integerToBytes(value: bigint): Buffer {
  // A bit for the sign; one byte more than there need be does no harm.
  const bits = 4 * (value < 0n ? -value : value).toString(16).length + 1;
  const size = Math.ceil(bits / 8);
  const hex = BigInt.asUintN(8 * size, value).toString(16);
  return Buffer.from(hex.padStart(2 * size, '0'), 'hex').reverse();
}

const TOO_LARGE = 10n ** 1000n;

/** @throws InvalidValueError for an integer that nobody would read. */
export function checkedInteger(value: bigint): bigint {
  if (value >= TOO_LARGE || value <= -TOO_LARGE) {
    throw new InvalidValueError('An integer of more than 1,000 digits cannot be stored');
  }
  return value;
}

function narrowed(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
