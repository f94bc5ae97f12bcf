import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DecodeError, InvalidValueError, PythonObject, pythonCodec } from '../../../src/index.ts';
import { back, read, stored } from './stored.ts';

const codec = pythonCodec();

const scalar = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.double(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.bigInt().filter((value) => !Number.isSafeInteger(Number(value))),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('__proto__', 'constructor', '0', '10'),
);
const leaf = fc.oneof(
  scalar,
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  fc.date({
    min: new Date('0001-01-01T00:00:00Z'),
    max: new Date('9999-12-31T23:59:59.999Z'),
    noInvalidDate: true,
  }),
  fc.string().map((digits) => new PythonObject('decimal', 'Decimal', [digits])),
  fc.bigInt().map((int) => new PythonObject('uuid', 'UUID', [], { int: int + 2n ** 64n })),
);
/** What Python has as a key, too. */
const key = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.integer(),
  fc.tuple(fc.constant(2.5), fc.string()).map((pair) => [...pair]),
);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie('value'), { maxLength: 6 }),
    fc.dictionary(fc.oneof(fc.string(), fc.constant('__proto__')), tie('value'), {
      maxKeys: 6,
      noNullPrototype: true,
    }),
    fc
      .uniqueArray(fc.tuple(key, tie('value')), { selector: ([each]) => JSON.stringify(each) })
      // Where all keys are strings it would be read as an object.
      .map((pairs) => new Map<unknown, unknown>([[1.5, null], ...pairs])),
    fc.uniqueArray(key, { selector: (each) => JSON.stringify(each) }).map((members) => new Set(members)),
  ),
}));

describe('any value', () => {
  test('is read as it was written, from bytes of its own and from the middle of others', () => {
    fc.assert(
      fc.property(value, (given) => {
        const { data, flags } = codec.encode(given);
        const bytes = Buffer.from(data);
        const around = Buffer.concat([Buffer.from('before'), bytes, Buffer.from('after')]);
        const slice = codec.decodeSlice?.(around, 6, 6 + bytes.length, flags);
        around.fill(0);
        expect(slice).toEqual(given);
        const packed = deflateSync(bytes);
        expect(codec.decode(packed, flags | 8)).toEqual(given);
        expect(codec.decode(bytes, flags)).toEqual(given);
      }),
      { numRuns: 500 },
    );
  });

  test('that is read shares no memory with the buffer it was in', () => {
    const buffer = Buffer.from(codec.encode([Buffer.from('bytes')]).data);
    const [bytes] = codec.decode(buffer, 1) as [Buffer];
    buffer.fill(0);
    expect(bytes).toEqual(Buffer.from('bytes'));
  });
});

describe('what is stored', () => {
  test.each([
    ['text', ['text', 16]],
    ['', ['', 16]],
    [Buffer.of(0, 255), ['\0\xff', 0]],
    [new Uint8Array([1]), ['\x01', 0]],
    [42, ['42', 4]],
    [-0, ['\x80\x02G\x80\0\0\0\0\0\0\0.', 1]],
    [2 ** 53, ['\x80\x02GC@\0\0\0\0\0\0.', 1]],
    [2n ** 53n, ['9007199254740992', 4]],
    [null, ['\x80\x02N.', 1]],
    [true, ['\x80\x02\x88.', 1]],
    [0.5, ['\x80\x02G?\xe0\0\0\0\0\0\0.', 1]],
    [
      [1, 'a'],
      ['\x80\x02]q\0(K\x01X\x01\0\0\0ae.', 1],
    ],
    [{}, ['\x80\x02}q\0(u.', 1]],
    [[Buffer.of(1)], ['\x80\x03]q\0(C\x01\x01q\x01e.', 1]],
    [new Set([1]), ['\x80\x02c__builtin__\nset\nq\0](K\x01e\x85Rq\x01.', 1]],
    // Python 3 reads the name of Python 2 below protocol 3 alone.
    [
      [new Set([1]), Buffer.of(1)],
      ['\x80\x03]q\0(cbuiltins\nset\nq\x01](K\x01e\x85Rq\x02C\x01\x01q\x03e.', 1],
    ],
    [
      new PythonObject('zoneinfo', 'ZoneInfo._unpickle', ['UTC', 1]),
      ['\x80\x04czoneinfo\nZoneInfo._unpickle\nq\0X\x03\0\0\0UTCK\x01\x86Rq\x01.', 1],
    ],
  ])('of %o', (given, expected) => {
    expect(stored(given)).toEqual(expected);
  });

  test('leaves properties that are undefined out, as JSON does', () => {
    expect(back({ a: undefined, b: 1, [Symbol('c')]: 2 })).toStrictEqual({ b: 1 });
    expect(back(Object.assign(Object.create(null), { a: 1 }))).toStrictEqual({ a: 1 });
  });

  test('has numbers of every size', () => {
    for (const bits of [7n, 8n, 15n, 16n, 31n, 32n, 52n, 53n, 63n, 64n, 127n, 128n, 2000n, 3300n]) {
      for (const near of [-2n, -1n, 0n, 1n]) {
        for (const sign of [1n, -1n]) {
          const given = sign * (2n ** bits + near);
          const expected = Number.isSafeInteger(Number(given)) ? Number(given) : given;
          expect(back([given])).toEqual([expected]);
          expect(back(given)).toBe(expected);
        }
      }
    }
  });

  test('is the same object where it was the same object', () => {
    const shared = { a: 1 };
    const bytes = Buffer.alloc(1000);
    const given = { first: shared, second: [shared], map: new Map([[1, shared]]), bytes: [bytes, bytes] };
    const read = back(given) as typeof given;
    expect(read).toEqual(given);
    expect(read.second[0]).toBe(read.first);
    expect(read.map.get(1)).toBe(read.first);
    expect(stored(given)[0].length).toBeLessThan(1200);
  });

  test('may hold itself', () => {
    const list: unknown[] = [1];
    const object: Record<string, unknown> = { list };
    const map = new Map<unknown, unknown>([[1, object]]);
    list.push(object, map);
    const read = back(list) as [number, { list: unknown }, Map<number, unknown>];
    expect(read[1].list).toBe(read);
    expect(read[2].get(1)).toBe(read[1]);
  });

  test('names a class of a module and one within a class apart', () => {
    const given = [new PythonObject('a.b', 'c'), new PythonObject('a', 'b.c'), new PythonObject('a.b', 'c')];
    expect(back(given, { unknownClasses: 'object' })).toEqual(given);
  });

  test('does not hold an array twice as what it is not', () => {
    const pair = [1, 2];
    const given = [pair, new Map([[pair, pair]]), new Set([pair])];
    expect(stored(given)[0]).toBe(
      '\x80\x02]q\0(]q\x01(K\x01K\x02e}q\x02(K\x01K\x02\x86q\x03h\x01uc__builtin__\nset\nq\x04](h\x03e\x85Rq\x05e.',
    );
    expect(back(given)).toEqual(given);
  });
});

describe('what cannot be stored is an InvalidValueError', () => {
  const within: unknown[] = [];
  within.push(new Set([within]));
  const deep = (levels: number): unknown => Array.from({ length: levels }).reduce((inner) => [inner], null);
  let wide: unknown = [];
  for (let level = 0; level < 100; level++) wide = [wide, wide];

  test.each([
    ['undefined', undefined],
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['half a pair', '\ud800'],
    ['half a pair within', ['\udc00']],
    ['half a pair as a key', { '\ud800': 1 }],
    ['undefined in an array', [undefined]],
    ['a hole', new Array(1)],
    ['undefined in a Map', new Map([[1, undefined]])],
    ['undefined in a Set', new Set([undefined])],
    ['a function within', { a: () => 1 }],
    ['an object of a class', new (class Point {})()],
    ['an Error', new Error('e')],
    ['a RegExp', /a/],
    ['numbers in objects', Object(1)],
    ['an ArrayBuffer', new ArrayBuffer(1)],
    ['a Float64Array', new Float64Array(1)],
    ['a Date that is none', new Date(Number.NaN)],
    ['a Date of the year 0', new Date('0000-12-31T23:59:59Z')],
    ['a Date of the year 10000', new Date(253_402_300_800_000)],
    ['an integer of 1,001 digits', 10n ** 1000n],
    ['an integer of 1,001 digits within', [-(10n ** 1000n)]],
    ['an object in a Set', new Set([{}])],
    ['a Map in a Set', new Set([new Map()])],
    ['an object as a key', new Map([[{}, 1]])],
    ['an object in an array as a key', new Map([[[{}], 1]])],
    ['a Set in itself', within],
    ['1,001 levels', deep(1001)],
    ['many levels', deep(100_000)],
    ['a key of endless parts', new Map([[wide, 1]])],
    ['a class with a name of two lines', new PythonObject('a', 'b\nc')],
    ['a class without a module', new PythonObject('', 'b')],
    ['an object in its own arguments', inItself()],
  ])('%s', (_, given) => {
    expect(() => codec.encode(given)).toThrow(InvalidValueError);
  });

  test.each<[string, Map<unknown, unknown> | Set<unknown>]>([
    [
      '1 and true',
      new Map<unknown, unknown>([
        [1, 'a'],
        [true, 'b'],
      ]),
    ],
    ['0 and false', new Set<unknown>([0, false])],
    ['1 and 1n', new Set<unknown>([1, 1n])],
    ['2 ** 60 and 2n ** 60n', new Set<unknown>([2 ** 60, 2n ** 60n])],
    [
      'two arrays of the same',
      new Set([
        [1, 'a'],
        [1, 'a'],
      ]),
    ],
    [
      'arrays of 1 and true',
      new Set([
        [1, ['x']],
        [true, ['x']],
      ]),
    ],
    [
      'two bytes of the same',
      new Map([
        [Buffer.of(1), 1],
        [Buffer.of(1), 2],
      ]),
    ],
    ['two Dates of the same', new Set([new Date(5), new Date(5)])],
    ['two Sets of the same', new Set([new Set([1, 2]), new Set([2, 1])])],
  ])('keys that are one to Python: %s', (_, given) => {
    expect(() => codec.encode(given)).toThrow('two keys that are the same to Python');
  });

  test.each<[string, Set<unknown>]>([
    ['numbers and text', new Set([1, '1', null, 'null', 1.5])],
    ['arrays', new Set<unknown>([['a', 'b'], ['ab'], 'ab', ['a', ['b']], [['a'], 'b'], ['1:s'], []])],
    ['bytes and text', new Set<unknown>([Buffer.from('a'), 'a', ['a'], [Buffer.from('a')]])],
    ['objects of Python', new Set([new PythonObject('a', 'b'), new PythonObject('a', 'b')])],
  ])('but not those that are not: %s', (_, given) => {
    expect(back(given, { unknownClasses: 'object' })).toEqual(given);
  });

  test('1,000 levels can', () => {
    expect(() => codec.encode(deep(1000))).not.toThrow();
    expect(back(deep(1000))).toEqual(deep(1000));
  });

  function inItself(): PythonObject {
    const args: unknown[] = [];
    args.push(new PythonObject('a', 'b', args));
    return args[0] as PythonObject;
  }
});

describe('what is read', () => {
  test.each([
    ['42', 2, 42],
    ['42', 4, 42],
    [' 42 ', 4, 42],
    ['-0', 2, 0],
    ['18446744073709551615', 4, 2n ** 64n - 1n],
    ['a', 0, Buffer.from('a')],
    ['a', 32, Buffer.from('a')],
    ['a', 16 + 64, 'a'],
    ['a', 0x1_0010, 'a'],
    ['N.', 1, null],
  ])('%o with flags %i', (bytes, flags, expected) => {
    expect(read(bytes, flags)).toStrictEqual(expected);
  });

  test.each([
    ['1.5', 2],
    ['', 4],
    ['0x10', 4],
    ['9'.repeat(1001), 4],
    ['\xff', 16],
    ['N.', 3],
    ['1', 6],
    ['a', 17],
    ['a', 18],
    ['a', 20],
    ['', 1],
    ['no zlib', 8],
  ])('%o with flags %i: DecodeError', (bytes, flags) => {
    expect(() => read(bytes, flags)).toThrow(DecodeError);
  });

  test('names the flags that it does not know', () => {
    expect(() => read('a', 17)).toThrow('Value has client flags 17, which no Python client writes');
  });

  test('keeps a buffer where its value is bytes as they are, alone', () => {
    const bytes = Buffer.from('a');
    expect(codec.decode(bytes, 0)).toBe(bytes);
    expect([0, 32, 1, 2, 4, 8, 16, 9].map((flags) => codec.keepsBuffer?.(flags))).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
      false,
      false,
    ]);
  });

  test('strings of Python 2 are text where they are UTF-8, and else bytes', () => {
    expect(read('U\x02\xc3\xa9.', 1)).toBe('é');
    expect(read('U\x01\xe9.', 1)).toEqual(Buffer.of(0xe9));
    expect(read("S'\\xe9'\n.", 1)).toEqual(Buffer.of(0xe9));
    expect(
      read('cdatetime\ndatetime\nU\n\x07\xe8\x01\x02\x03\x04\x05\0\0\0cpytz\n_UTC\n)R\x86R.', 1),
    ).toEqual(new Date('2024-01-02T03:04:05Z'));
    // Ten bytes that happen to be UTF-8.
    expect(read('cdatetime\ndatetime\nU\n\x07\x64\x01\x02\x03\x04\x05\0\0\0\x85R.', 1)).toEqual(
      new PythonObject('datetime', 'datetime', [Buffer.from('07640102030405000000', 'hex')]),
    );
    expect(
      read('cdatetime\ndatetime\nU\n\x07\x64\x01\x02\x03\x04\x05\0\0\0cpytz\n_UTC\n)R\x86R.', 1),
    ).toEqual(new Date('1892-01-02T03:04:05Z'));
  });
});
