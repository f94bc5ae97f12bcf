/** Keys that were chosen so that finding each means to look at all. */
import { expect, test } from 'vitest';
import { pythonCodec } from '../../../src/index.ts';

const PICKLE = 1;
const codec = pythonCodec();

function pickleOf(value: unknown): Buffer {
  return Buffer.from(codec.encode(value).data);
}

/** The integer of which V8 has this hash: its steps backwards, with the inverses of 2057, 5 and 32767. */
function ofHash(hash: number): number {
  let key = Math.imul(hash ^ (hash >>> 16), 3_369_993_785);
  for (const shift of [4, 8, 16]) key ^= key >>> shift;
  key = Math.imul(key, 3_435_973_837);
  for (const shift of [12, 24]) key ^= key >>> shift;
  return Math.imul(key + 1, 3_221_192_703);
}

test.each([
  ['integers with the same 64 bits at the end', (index: number) => (BigInt(index + 1) << 64n) + 5n],
  ['integers of which Maps do not see the sign', (index: number) => -(BigInt(index + 1) << 64n)],
  ['small integers', (index: number) => ofHash(index << 16)],
])('keys that Maps search one by one: %s', (_, keyAt) => {
  const keys = Array.from({ length: 1_000 }, (_, index) => keyAt(index));
  const few = keys.slice(0, 500);
  expect(codec.decode(pickleOf(new Set(few)), PICKLE)).toEqual(new Set(few));
  const set = pickleOf(new Set(keys)).toString('latin1');
  const list = pickleOf(keys).toString('latin1').slice(2, -1);
  const members = list.slice(list.indexOf('('), -1);
  const dict = pickleOf(new Map(keys.map((key) => [key, null]))).toString('latin1');
  const pairs = pickleOf(keys.map((key) => [key, null]))
    .toString('latin1')
    .slice(2, -1);
  for (const pickle of [
    set,
    `\x8f${members}\x90.`,
    `${members}\x91.`,
    dict,
    `ccollections\nOrderedDict\n${pairs}\x85R.`,
  ]) {
    expect(() => codec.decode(Buffer.from(pickle, 'latin1'), PICKLE)).toThrow('made to take long');
  }
});

test.each([
  ['small integers', (index: number) => index - 50_000],
  ['multiples', (index: number) => index * 1_000],
  ['multiples of a power of 2', (index: number) => (index << 14) | 0],
  ['milliseconds', (index: number) => 1_700_000_000_000 + index * 60_000],
  ['halves', (index: number) => index + 0.5],
  ['tenths', (index: number) => index / 10],
  ['ids of 64 bits', (index: number) => (1_700_000_000_000n + BigInt(index)) << 22n],
  ['thousands past 2^53', (index: number) => 2n ** 53n + BigInt(index) * 1_000n],
])('100,000 keys that nobody chose for that are read: %s', (_, keyAt) => {
  const keys = new Set(Array.from({ length: 100_000 }, (_, index) => keyAt(index)));
  expect((codec.decode(pickleOf(keys), PICKLE) as Set<unknown>).size).toBe(keys.size);
});
