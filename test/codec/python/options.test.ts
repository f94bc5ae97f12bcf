import { describe, expect, test } from 'vitest';
import {
  DecodeError,
  InvalidCacheConfigError,
  type PythonCodecOptions,
  PythonObject,
  pythonCodec,
} from '../../../src/index.ts';
import { back, read, stored } from './stored.ts';

const DECIMAL = 'cdecimal\nDecimal\nU\x0412.5\x85R';

describe('revive', () => {
  const price = { 'decimal.Decimal': ({ args }: PythonObject) => Number(args[0]) };

  test('makes something else of objects, wherever they are', () => {
    expect(read(`${DECIMAL}.`, 1, { revive: price })).toBe(12.5);
    const everywhere = `(${DECIMAL}q\0}U\x01ah\0s}h\0h\0scbuiltins\nset\n]h\0a\x85Rcuuid\nUUID\n)\x81}U\x01xh\0sbl.`;
    expect(read(everywhere, 1, { revive: price })).toEqual([
      12.5,
      { a: 12.5 },
      new Map([[12.5, 12.5]]),
      new Set([12.5]),
      new PythonObject('uuid', 'UUID', [], { x: 12.5 }),
    ]);
  });

  test('has what is inside revived first, and makes each object once', () => {
    const nested = `capp\nOrder\n${DECIMAL}\x85Rq\0h\0\x86.`;
    const orders = read(nested, 1, {
      revive: { ...price, 'app.Order': ({ args }) => ({ total: args[0] }) },
    }) as object[];
    expect(orders).toEqual([{ total: 12.5 }, { total: 12.5 }]);
    expect(orders[0]).toBe(orders[1]);
  });

  test('may read a datetime itself', () => {
    const pickle = 'cdatetime\ndatetime\nC\n\x07\xe8\x01\x02\x03\x04\x05\x06\x07\x08cpytz\n_UTC\n)R\x86R.';
    const micros = ({ args }: PythonObject): number => (args[0] as Buffer).readUIntBE(7, 3);
    expect(read(pickle, 1, { revive: { 'datetime.datetime': micros } })).toBe(0x06_07_08);
  });

  test('may give null, and nothing is a DecodeError, as is what it throws', () => {
    expect(read(`${DECIMAL}.`, 1, { revive: { 'decimal.Decimal': () => null } })).toBe(null);
    expect(() => read(`${DECIMAL}.`, 1, { revive: { 'decimal.Decimal': () => undefined } })).toThrow(
      'The function that revives decimal.Decimal returned nothing',
    );
    const cause = new Error('12.5 is secret');
    const fails = (): never => {
      throw cause;
    };
    expect(() => read(`${DECIMAL}.`, 1, { revive: { 'decimal.Decimal': fails } })).toThrow(
      expect.objectContaining({
        name: 'DecodeError',
        message: 'The function that revives decimal.Decimal failed',
        cause,
      }),
    );
  });

  test('of what holds itself is a DecodeError', () => {
    const pickle = 'capp\nNode\n)\x81q\0}U\x04selfh\0sb.';
    expect(() => read(pickle, 1, { revive: { 'app.Node': ({ state }) => state } })).toThrow('holds itself');
    const node = read(pickle, 1, { unknownClasses: 'object' }) as PythonObject;
    expect((node.state as { self: unknown }).self).toBe(node);
  });
});

describe('options', () => {
  test('integerFlags', () => {
    expect(stored(1, { integerFlags: 2 })).toEqual(['1', 2]);
    expect(stored(1n, { integerFlags: 2 })).toEqual(['1', 2]);
  });

  test("booleans: 'pylibmc'", () => {
    const options = { booleans: 'pylibmc' } as const;
    expect([stored(true, options), stored(false, options)]).toEqual([
      ['1', 2],
      ['0', 2],
    ]);
    expect([back(true, options), back(false, options), back(1, options)]).toEqual([true, false, 1]);
    expect(back([true], options)).toEqual([true]);
    // It was counted on.
    expect(read('2', 2, options)).toBe(2);
  });

  test('pylibmc15', () => {
    const options = { pylibmc15: true };
    expect([read('1', 16, options), read('0', 16, options)]).toEqual([true, false]);
    expect(() => read('text', 16, options)).toThrow(DecodeError);
    expect(stored('text', options)[1]).toBe(1);
    expect(back('text', options)).toBe('text');
  });

  test.each<[string, PythonCodecOptions]>([
    ['integerFlags must be 2 or 4', { integerFlags: 1 as 2 }],
    ['integerFlags must be 4', { integerFlags: 2, booleans: 'pylibmc' }],
    ["booleans must be 'pickle' or 'pylibmc'", { booleans: 'yes' as 'pickle' }],
    ['pylibmc15 must be', { pylibmc15: 1 as unknown as boolean }],
    ["unknownClasses must be 'throw' or 'object'", { unknownClasses: 'ignore' as 'throw' }],
    ['revive must be an object of functions', { revive: { a: 1 as unknown as () => 1 } }],
    ['revive cannot have collections.OrderedDict', { revive: { 'collections.OrderedDict': () => 1 } }],
    ['revive must be an object of functions', { revive: null as unknown as Record<string, () => 1> }],
    ['maxInflatedBytes must be', { maxInflatedBytes: 0 }],
    ['maxInflatedBytes must be', { maxInflatedBytes: 2 ** 31 }],
  ])('that cannot be right are told: %s', (message, options) => {
    expect(() => pythonCodec(options)).toThrow(InvalidCacheConfigError);
    expect(() => pythonCodec(options)).toThrow(message);
  });
});
