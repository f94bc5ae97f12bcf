/** Values as Python spells them, and as they are here. */
import { PythonObject } from '../../../src/index.ts';

/** What the expressions need. */
export const PYTHON_IMPORTS = `
import base64, collections, datetime, decimal, pickle, pickletools, uuid, zlib, zoneinfo
import pytz
from collections import OrderedDict, defaultdict
from datetime import date, time, timedelta, timezone
from decimal import Decimal
from django.utils.safestring import mark_safe
`;

const object = (path: string, args: readonly unknown[] = [], state?: unknown): PythonObject => {
  const dot = path.lastIndexOf('.');
  return new PythonObject(path.slice(0, dot), path.slice(dot + 1), args, state);
};
const utc = object('datetime.timezone', [object('datetime.timedelta', [0, 0, 0])]);

/** Python, what it is here, and what Python reads once it was written here: the same, unless said. */
export const VALUES: [python: string, value: unknown, back?: string][] = [
  ['None', null],
  ['True', true],
  ['False', false],
  ...[
    0,
    1,
    -1,
    255,
    256,
    65_535,
    65_536,
    -128,
    2 ** 31 - 1,
    -(2 ** 31),
    2 ** 31,
    2 ** 53 - 1,
    -(2 ** 53) + 1,
  ].map((value) => [String(value), value] as [string, unknown]),
  ...[
    2n ** 53n,
    -(2n ** 53n),
    2n ** 63n,
    -(2n ** 63n),
    2n ** 64n,
    10n ** 30n,
    -(10n ** 30n),
    10n ** 999n,
  ].map((value) => [String(value), value] as [string, unknown]),
  ...['1.5', '-0.0', '1e+300', '5e-324', '3.141592653589793', '-2.2250738585072014e-308'].map(
    (text) => [text, Number(text)] as [string, unknown],
  ),
  ["float('inf')", Number.POSITIVE_INFINITY, 'inf'],
  ["float('-inf')", Number.NEGATIVE_INFINITY, '-inf'],
  ["float('nan')", Number.NaN, 'nan'],
  ['1.0', 1, '1'],
  ["''", ''],
  ["'héllo ☃ 😀'", 'héllo ☃ 😀'],
  [
    String.raw`'\\u0041 \\ \x00 \n \r \x1a \xff'`,
    '\\u0041 \\ \0 \n \r \x1a \xff',
    String.raw`'\\u0041 \\ \x00 \n \r \x1a ÿ'`,
  ],
  ["'x' * 300", 'x'.repeat(300), `'${'x'.repeat(300)}'`],
  ["'é' * 70000", 'é'.repeat(70_000), `'${'é'.repeat(70_000)}'`],
  ["b''", Buffer.of()],
  [String.raw`b'\x00\xff\n'`, Buffer.of(0, 255, 10)],
  ["b'x' * 300", Buffer.alloc(300, 'x'), `b'${'x'.repeat(300)}'`],
  ["bytearray(b'\\xff')", Buffer.of(255), String.raw`b'\xff'`],
  ['bytearray()', Buffer.of(), "b''"],
  ['[]', []],
  ["[1, 'a', None, [True], {}]", [1, 'a', null, [true], {}]],
  ['()', [], '[]'],
  ['(1,)', [1], '[1]'],
  ['(1, 2)', [1, 2], '[1, 2]'],
  ['(1, 2, 3)', [1, 2, 3], '[1, 2, 3]'],
  ['(1, 2, 3, 4)', [1, 2, 3, 4], '[1, 2, 3, 4]'],
  ['{}', {}],
  ["{'a': 1, 'b': {'c': [2.5]}}", { a: 1, b: { c: [2.5] } }],
  [
    "{1: 'a', (2, (3,)): 'b', None: 'c', 'd': 4, b'e': 5, frozenset({6}): 7}",
    new Map<unknown, unknown>([
      [1, 'a'],
      [[2, [3]], 'b'],
      [null, 'c'],
      ['d', 4],
      [Buffer.from('e'), 5],
      [new Set([6]), 7],
    ]),
  ],
  [
    "{'a': 1, 2: 'b'}",
    new Map<unknown, unknown>([
      ['a', 1],
      [2, 'b'],
    ]),
  ],
  [
    "{str(i): i for i in range(2500)} | {'z': None}",
    Object.fromEntries([...Array.from({ length: 2500 }, (_, i) => [i, i]), ['z', null]]),
  ],
  ['set()', new Set()],
  ['{1}', new Set([1])],
  ['frozenset()', new Set(), 'set()'],
  ["frozenset({(1, 'a')})", new Set([[1, 'a']]), "{(1, 'a')}"],
  ['[frozenset({1}), {frozenset({1})}]', [new Set([1]), new Set([new Set([1])])], '[{1}, {frozenset({1})}]'],
  [
    "OrderedDict([('2', 1), ('1', 2)])",
    new Map([
      ['2', 1],
      ['1', 2],
    ]),
    "{'2': 1, '1': 2}",
  ],
  ['OrderedDict()', new Map(), '{}'],
  ["defaultdict(list, {'a': [1]})", { a: [1] }, "{'a': [1]}"],
  ['defaultdict(None, {1: 2})', new Map([[1, 2]]), '{1: 2}'],
  ["mark_safe('<b>')", '<b>', "'<b>'"],
  ["[mark_safe('<b>'), 'after']", ['<b>', 'after'], "['<b>', 'after']"],
  [
    'datetime.datetime(2024, 2, 29, 12, 34, 56, 789012)',
    object('datetime.datetime', [Buffer.from('07e8021d0c22380c0a14', 'hex')]),
  ],
  [
    'datetime.datetime(2024, 10, 27, 2, 30, fold=1)',
    object('datetime.datetime', [Buffer.from('07e88a1b021e00000000', 'hex')]),
  ],
  [
    'datetime.datetime(2024, 2, 29, 12, 34, 56, 789999, timezone.utc)',
    new Date('2024-02-29T12:34:56.789Z'),
    'datetime.datetime(2024, 2, 29, 12, 34, 56, 789000, tzinfo=datetime.timezone.utc)',
  ],
  [
    'datetime.datetime(1969, 12, 31, 23, 59, 59, 999999, timezone.utc)',
    new Date(-1),
    'datetime.datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=datetime.timezone.utc)',
  ],
  [
    'datetime.datetime(2024, 1, 1, tzinfo=timezone(timedelta(hours=-5, minutes=-30)))',
    new Date('2024-01-01T05:30:00Z'),
    'datetime.datetime(2024, 1, 1, 5, 30, tzinfo=datetime.timezone.utc)',
  ],
  [
    "datetime.datetime(2024, 1, 1, tzinfo=timezone(timedelta(hours=2), 'CEST'))",
    new Date('2023-12-31T22:00:00Z'),
    'datetime.datetime(2023, 12, 31, 22, 0, tzinfo=datetime.timezone.utc)',
  ],
  [
    'datetime.datetime(2024, 1, 1, 0, 0, 0, 1, timezone(timedelta(microseconds=2)))',
    new Date('2023-12-31T23:59:59.999Z'),
    'datetime.datetime(2023, 12, 31, 23, 59, 59, 999000, tzinfo=datetime.timezone.utc)',
  ],
  ['datetime.datetime(1, 1, 1, tzinfo=timezone.utc)', new Date('0001-01-01T00:00:00Z')],
  [
    'datetime.datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=timezone.utc)',
    new Date('9999-12-31T23:59:59.999Z'),
  ],
  [
    'pytz.utc.localize(datetime.datetime(2024, 1, 1))',
    new Date('2024-01-01T00:00:00Z'),
    'datetime.datetime(2024, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)',
  ],
  [
    "pytz.timezone('Europe/Paris').localize(datetime.datetime(2024, 7, 1))",
    object('datetime.datetime', [
      Buffer.from('07e80701000000000000', 'hex'),
      object('pytz._p', ['Europe/Paris', 7200, 3600, 'CEST']),
    ]),
  ],
  [
    "datetime.datetime(2024, 7, 1, tzinfo=zoneinfo.ZoneInfo('Europe/Paris'))",
    object('datetime.datetime', [
      Buffer.from('07e80701000000000000', 'hex'),
      new PythonObject('zoneinfo', 'ZoneInfo._unpickle', ['Europe/Paris', 1]),
    ]),
  ],
  ['date(2024, 2, 29)', object('datetime.date', [Buffer.from('07e8021d', 'hex')])],
  ['time(12, 34, 56, 7)', object('datetime.time', [Buffer.from('0c2238000007', 'hex')])],
  ['time(12, tzinfo=timezone.utc)', object('datetime.time', [Buffer.from('0c0000000000', 'hex'), utc])],
  ['timedelta(days=-1, seconds=5, microseconds=7)', object('datetime.timedelta', [-1, 5, 7])],
  ['timezone.utc', utc],
  ["Decimal('-12.50')", object('decimal.Decimal', ['-12.50'])],
  ['uuid.UUID(int=2**127 + 1)', object('uuid.UUID', [], { int: 2n ** 127n + 1n })],
  ['uuid.UUID(int=5)', object('uuid.UUID', [], { int: 5 })],
  ['complex(1.5, -2)', object('builtins.complex', [1.5, -2])],
  [
    "[Decimal('1'), Decimal('2'), {Decimal('3'): uuid.UUID(int=1)}]",
    [
      object('decimal.Decimal', ['1']),
      object('decimal.Decimal', ['2']),
      new Map([[object('decimal.Decimal', ['3']), object('uuid.UUID', [], { int: 1 })]]),
    ],
  ],
];
