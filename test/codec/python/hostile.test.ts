/** Pickles by somebody who means harm, or whose disk did. */
import { deflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { DecodeError, PythonObject, pythonCodec } from '../../../src/index.ts';
import { entries } from './golden.ts';

const PICKLE = 1;
const codec = pythonCodec();

function read(pickle: string | Buffer, options?: Parameters<typeof pythonCodec>[0]): unknown {
  const bytes = typeof pickle === 'string' ? Buffer.from(pickle, 'latin1') : pickle;
  return (options === undefined ? codec : pythonCodec(options)).decode(bytes, PICKLE);
}

/** What is thrown is a DecodeError, or nothing is. */
function survives(bytes: Buffer, flags: number): boolean {
  try {
    codec.decode(bytes, flags);
    return true;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return false;
  }
}

const pickled = entries.filter(({ flags }) => flags === PICKLE);
const small = pickled.filter(({ bytes }) => bytes.length < 5000);

describe('damaged pickles', () => {
  test.each(pickled.map(({ bytes, name, writers }) => [`${name} by ${writers[0]}`, bytes] as const))(
    '%s, cut off anywhere, is a DecodeError',
    (_, bytes) => {
      const step = bytes.length < 5000 ? 1 : 499;
      for (let length = 0; length < bytes.length; length += step) {
        expect(survives(Buffer.from(bytes.subarray(0, length)), PICKLE)).toBe(false);
      }
    },
  );

  test.each(small.map(({ bytes, name, writers }) => [`${name} by ${writers[0]}`, bytes] as const))(
    '%s, with any byte changed, is a value or a DecodeError',
    (_, bytes) => {
      const many = bytes.length < 300 ? 64 : 8;
      for (let at = 0; at < bytes.length; at++) {
        for (let index = 1; index < many; index++) {
          const changed = Buffer.from(bytes);
          changed[at] = (bytes[at] as number) ^ ((index * 256) / many);
          survives(changed, PICKLE);
        }
      }
      expect(survives(bytes, PICKLE)).toBe(true);
    },
  );

  test('a compressed value, cut off or changed anywhere', () => {
    const bytes = deflateSync(Buffer.from('text '.repeat(100)));
    for (let at = 0; at < bytes.length; at++) {
      expect(survives(bytes.subarray(0, at), 24)).toBe(false);
      const changed = Buffer.from(bytes);
      changed[at] = (bytes[at] as number) ^ 0x55;
      survives(changed, 24);
    }
    expect(survives(bytes, 24)).toBe(true);
  });
});

const CLASS = 'cdatetime\ndate\n';

describe('wrong pickles are a DecodeError', () => {
  test.each([
    ['nothing', ''],
    ['an end alone', '.'],
    ['a protocol to come', '\x80\x06N.'],
    ['an opcode of persistent ids', 'Pid\n.'],
    ['an opcode of persistent ids, binary', 'NQ.'],
    ['an extension', '\x82\x01.'],
    ['an instance of old', '(ios\nsystem\n.'],
    ['an object of old', '(cos\nsystem\no.'],
    ['an object with keywords', `${CLASS})}\x92.`],
    ['a buffer from outside', '\x97.'],
    ['an opcode that there is not', '\xff.'],
    ['a list that ends without beginning', 'e.'],
    ['a tuple that ends without beginning', 't.'],
    ['a group behind a mark taken from before it', '](a.'],
    ['what was not made', '\x86.'],
    ['what is to be repeated', '2.'],
    ['what is to be dropped', '0.'],
    ['appending to an integer', 'K\x01K\x02a.'],
    ['appending to a dict', '}(K\x01e.'],
    ['items of a list', ']K\x01K\x02s.'],
    ['items of a string', 'U\x01aK\x01K\x02s.'],
    ['items of an object', `${CLASS})RK\x01K\x02s.`],
    ['a key without a value', '}(K\x01K\x02K\x03u.'],
    ['a dict with a key without a value', '(K\x01d.'],
    ['members of a list', '](K\x01\x90.'],
    ['a part that was never there', 'h\x05.'],
    ['a part that was never there, by name', 'g5\n.'],
    ['a part below the first', 'g-1\n.'],
    ['an integer that is none', 'I1.5\n.'],
    ['an integer that is nothing', 'I\n.'],
    ['a long that is none', 'L0x10L\n.'],
    ['a float that is none', 'F1,5\n.'],
    ['a float that is empty', 'F\n.'],
    ['text that is no UTF-8', 'X\x01\0\0\0\xff.'],
    ['text with half a pair', 'X\x03\0\0\0\xed\xa0\x80.'],
    ['a state for a list', ']}b.'],
    ['a state for a dict', '}}b.'],
    ['a state for None', 'N}b.'],
    ['a state for an object that has one', `${CLASS})R}b}b.`],
    ['a call of what is no class', 'K\x01)R.'],
    ['a call with what is no tuple', `${CLASS}K\x01R.`],
    ['a class of numbers', 'K\x01K\x02\x93.'],
    ['a class', `${CLASS}.`],
    ['a class in a list', `]${CLASS}a.`],
    ['a class in an object', `${CLASS}${CLASS}\x85R.`],
    ['a class as a key', `}${CLASS}Ns.`],
    ['a set of an integer', 'cbuiltins\nset\nK\x01\x85R.'],
    ['bytes of a list', 'cbuiltins\nbytes\n]\x85R.'],
    ['bytes of text beyond latin-1', 'c_codecs\nencode\nX\x03\0\0\0\xe2\x98\x83X\x06\0\0\0latin1\x86R.'],
    ['bytes in another encoding', 'c_codecs\nencode\nX\x01\0\0\0aX\x03\0\0\0hex\x86R.'],
    ['an ordered dict of no pairs', 'ccollections\nOrderedDict\n](K\x01e\x85R.'],
    ['an ordered dict of an integer', 'ccollections\nOrderedDict\nK\x01\x85R.'],
    ['an object made of what is no class', 'ccopyreg\n_reconstructor\nNNN\x87R.'],
    ['safe text of an integer', 'cdjango.utils.safestring\nSafeString\nK\x01\x85R.'],
    ['a length below zero', 'T\xff\xff\xff\xff.'],
    ['a long of a length below zero', '\x8b\xff\xff\xff\xff.'],
    ['a datetime with a month too many', datetime('07e80d010000000000000')],
    ['a datetime of 9 bytes', datetime('07e801010000000000')],
    ['a datetime without a day', datetime('07e80100000000000000')],
  ])('%s', (_, pickle) => {
    expect(() => read(pickle)).toThrow(DecodeError);
  });
});

/** An aware datetime. */
function datetime(hex: string): string {
  const state = Buffer.from(hex, 'hex').toString('latin1');
  const utc = 'cdatetime\ntimezone\ncdatetime\ntimedelta\nK\0K\0K\0\x87R\x85R';
  return `cdatetime\ndatetime\nC${String.fromCharCode(state.length)}${state}${utc}\x86R.`;
}

describe('classes', () => {
  test('a right datetime is read', () => {
    expect(read(datetime('07e80c01000000000000'))).toEqual(new Date('2024-12-01T00:00:00Z'));
  });

  test.each([
    ['posix.system', 'cposix\nsystem\nU\x02ls\x85R.'],
    ['builtins.eval', 'c__builtin__\neval\nU\x011\x85R.'],
    ['app.models.Point', 'capp.models\nPoint\n)\x81}b.'],
    ['builtins.getattr', 'cbuiltins\ngetattr\n)R.'],
    ['builtins.getattr', 'cbuiltins\ngetattr\ncos\nsystem\nU\x06popen2\x86R.'],
    ['builtins.getattr', 'cbuiltins\ngetattr\nczoneinfo\nZoneInfo\nU\x08__init__\x86R.'],
    ['toString', 'c\ntoString\n)R.'],
  ])('%s is refused by its name', (name, pickle) => {
    expect(() => read(pickle)).toThrow(new RegExp(`${name}: its class is not known here$`));
    expect(() => read(pickle)).toThrow(DecodeError);
  });

  test('a name that would spoil a log does not', () => {
    const name = `${'x'.repeat(500)}\x1b[31m\r`;
    const message = thrown(() => read(`c${name}\n${name}\n)R.`)).message;
    expect(message).toMatch(/^[ -~]{1,200}$/);
    expect(thrown(() => read('ca\x1bb\nc d\n)R.')).message).toContain('a?b.c?d');
    expect(() => read(`c${'x'.repeat(5000)}\nx\n)R.`)).toThrow('line of more than');
  });

  test('no name is looked up in JavaScript either', () => {
    for (const name of ['constructor', '__proto__', 'hasOwnProperty']) {
      expect(() => read(`c${name}\n\n)R.`)).toThrow(DecodeError);
      expect(() => read(`cbuiltins\n${name}\n)R.`)).toThrow(DecodeError);
    }
  });
});

function thrown(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    return error as Error;
  }
  throw new Error('Nothing was thrown');
}

describe('prototypes', () => {
  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('%s is a key as any other', (key) => {
    const pickle = `}U${String.fromCharCode(key.length)}${key}}U\x05adminK\x01ss.`;
    const value = read(pickle) as Record<string, unknown>;
    expect(Object.keys(value)).toEqual([key]);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(value.admin).toBeUndefined();
    expect(({} as Record<string, unknown>).admin).toBeUndefined();
    const { data, flags } = codec.encode(value);
    expect(codec.decode(Buffer.from(data), flags)).toEqual(value);
  });

  test('and stays one where a dict becomes a Map, or is gone over', () => {
    const dict = '}U\x09__proto__}U\x05adminK\x01ss';
    expect(read(`${dict}K\x01K\x02s.`)).toEqual(
      new Map<unknown, unknown>([
        ['__proto__', { admin: 1 }],
        [1, 2],
      ]),
    );
    const [first, second] = read(
      `](${dict}}K\x01NsU\x09__proto__}K\x01NsseK\x00.`.replace('eK\x00.', 'e.'),
    ) as object[];
    expect(Object.keys(first as object)).toEqual(['__proto__']);
    expect(second).toBeInstanceOf(Map);
  });
});

const LEVELS = 1000;
const nests: readonly (readonly [string, (levels: number) => string])[] = [
  ['lists in lists', (levels) => `${']'.repeat(levels)}${'a'.repeat(levels - 1)}.`],
  ['lists made of groups', (levels) => `${'('.repeat(levels)}${'l'.repeat(levels)}.`],
  ['tuples in tuples', (levels) => `)${'\x85'.repeat(levels - 1)}.`],
  ['dicts in dicts', (levels) => `}${'N}'.repeat(levels - 1)}${'s'.repeat(levels - 1)}.`],
  ['frozensets in frozensets', (levels) => `(\x91${'q\0(h\0\x91'.repeat(levels - 1)}.`],
  ['what is remembered', (levels) => `]q\0${'0]q\x01h\0aq\0'.repeat(levels - 1)}.`],
  [
    'what is remembered and appended to later',
    (levels) => `]q\0q\x01${']q\x02h\x01h\x02a0q\x01'.repeat(0)}${later(levels)}.`,
  ],
];

/** Each list goes into the one before, which is in its own already. */
function later(levels: number): string {
  let pickle = '';
  for (let level = 1; level < levels; level++) pickle += 'h\x01]q\x02ah\x02q\x0100';
  return `${pickle}h\0`;
}

/** 1,000,001 of them. */
function integers(after: string): string {
  const unit = Buffer.from(`J\0\0\0\0${after}`, 'latin1');
  const bytes = Buffer.alloc(1_000_001 * unit.length, unit);
  for (let index = 0; index <= 1_000_000; index++) bytes.writeInt32LE(index, index * unit.length + 1);
  return bytes.toString('latin1');
}

describe('bounds', () => {
  test.each(nests)('%s: 1,000 levels are read, one more is a DecodeError', (_, nest) => {
    const value = read(nest(LEVELS));
    const { data } = codec.encode(value);
    expect(depthOf(codec.decode(Buffer.from(data), PICKLE))).toBe(LEVELS);
    expect(() => read(nest(LEVELS + 1))).toThrow('nested more than 1000 levels');
    expect(() => read(nest(100_000))).toThrow('nested more than 1000 levels');
  });

  test('what is shared costs nothing', () => {
    const value = read(`]q\0${'0](h\0h\0h\0h\0h\0h\0h\0h\0h\0h\0eq\0'.repeat(500)}.`);
    expect(depthOf(value)).toBe(501);
    const { data } = codec.encode(value);
    expect(data.length).toBeLessThan(20_000);
    expect(depthOf(read(Buffer.from(data)))).toBe(501);
  });

  test.each([
    [
      'many sets of one long list',
      `](${'N'.repeat(100_000)}eq\0cbuiltins\nset\nq\x01${'h\x01h\0\x85R'.repeat(1000)}`,
    ],
    [
      'many dicts of one long list',
      `](${'NN\x86'.repeat(100_000)}eq\0ccollections\nOrderedDict\nq\x01${'h\x01h\0\x85R'.repeat(1000)}`,
    ],
    [
      'many bytes of one long text',
      `X\x40\x42\x0f\0${'x'.repeat(1_000_000)}q\0c_codecs\nencode\nq\x01U\x06latin1q\x02${'h\x01h\0h\x02\x86R'.repeat(1000)}`,
    ],
    [
      'many copies of long bytes',
      `B\x40\x42\x0f\0${'x'.repeat(1_000_000)}q\0cbuiltins\nbytearray\nq\x01${'h\x01h\0\x85R'.repeat(1000)}`,
    ],
    ['many lists', ']'.repeat(1_000_001)],
    ['many dicts', '}'.repeat(1_000_001)],
    ['many sets', '\x8f'.repeat(1_000_001)],
    ['many bytes', 'C\0'.repeat(1_000_001)],
    ['many classes', 'ca\nb\n'.repeat(1_000_001)],
    ['many members', `\x8f(${integers('')}\x90`],
    ['many keys', `}(${integers('N')}u`],
    ['much to remember', `N${'\x94'.repeat(1_000_001)}`],
  ])('%s: DecodeError', (_, pickle) => {
    expect(() => read(`${pickle}.`)).toThrow(/more than 1000000 parts/);
  });

  test.each([
    ['text', 'X\xff\xff\xff\xffabc'],
    ['text of 8 bytes of length', '\x8d\xff\xff\xff\xff\xff\xff\xff\xffabc'],
    ['bytes', 'B\xff\xff\xff\xffabc'],
    ['bytes of 8 bytes of length', '\x8e\0\0\0\0\0\0\0\x80abc'],
    ['a bytearray', '\x96\xff\xff\xff\xff\0\0\0\0abc'],
    ['a string', 'T\xff\xff\xff\x7fabc'],
    ['an integer', '\x8b\xff\xff\xff\x7fabc'],
  ])('a length that is not there, of %s, takes no memory: DecodeError', (_, pickle) => {
    expect(() => read(`${pickle}.`)).toThrow('ends before');
  });

  test.each([
    ['of 1,001 digits', `I${'9'.repeat(1001)}\n.`],
    ['of a line without end', `L${'9'.repeat(1_000_000)}\n.`],
    ['of many bytes', `\x8b\x40\x42\x0f\0${'\x01'.repeat(1_000_000)}.`],
  ])('an integer %s: DecodeError', (_, pickle) => {
    expect(() => read(pickle)).toThrow(DecodeError);
  });

  test('what is remembered has no number that no pickle comes to', () => {
    expect(read(']r\x40\x42\x0f\x000j\x40\x42\x0f\0.')).toEqual([]);
    expect(() => read(']r\x41\x42\x0f\0.')).toThrow('remembers more than 1000000 parts');
    expect(() => read(']p1000001\n.')).toThrow('remembers more than 1000000 parts');
  });

  test('a long text in the place of bytes of a date is not copied for each date', () => {
    const pickle = `X\x40\x42\x0f\0${'x'.repeat(1_000_000)}q\0cdatetime\ndate\nq\x010(${'h\x01h\0\x85R'.repeat(200)}t.`;
    const dates = read(pickle) as PythonObject[];
    expect(dates).toHaveLength(200);
    expect(dates.every(({ args }) => typeof args[0] === 'string')).toBe(true);
  });

  test('of an offset no more is looked at than its numbers', () => {
    const aware = (parts: string): string =>
      datetime('07e80c01000000000000').replace('K\0K\0K\0\x87', `(${parts}t`);
    expect(read(aware(`K\0K\0K\0${'N'.repeat(1_000_000)}`))).toEqual(new Date('2024-12-01T00:00:00Z'));
    for (const odd of [
      'U\x010K\0K\0',
      `${']'.repeat(900)}${'a'.repeat(899)}K\0K\0`,
      '}U\x08toStringNsK\0K\0',
    ]) {
      expect(() => read(aware(odd))).toThrow('a datetime that is none');
    }
  });

  test('what is compressed is inflated up to a bound', () => {
    const bomb = deflateSync(Buffer.alloc(17 * 1024 * 1024));
    for (const flags of [8, 9, 10, 12, 24]) {
      expect(() => codec.decode(bomb, flags)).toThrow('holds more than is allowed');
    }
    const small = pythonCodec({ maxInflatedBytes: 10 });
    expect(small.decode(deflateSync(Buffer.alloc(10)), 8)).toEqual(Buffer.alloc(10));
    expect(() => small.decode(deflateSync(Buffer.alloc(11)), 8)).toThrow(DecodeError);
  });

  test('unknown objects in one another are objects still', () => {
    const pickle = `${'ca\nb\n('.repeat(400)}${'tR'.repeat(400)}.`;
    const value = read(pickle, { unknownClasses: 'object' });
    expect(value).toBeInstanceOf(PythonObject);
    const nested = `${'ca\nb\n('.repeat(600)}${'tR'.repeat(600)}.`;
    expect(() => read(nested, { unknownClasses: 'object' })).toThrow('nested more than');
  });
});

function depthOf(value: unknown): number {
  let depth = 0;
  let part = value;
  while (typeof part === 'object' && part !== null) {
    depth++;
    part = part instanceof Map || part instanceof Set ? [...part.values()][0] : Object.values(part)[0];
  }
  return depth;
}
