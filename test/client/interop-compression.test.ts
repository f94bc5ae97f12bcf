/** Compressed values beside programs in Python. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Codec, createClient, type MemcachedClient } from '../../src/index.ts';
import { startMemcached } from '../../src/testing/cluster/memcached-process.ts';
import { type Python, startPython } from '../harness/python.ts';

/** Text as pylibmc flags it, and nothing else. */
const text: Codec = {
  encode: (value) => ({ data: String(value), flags: 16 }),
  decode: (bytes, flags) => `${flags}:${bytes}`,
  interoperable: true,
  zlibFlag: 8,
};
const SHORT = 'text, žluťoučký '.repeat(100);
const LONG = SHORT.repeat(200);

let python: Python;
let port: number;
let stop: () => Promise<void>;
const opened: MemcachedClient[] = [];

function open(options: Parameters<typeof createClient>[1]): MemcachedClient {
  const client = createClient(`127.0.0.1:${port}`, { requestTimeoutMs: 5_000, ...options });
  opened.push(client);
  return client;
}

beforeAll(async () => {
  ({ port, stop } = await startMemcached());
  python = startPython();
  await python.run('import pylibmc; mc = pylibmc.Client([args])', `127.0.0.1:${port}`);
});
afterAll(async () => {
  await Promise.all(opened.map((client) => client.close()));
  await python.close();
  await stop();
});

describe('pylibmc', () => {
  test.each([
    ['short', SHORT],
    ['long', LONG],
  ])('reads %s text that was compressed with its flag', async (key, value) => {
    const client = open({ codec: text, compression: { algorithm: 'zlib', minBytes: 500 } });
    await client.set(key, value);
    expect(await client.gets(key)).toMatchObject({ flags: 16 });
    expect(await python.run('result = mc.get(args)', key)).toBe(value);
  });

  test.each([1, 6, 9])('is read where it compressed, at level %i', async (level) => {
    await python.run('mc.set("python", args[0], min_compress_len=10, compress_level=args[1])', [LONG, level]);
    for (const compression of [undefined, { algorithm: 'zlib' }] as const) {
      const client = open({ codec: text, ...(compression === undefined ? {} : { compression }) });
      expect(await client.get('python')).toBe(`16:${LONG}`);
      expect(await client.getMany(['python'])).toEqual(new Map([['python', `16:${LONG}`]]));
    }
  });

  test('takes what is compressed for memfleet alone, or split, for bytes', async () => {
    await open({ compression: { algorithm: 'zlib' } }).set('packed', LONG);
    await open({ largeValues: 'split', maxValueBytes: 5_000 }).set('split', LONG);
    const types = await python.run('result = [type(mc.get(key)).__name__ for key in args]', [
      'packed',
      'split',
    ]);
    expect(types).toEqual(['bytes', 'bytes']);
  });
});
