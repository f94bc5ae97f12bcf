/** One memcached, with Python's clients on one side and pythonCodec on the other. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  bytesCodec,
  createClient,
  DecodeError,
  type MemcachedClient,
  PythonObject,
  pythonCodec,
} from '../../src/index.ts';
import { type MemcachedProcess, startMemcached } from '../../src/testing/cluster/memcached-process.ts';
import { PYTHON_IMPORTS, VALUES } from '../codec/python/values.ts';
import { type Python, startPython } from '../harness/python.ts';
import { pythonClients } from './python-clients.ts';

let memcached: MemcachedProcess;
let endpoint: string;
let client: MemcachedClient;

beforeAll(async () => {
  memcached = await startMemcached();
  endpoint = `127.0.0.1:${memcached.port}`;
  client = createClient(endpoint, { codec: pythonCodec() });
});

afterAll(async () => {
  await client.close();
  await memcached.stop();
});

describe.each(pythonClients)('$name', ({ booleans, inflates, open, prefix }) => {
  let python: Python;
  const key = (name: string): string => `${prefix}${name}`;

  beforeAll(async () => {
    python = startPython();
    await python.run(PYTHON_IMPORTS);
    await python.run(open, endpoint);
  });
  afterAll(() => python.close());

  test.each(VALUES)('writes %s, and memfleet reads it', async (expression, value) => {
    await python.run(`assert client.set('value', eval(args)) is not False`, expression);
    const expected = booleans === 'integer' && typeof value === 'boolean' ? Number(value) : value;
    expect(await client.get(key('value'))).toStrictEqual(expected);
  });

  test.each(VALUES)('reads what memfleet writes for %s', async (expression, value, back) => {
    await client.set(key('value'), value);
    expect(await python.run(`result = repr(client.get('value'))`)).toBe(
      back ?? (await python.run('result = repr(eval(args))', expression)),
    );
  });

  test('counts with memfleet, on what either stored', async () => {
    await client.set(key('count'), 40);
    expect(await python.run("result = client.incr('count', 2)")).toBe(42);
    expect(await client.get(key('count'))).toBe(42);
    expect(await client.incr(key('count'), 8)).toBe(50);
    await python.run("client.set('count', 100)");
    expect(await client.decr(key('count'), 1)).toBe(99);
    // The place of the digit that is gone has a space.
    expect(await client.get(key('count'))).toBe(99);
    expect(
      await python.run("result = [client.get('count'), client.decr('count', 90), client.get('count')]"),
    ).toEqual([99, 9, 9]);
  });

  test('reads text that memfleet appends to', async () => {
    await python.run("client.set('log', 'one')");
    expect(await client.append(key('log'), ', twö')).toBe(true);
    expect(await python.run("result = client.get('log')")).toBe('one, twö');
  });

  test('and memfleet delete and miss what the other stored', async () => {
    await client.set(key('gone'), { a: 1 });
    await python.run("client.delete('gone')");
    expect(await client.get(key('gone'))).toBeUndefined();
    await python.run("client.set('gone', [1])");
    expect(await client.delete(key('gone'))).toBe(true);
    expect(await python.run("result = repr(client.get('gone'))")).toBe('None');
  });

  test(`${inflates ? 'reads' : 'does not read'} what was compressed`, async () => {
    const { data } = {
      data: Buffer.from(
        await python.run<string>("result = base64.b64encode(zlib.compress(b'x' * 500)).decode()"),
        'base64',
      ),
    };
    const raw = createClient(endpoint, {
      codec: { encode: () => ({ data, flags: 24 }), decode: (bytes) => bytes },
    });
    await raw.set(key('compressed'), 0);
    await raw.close();
    expect(await client.get(key('compressed'))).toBe('x'.repeat(500));
    const reading = python.run("result = client.get('compressed') == 'x' * 500");
    if (inflates) expect(await reading).toBe(true);
    else await expect(reading).rejects.toThrow('UnicodeDecodeError');
  });
});

describe('pylibmc', () => {
  let python: Python;
  /** Knows no flags. */
  let raw: MemcachedClient;

  beforeAll(async () => {
    raw = createClient(endpoint, { codec: bytesCodec() });
    python = startPython();
    await python.run(PYTHON_IMPORTS);
    await python.run('import pylibmc\nclient = pylibmc.Client([args], behaviors={"cas": True})', endpoint);
  });
  afterAll(async () => {
    await raw.close();
    await python.close();
  });

  test.each([0, 1, 2, 3, 4, 5])('pickles by protocol %i', async (protocol) => {
    const value = "{'list': [1, None, True, 'é', b'\\xff', 2**70, 1.5], 'naive': date(2024, 1, 2)}";
    await python.run(`client.behaviors = {"pickle_protocol": args}\nclient.set('value', ${value})`, protocol);
    expect(await client.get('value')).toStrictEqual({
      list: [1, null, true, 'é', Buffer.of(0xff), 2n ** 70n, 1.5],
      naive: new PythonObject('datetime', 'date', [Buffer.from('07e80102', 'hex')]),
    });
  });

  test.each([
    ["'text ' * 1000", 'text '.repeat(1000), 16],
    ["b'bytes' * 1000", Buffer.from('bytes'.repeat(1000)), 0],
    ['10**900', 10n ** 900n, 4],
    ["['text'] * 1000", Array.from({ length: 1000 }, () => 'text'), 1],
  ])('compresses %s', async (expression, value, flags) => {
    for (const level of [1, -1, 9]) {
      await python.run(`client.set('value', ${expression}, min_compress_len=10, compress_level=${level})`);
      expect(await client.gets('value')).toMatchObject({ value, flags });
      expect(await raw.gets('value')).toMatchObject({ flags: flags | 8 });
    }
  });

  test.each([
    ["'text ' * 1000", 'text '.repeat(1000)],
    ["b'bytes' * 1000", Buffer.from('bytes'.repeat(1000))],
    ["['text'] * 1000", Array.from({ length: 1000 }, () => 'text')],
    ["{'text': 'text ' * 100_000}", { text: 'text '.repeat(100_000) }],
  ])('reads %s where memfleet compressed it', async (expression, value) => {
    const compressing = createClient(endpoint, {
      codec: pythonCodec(),
      compression: { algorithm: 'zlib', minBytes: 100 },
    });
    try {
      await compressing.set('value', value);
      expect(await raw.gets('value')).toMatchObject({ value: { 0: 0x78 } });
      expect(await python.run(`result = client.get('value') == ${expression}`)).toBe(true);
      expect(await client.get('value')).toEqual(value);
    } finally {
      await compressing.close();
    }
  });

  test('and memfleet see each other by cas', async () => {
    await python.run("client.set('cas', {'n': 1})\nvalue, token = client.gets('cas')");
    const item = await client.gets<{ n: number }>('cas');
    expect(item?.value).toEqual({ n: 1 });
    expect(await client.cas('cas', { n: 2 }, item?.casToken ?? 0n)).toBe('stored');
    expect(await python.run("result = client.cas('cas', {'n': 3}, token)")).toBe(false);
    expect(
      await python.run(
        "value, token = client.gets('cas')\nresult = [value, client.cas('cas', {'n': 3}, token)]",
      ),
    ).toEqual([{ n: 2 }, true]);
    expect(await client.get('cas')).toEqual({ n: 3 });
    expect(await client.cas('cas', 0, item?.casToken ?? 0n)).toBe('exists');
  });

  test('has booleans of its own, where it is alone', async () => {
    const own = createClient(endpoint, { codec: pythonCodec({ booleans: 'pylibmc' }) });
    await python.run("client.set_multi({'yes': True, 'no': False, 'one': 1})");
    expect(await own.getMany(['yes', 'no', 'one'])).toEqual(
      new Map<string, unknown>([
        ['yes', true],
        ['no', false],
        ['one', 1],
      ]),
    );
    await own.set('yes', true);
    expect((await own.gets('yes'))?.flags).toBe(2);
    expect(await python.run("result = repr(client.get('yes'))")).toBe('1');
    await own.close();
  });

  test('and memfleet both refuse what is no value of any client', async () => {
    const odd = createClient(endpoint, {
      codec: { encode: () => ({ data: 'x', flags: 17 }), decode: (bytes) => bytes },
    });
    await odd.set('odd', 0);
    await odd.close();
    await expect(client.get('odd')).rejects.toThrow(DecodeError);
    await expect(client.get('odd')).rejects.toThrow('client flags 17');
    await expect(python.run("client.get('odd')")).rejects.toThrow('unknown memcached key flags');
    const lenient = createClient(endpoint, { codec: pythonCodec(), onDecodeError: 'miss' });
    expect(await lenient.get('odd')).toBeUndefined();
    await lenient.close();
  });

  test('gives an object of its own to no name that is not known', async () => {
    await python.run(
      "from types import SimpleNamespace\nclient.set('object', [SimpleNamespace(a=(1, [2]))])",
    );
    await expect(client.get('object')).rejects.toThrow('object of types.SimpleNamespace');
    const all = createClient(endpoint, { codec: pythonCodec({ unknownClasses: 'object' }) });
    const value = await all.get('object');
    expect(value).toEqual([new PythonObject('types', 'SimpleNamespace', [], { a: [1, [2]] })]);
    await all.set('object', value);
    expect(await python.run("result = repr(client.get('object'))")).toBe('[namespace(a=(1, [2]))]');
    await all.close();
    const revive = { 'types.SimpleNamespace': ({ state }: PythonObject) => state };
    const revived = createClient(endpoint, { codec: pythonCodec({ revive }) });
    expect(await revived.get('object')).toEqual([{ a: [1, [2]] }]);
    await revived.close();
  });
});
