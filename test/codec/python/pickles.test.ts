/** Pickles by CPython itself, in every protocol, and what CPython makes of ours. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DecodeError, pythonCodec } from '../../../src/index.ts';
import { type Python, startPython } from '../../harness/python.ts';
import { PYTHON_IMPORTS, VALUES } from './values.ts';

const PICKLE = 1;
const codec = pythonCodec();
let python: Python;

beforeAll(async () => {
  python = startPython();
  await python.run(PYTHON_IMPORTS);
});

afterAll(() => python.close());

async function pickles(expression: string): Promise<{ protocol: number; bytes: Buffer }[]> {
  const source = `
value = eval(args)
result = []
for protocol in range(6):
    try:
        whole = pickle.dumps(value, protocol)
    except Exception:
        continue
    for data in (whole, pickletools.optimize(whole)):
        result.append([protocol, base64.b64encode(data).decode()])
`;
  const found = await python.run<[number, string][]>(source, expression);
  return found.map(([protocol, data]) => ({ protocol, bytes: Buffer.from(data, 'base64') }));
}

async function loads(value: unknown): Promise<string> {
  const { data } = codec.encode([value]);
  const source = `result = repr(pickle.loads(base64.b64decode(args))[0])`;
  return python.run(source, Buffer.from(data).toString('base64'));
}

/** CPython cannot pickle the first two below; the third loses its fold. */
const FIRST_PROTOCOL: Readonly<Record<string, number>> = {
  "mark_safe('<b>')": 2,
  "[mark_safe('<b>'), 'after']": 2,
  'datetime.datetime(2024, 10, 27, 2, 30, fold=1)': 4,
};

describe('CPython writes, memfleet reads', () => {
  test.each(VALUES)('%s', async (expression, value) => {
    const found = await pickles(expression);
    const first = FIRST_PROTOCOL[expression] ?? 0;
    const readable = found.filter(({ protocol }) => protocol >= first);
    expect(readable.map(({ protocol }) => protocol)).toEqual(
      [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5].filter((protocol) => protocol >= first),
    );
    for (const { bytes } of readable) expect(codec.decode(bytes, PICKLE)).toStrictEqual(value);
  });
});

describe('memfleet writes, CPython reads', () => {
  test.each(VALUES)('%s', async (expression, value, back) => {
    expect(await loads(value)).toBe(back ?? (await python.run('result = repr(eval(args))', expression)));
  });
});

describe('CPython and memfleet agree', () => {
  test('on what is shared, and on what is in itself', async () => {
    const source = `
shared = {'a': 1}
own = [shared, shared, {1: shared}]
own.append(own)
ring = {}
ring['self'] = ring
ring[1] = [ring]
result = [base64.b64encode(pickle.dumps([own, ring], protocol)).decode() for protocol in range(6)]
`;
    for (const pickled of await python.run<string[]>(source)) {
      const read = codec.decode(Buffer.from(pickled, 'base64'), PICKLE);
      const [own, ring] = read as [unknown[], Map<unknown, unknown>];
      expect(own[0]).toEqual({ a: 1 });
      expect(own[1]).toBe(own[0]);
      expect((own[2] as Map<number, unknown>).get(1)).toBe(own[0]);
      expect(own[3]).toBe(own);
      expect(ring.get('self')).toBe(ring);
      expect((ring.get(1) as unknown[])[0]).toBe(ring);
      const written = Buffer.from(codec.encode([own, ring]).data).toString('base64');
      const check = `
own, ring = pickle.loads(base64.b64decode(args))
result = [own[0] is own[1] is own[2][1], own[3] is own, ring['self'] is ring, ring[1][0] is ring]
`;
      expect(await python.run(check, written)).toEqual([true, true, true, true]);
    }
  });

  test('on the escapes of protocol 0', async () => {
    const lines = [
      String.raw`V\\u0041`,
      String.raw`V\\\u0041`,
      String.raw`V\\\\u0041\n`,
      String.raw`V\U0001f600\ud83d\x41\'`,
      String.raw`V\U00110000`,
      String.raw`V\u12`,
      String.raw`V\U0001f60`,
      'V\\',
      'V\\\\',
      'V\\\\\\',
      'V\\u00e9\\\\u00e9\\u',
      'Vé',
      String.raw`S'a\x41\101\7\n\\\'"\q\"'`,
      String.raw`S"it's\t"`,
      String.raw`S'\x4'`,
      String.raw`S'\x'`,
      String.raw`S'\'`,
      String.raw`S'\777'`,
      "S'a",
      'S\'a"',
      'S',
      "S'",
      "S''",
      "S''  ",
      'Sa',
      "S'\\",
    ];
    const source = `
result = []
for line in args:
    try:
        value = pickle.loads(line.encode('latin1') + bytes([10]) + b'.', encoding='bytes')
        if isinstance(value, bytes):
            try:
                value = value.decode('utf8')
            except UnicodeDecodeError:
                value = list(value)
        elif any(0xd800 <= ord(letter) < 0xe000 for letter in value):
            value = None
        result.append(value)
    except Exception:
        result.append(None)
`;
    const ours = lines.map((line) => {
      try {
        const value = codec.decode(Buffer.from(`${line}\n.`, 'latin1'), PICKLE);
        return Buffer.isBuffer(value) ? [...value] : value;
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError);
        return null;
      }
    });
    expect(ours).toEqual(await python.run(source, lines));
  });
});
