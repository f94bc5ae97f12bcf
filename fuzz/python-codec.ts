import assert from 'node:assert/strict';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { pythonCodec } from '../src/codec/python/python-codec.ts';
import { DecodeError, InvalidValueError } from '../src/errors.ts';
import { damaged, noise } from './bytes.ts';
import type { FuzzProperty } from './fuzz-property.ts';

/** Pieces of pickles: opcodes with what belongs to them, and opcodes alone. */
const FRAGMENTS: readonly string[] = [
  ...[
    '(',
    ')',
    ']',
    '}',
    '0',
    '1',
    '2',
    '\x8f',
    '\x90',
    '\x91',
    '\x85',
    '\x86',
    '\x87',
    '\x93',
    '\x94',
    '\x97',
  ],
  ...['a', 'b', 'd', 'e', 'l', 'o', 's', 't', 'u', 'R', 'Q', 'N', '.', '\x81', '\x92', '\x88', '\x89'],
  ...[
    'K\x01',
    'M\x01\x02',
    'J\xff\xff\xff\xff',
    'I01\n',
    'L-5L\n',
    'F1e999\n',
    'F-nan\n',
    'G\x7f\xf8\0\0\0\0\0\0',
  ],
  ...[
    '\x8a\x02\xff\x80',
    '\x8b\x02\0\0\0\xff\x80',
    '\x8b\xff\xff\xff\xff',
    'U\x01a',
    'T\x01\0\0\0\xff',
    "S'\\xff'\n",
  ],
  ...[
    'X\x01\0\0\0a',
    '\x8c\x09__proto__',
    '\x8d\x01\0\0\0\0\0\0\0b',
    'V\\u0041\\\n',
    'C\x01\xff',
    'B\x01\0\0\0a',
  ],
  ...[
    'X\xff\xff\xff\x7f',
    '\x8e\xff\xff\xff\xff\xff\xff\xff\xff',
    '\x96\x01\0\0\0\0\0\0\0a',
    '\x95\xff\xff\0\0\0\0\0\0',
  ],
  ...[
    'q\0',
    'q\x01',
    'h\0',
    'h\x01',
    'p0\n',
    'g0\n',
    'r\xff\xff\xff\xff',
    'j\xff\xff\xff\xff',
    '\x80\x05',
    '\x82\x01',
  ],
  ...[
    'cbuiltins\nset\n',
    'c__builtin__\nfrozenset\n',
    'cbuiltins\nobject\n',
    'cbuiltins\nbytearray\n',
    'cos\nsystem\n',
  ],
  ...[
    'c_codecs\nencode\n',
    'X\x06\0\0\0latin1',
    'ccopy_reg\n_reconstructor\n',
    'ccollections\nOrderedDict\n',
  ],
  ...[
    'ccollections\ndefaultdict\n',
    'cdatetime\ndatetime\n',
    'C\n\x07\xe8\x01\x02\x03\x04\x05\0\0\0',
    'cuuid\nUUID\n',
  ],
  ...['cdatetime\ntimezone\n', 'cdatetime\ntimedelta\n', 'cpytz\n_UTC\n', 'cdecimal\nDecimal\n', 'U\x031.5'],
  'cdjango.utils.safestring\nSafeString\n',
];

const codecs = [
  pythonCodec(),
  pythonCodec({ unknownClasses: 'object', pylibmc15: true }),
  pythonCodec({
    revive: { 'decimal.Decimal': ({ args }) => String(args[0]), 'datetime.timedelta': () => null },
    booleans: 'pylibmc',
    maxInflatedBytes: 100,
  }),
] as const;

const codec = fc.constantFrom(...codecs);
const anyFlags = fc.oneof(
  fc.constant(1),
  fc.integer({ min: 0, max: 31 }),
  fc.integer({ min: 0, max: 0xffff_ffff }),
);
/** A pickle that is right, of a value with all there is in it. */
const written = fc
  .oneof(
    fc.object({ maxDepth: 4, withBigInt: true, withMap: true, withDate: true, withSet: true }),
    fc.string(),
  )
  .map((value) => {
    try {
      return Buffer.from(codecs[0].encode([value, Buffer.from('ÿ', 'latin1')]).data);
    } catch (error) {
      assert.ok(error instanceof InvalidValueError, String(error));
      return Buffer.from('N.');
    }
  });
const pieces = fc
  .array(fc.constantFrom(...FRAGMENTS), { maxLength: 40 })
  .map((parts) => Buffer.from(`${parts.join('')}.`, 'latin1'));

export const pythonCodecProperties: readonly FuzzProperty[] = (
  [
    ['noise', noise(FRAGMENTS), 1000],
    ['pieces of pickles', pieces, 3000],
    ['a damaged pickle', damaged(written), 2000],
    ['compressed noise', fc.oneof(pieces, damaged(written)).map((bytes) => deflateSync(bytes)), 300],
    ['damaged compressed noise', damaged(pieces.map((bytes) => deflateSync(bytes))), 300],
  ] as const
).map(
  ([what, bytes, runs]): FuzzProperty => ({
    name: `pythonCodec: ${what} is a value, which can be written or is refused, or a DecodeError`,
    runs,
    property: fc.property(bytes, anyFlags, codec, (stored, flags, { decode, encode }) => {
      let value: unknown;
      try {
        value = decode(Buffer.from(stored), flags);
      } catch (error) {
        assert.ok(error instanceof DecodeError, String(error));
        assert.ok(error.message.length <= 300, 'A message is short, whatever was stored');
        return;
      }
      // It would be taken for a miss.
      assert.notEqual(value, undefined);
      assert.equal(({} as Record<string, unknown>).a, undefined);
      try {
        const again = encode(value);
        assert.deepEqual(decode(Buffer.from(again.data), again.flags), value);
      } catch (error) {
        assert.ok(error instanceof InvalidValueError, String(error));
      }
    }),
  }),
);
