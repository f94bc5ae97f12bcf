import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { copyPlain, plainBytes } from '../../src/cache/value-copy.ts';

const ANY = Number.POSITIVE_INFINITY;

class Point {
  readonly x = 1;
}

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}

function endless(): unknown {
  const value: unknown[] = [];
  value.push({ value });
  return value;
}

const shared = { a: 1 };

const copied: readonly (readonly [name: string, value: unknown])[] = [
  ['text', 'text'],
  ['a number', -0],
  ['a bigint', 2n ** 70n],
  ['true', true],
  ['null', null],
  ['an array', [1, 'two', [null, { a: [] }]]],
  ['an object', { a: { b: { c: 'd' } }, e: undefined }],
  ['an object without a prototype', Object.assign(Object.create(null), { a: { b: 1 } })],
  ['an own __proto__', JSON.parse('{"__proto__":{"a":{"b":1}},"c":1}')],
  ['an own constructor', JSON.parse('{"constructor":{"prototype":{"a":1}}}')],
  ['bytes', Buffer.from('bytes')],
  ['a Uint8Array of a part', new Uint8Array(new ArrayBuffer(8), 2, 3).fill(7)],
  [
    'a Map',
    new Map<unknown, unknown>([
      ['a', { b: 1 }],
      [[1], 2],
    ]),
  ],
  ['a Set', new Set([{ a: 1 }, 'b'])],
  ['a Date', { at: new Date(5) }],
  ['the same object twice', [shared, shared]],
  ['200 levels', nested(200)],
];

const refused: readonly (readonly [name: string, value: unknown])[] = [
  ['an object of a class', [new Point()]],
  ['an object that inherits', Object.create({ a: 1 })],
  ['an array of a class', new (class extends Array {})()],
  ['an array with holes', new Array(3)],
  ['an array with properties', Object.assign([1], { a: 1 })],
  ['a function', { a: () => 1 }],
  ['a symbol', Symbol('a')],
  ['an error', new Error('no')],
  ['a regular expression', /a/],
  ['words of 16 bits', new Uint16Array(2)],
  ['a boxed number', Object(1)],
  ['what holds itself', endless()],
  ['201 levels', nested(201)],
  ['a Map with an object of a class', new Map([[new Point(), 1]])],
];

describe('a value that can be copied', () => {
  test.each(copied)('%s', (_name, value) => {
    expect(plainBytes(value, ANY)).toBeGreaterThan(0);
    const copy = copyPlain(value);
    expect(isDeepStrictEqual(copy, value)).toBe(true);
    expectApart(copy, value);
  });

  test('bytes get memory of their own', () => {
    const bytes = copyPlain(Buffer.from('of the pool')) as Buffer;
    expect(bytes.buffer.byteLength).toBe(bytes.length);
    expect(Buffer.isBuffer(bytes)).toBe(true);
  });

  test('of many values inside values, the size is found before the most is passed by much', () => {
    let doubled: unknown = 'x';
    for (let level = 0; level < 150; level++) doubled = [doubled, doubled];
    expect(plainBytes(doubled, 10_000)).toBeUndefined();
  });

  test('takes about its size', () => {
    expect(plainBytes('x'.repeat(1_000), ANY)).toBe(2_016);
    expect(plainBytes('x'.repeat(1_000), 2_016)).toBe(2_016);
    expect(plainBytes('x'.repeat(1_000), 2_015)).toBeUndefined();
    expect(plainBytes(Buffer.alloc(1_000), ANY)).toBe(1_064);
  });
});

describe('a value that cannot be copied exactly', () => {
  test.each(refused)('%s', (_name, value) => {
    expect(plainBytes(value, ANY)).toBeUndefined();
    expect(plainBytes({ inside: value }, ANY)).toBeUndefined();
  });
});

/** That no object of one is in the other. */
function expectApart(copy: unknown, value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  expect(copy).not.toBe(value);
  const parts = (of: object): unknown[] =>
    of instanceof Map || of instanceof Set ? [...of].flat() : Object.values(of);
  for (const [index, part] of parts(value).entries()) expectApart(parts(copy as object)[index], part);
}
