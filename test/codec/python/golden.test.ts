import { describe, expect, test } from 'vitest';
import { pythonCodec } from '../../../src/index.ts';
import { entries, expectedValue, golden, refusals } from './golden.ts';

const codec = pythonCodec();

/** Without a serializer pymemcache stores what `str` makes of a value: to all others that is bytes. */
const raw = entries.filter(({ flags }) => flags === 0);
const typed = entries.filter(({ flags }) => flags !== 0);

/** pylibmc's booleans are integers; and a number that is whole is an integer here. */
const OTHER_FLAGS: Readonly<Record<string, number>> = { bool_false: 1, float_0: 4 };

describe('what Python clients stored', () => {
  test('is all there', () => {
    expect(Object.keys(golden.inputs)).toEqual(Object.keys(golden.values));
    expect([entries.length, refusals, raw.length, typed.length]).toEqual([129, 2, 35, 94]);
  });

  test.each(typed.map((entry) => [`${entry.name}, flags ${entry.flags}`, entry] as const))(
    '%s, is read as it was',
    (_, { bytes, flags, name }) => {
      const expected = name === 'bool_false' && flags === 2 ? 0 : expectedValue(name);
      expect(codec.decode(Buffer.from(bytes), flags)).toStrictEqual(expected);
    },
  );

  test.each(raw.map((entry) => [entry.name, entry] as const))('%s, raw, is read as bytes', (_, { bytes }) => {
    expect(codec.decode(Buffer.from(bytes), 0)).toStrictEqual(bytes);
  });

  test.each(Object.keys(golden.inputs))('%s, written here and read again, is the same', (name) => {
    const { data, flags } = codec.encode(expectedValue(name));
    expect(codec.decode(Buffer.from(data), flags)).toStrictEqual(expectedValue(name));
  });

  test.each(Object.keys(golden.inputs))('%s, has the client flags of pylibmc', (name) => {
    const { flags } = codec.encode(expectedValue(name));
    const byPylibmc = entries.find(
      ({ name: of, writers }) => of === name && writers.includes('pylibmc_text@dj32'),
    );
    expect(flags).toBe(OTHER_FLAGS[name] ?? byPylibmc?.flags);
  });
});

const FIVE_HUNDRED = Buffer.from('hello'.repeat(100));
const PLAIN: Readonly<Record<string, unknown>> = {
  str_500: FIVE_HUNDRED.toString(),
  bytes_500: FIVE_HUNDRED,
  list_100: Array.from({ length: 100 }, () => 'x'),
  bigint: 10n ** 600n,
  short_str: 'abc',
  random: Buffer.from(Array.from({ length: 256 }, (_, index) => index)),
};

describe('what Python clients compressed', () => {
  const stored = golden.compression.filter(({ b64 }) => b64 !== null);

  test('is all there but one, whose bytes are left out', () => {
    expect([golden.compression.length, stored.length]).toEqual([16, 15]);
  });

  test.each(stored.map((entry, index) => [`${entry.value} by ${entry.writer} (${index})`, entry] as const))(
    '%s, is read as it was',
    (_, { b64, flags, value }) => {
      expect(codec.decode(Buffer.from(b64 as string, 'base64'), flags)).toStrictEqual(PLAIN[value]);
    },
  );
});
