/**
 * The opcodes of pickle's protocols 0 to 5, as CPython's `Lib/pickle.py` has them. Those missing take
 * something from outside of the pickle, or make an object in a way that no known class needs.
 */
import { DecodeError } from '../../errors.ts';
import { integerOf } from '../integer.ts';
import { HIGHEST_PROTOCOL } from './limits.ts';
import type { PickleBuilder } from './pickle-builder.ts';
import type { PickleInput } from './pickle-input.ts';
import { textOrBytes, unescapeUnicode, unquote } from './pickle-text.ts';
import { integerFromBytes } from './python-integer.ts';

type Run = (made: PickleBuilder, input: PickleInput) => void;

export const OPCODES: Readonly<Record<number, Run>> = {
  // PROTO
  128: (_, input) => checkProtocol(input.uint8()),
  // FRAME, of what to read ahead
  149: (_, input) => {
    input.uint64();
  },
  // MARK
  40: (made) => made.mark(),
  // POP
  48: (made) => made.drop(),
  // POP_MARK
  49: (made) => made.dropGroup(),
  // DUP
  50: (made) => made.repeat(),

  // NONE
  78: (made) => made.push(null),
  // NEWTRUE
  136: (made) => made.push(true),
  // NEWFALSE
  137: (made) => made.push(false),
  // BININT1
  75: (made, input) => made.push(input.uint8()),
  // BININT2
  77: (made, input) => made.push(input.uint16()),
  // BININT
  74: (made, input) => made.push(input.int32()),
  // LONG1
  138: (made, input) => made.push(longOf(input, input.uint8())),
  // LONG4
  139: (made, input) => made.push(longOf(input, input.int32())),
  // INT
  73: (made, input) => made.push(intOf(input.word())),
  // LONG
  76: (made, input) => made.push(integerOf(input.word().replace(/L$/, ''))),
  // BINFLOAT
  71: (made, input) => made.push(input.double()),
  // FLOAT
  70: (made, input) => made.push(floatOf(input.word())),

  // SHORT_BINUNICODE
  140: (made, input) => made.push(input.text(input.uint8())),
  // BINUNICODE
  88: (made, input) => made.push(input.text(input.uint32())),
  // BINUNICODE8
  141: (made, input) => made.push(input.text(input.uint64())),
  // UNICODE
  86: (made, input) => made.push(unescapeUnicode(input.line())),
  // SHORT_BINBYTES
  67: (made, input) => made.pushPart(input.bytes(input.uint8())),
  // BINBYTES
  66: (made, input) => made.pushPart(input.bytes(input.uint32())),
  // BINBYTES8
  142: (made, input) => made.pushPart(input.bytes(input.uint64())),
  // BYTEARRAY8
  150: (made, input) => made.pushPart(input.bytes(input.uint64())),
  // SHORT_BINSTRING
  85: (made, input) => made.pushPart(textOrBytes(input.bytes(input.uint8()))),
  // BINSTRING
  84: (made, input) => made.pushPart(textOrBytes(input.bytes(positive(input.int32())))),
  // STRING
  83: (made, input) => made.pushPart(textOrBytes(unquote(input.line()))),

  // EMPTY_LIST
  93: (made) => made.pushPart([]),
  // EMPTY_TUPLE
  41: (made) => made.pushPart([]),
  // TUPLE1
  133: (made) => made.tuple(1),
  // TUPLE2
  134: (made) => made.tuple(2),
  // TUPLE3
  135: (made) => made.tuple(3),
  // TUPLE
  116: (made) => made.tuple(),
  // LIST
  108: (made) => made.list(),
  // APPEND
  97: (made) => made.append(),
  // APPENDS
  101: (made) => made.appendGroup(),
  // EMPTY_DICT
  125: (made) => made.pushPart({}),
  // DICT
  100: (made) => made.dict(),
  // SETITEM
  115: (made) => made.setItem(),
  // SETITEMS
  117: (made) => made.setItems(),
  // EMPTY_SET
  143: (made) => made.pushPart(new Set()),
  // ADDITEMS
  144: (made) => made.addMembers(),
  // FROZENSET
  145: (made) => made.frozenSet(),

  // PUT
  112: (made, input) => made.remember(Number(integerOf(input.word()))),
  // BINPUT
  113: (made, input) => made.remember(input.uint8()),
  // LONG_BINPUT
  114: (made, input) => made.remember(input.uint32()),
  // MEMOIZE
  148: (made) => made.remember(),
  // GET
  103: (made, input) => made.recall(Number(integerOf(input.word()))),
  // BINGET
  104: (made, input) => made.recall(input.uint8()),
  // LONG_BINGET
  106: (made, input) => made.recall(input.uint32()),

  // GLOBAL
  99: (made, input) => made.global(input.word(), input.word()),
  // STACK_GLOBAL
  147: (made) => made.globalOfStack(),
  // REDUCE
  82: (made) => made.make('call'),
  // NEWOBJ
  129: (made) => made.make('new'),
  // BUILD
  98: (made) => made.build(),
};

function checkProtocol(protocol: number): void {
  if (protocol > HIGHEST_PROTOCOL)
    throw new DecodeError(`Pickle has the protocol ${protocol}, and 5 is the last known`);
}

function longOf(input: PickleInput, length: number): number | bigint {
  if (length === 0) return 0;
  if (length > 0 && length <= 6) return input.integer(length);
  return integerFromBytes(input.bytes(positive(length)));
}

const FLOAT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const FLOAT_WORDS: ReadonlyMap<string, number> = new Map([
  ['inf', Number.POSITIVE_INFINITY],
  ['-inf', Number.NEGATIVE_INFINITY],
  ['nan', Number.NaN],
  ['-nan', Number.NaN],
]);

/** Before protocol 2 `True` and `False` were the integers of two digits. */
function intOf(word: string): number | bigint | boolean {
  if (word === '00' || word === '01') return word === '01';
  return integerOf(word);
}

function floatOf(word: string): number {
  const value = FLOAT.test(word) ? Number(word) : FLOAT_WORDS.get(word);
  if (value === undefined) throw new DecodeError('Pickle has a float that is none');
  return value;
}

function positive(length: number): number {
  if (length < 0) throw new DecodeError('Pickle has a length below 0');
  return length;
}
