/** Calls while another thread compresses a value, or its chunks are written. */
import { describe, expect, test } from 'vitest';
import {
  BackpressureError,
  createClient,
  DiscoveryError,
  pythonCodec,
  TimeoutError,
} from '../../src/index.ts';
import { type Server, startServer } from '../../src/testing/index.ts';
import { clientOf } from '../harness/client-of.ts';
import { startScripted } from '../harness/scripted-server.ts';

const ZLIB = { compression: { algorithm: 'zlib', minBytes: 1_000 }, requestTimeoutMs: 20_000 } as const;
/** Another thread compresses it. */
const LONG = 'long '.repeat(40_000);

async function withServer(run: (server: Server) => Promise<void>): Promise<void> {
  await using server = await startServer();
  await run(server);
}

describe('flushAll', () => {
  test.each([
    ['compressed', ZLIB],
    ['split', { largeValues: 'split', maxValueBytes: 5_000, requestTimeoutMs: 20_000 }],
  ] as const)('empties what was to be stored before it, while it is being %s', (_, options) =>
    withServer(async (server) => {
      const client = clientOf(server, options);
      await client.version();
      const calls = [client.set('key', LONG), client.flushAll(), client.add('key', 'new')];
      expect(await Promise.all(calls)).toEqual([true, undefined, true]);
      expect(await client.get('key')).toBe('new');
    }),
  );

  test('called before close() is done', () =>
    withServer(async (server) => {
      const client = clientOf(server, ZLIB);
      await client.version();
      const calls = [client.set('key', LONG), client.flushAll(), client.close()];
      expect(await Promise.all(calls)).toEqual([true, undefined, undefined]);
      expect(await clientOf(server).get('key')).toBeUndefined();
    }));
});

describe('before the first topology', () => {
  test('a call behind one that had less time waits for it as long as it may', async () => {
    await using server = await startServer();
    let found: (() => void) | undefined;
    const topology = new Promise<void>((resolve) => {
      found = resolve;
    });
    const client = createClient(
      {
        topology: async () => {
          await topology;
          return { nodes: [server.endpoint] };
        },
      },
      ZLIB,
    );
    const first = client.set('key', LONG, { timeoutMs: 5 }).catch((error: unknown) => error);
    const behind = [client.get('key'), client.getMany(['key']), client.flushAll()];
    expect(await first).toBeInstanceOf(DiscoveryError);
    found?.();
    expect(await Promise.all(behind)).toEqual([undefined, new Map(), undefined]);
    await client.close();
  });
});

describe("a look that fails, with onError: 'miss'", () => {
  test('attaches nothing to what may be compressed', async () => {
    await using server = await startScripted((connection, { line }) => {
      if (line.startsWith('get')) connection.say('SERVER_ERROR not now\r\n');
      else connection.say('STORED\r\n');
    });
    const client = clientOf(server, { ...ZLIB, onError: 'miss' });
    expect(await client.append('key', 'more')).toBe(false);
    expect(server.asked.map(({ line }) => line.split(' ')[0])).toEqual(['gets']);
  });

  test('touches no split value as if it were whole', async () => {
    await using server = await startScripted((connection, { line }) => {
      if (line.startsWith('get')) connection.say('SERVER_ERROR not now\r\n');
      else connection.say('TOUCHED\r\n');
    });
    const client = clientOf(server, { largeValues: 'split', onError: 'miss' });
    expect(await client.touch('key', 100)).toBe(false);
  });
});

test('what its codec would not decompress is not compressed', async () => {
  await using server = await startServer();
  const codec = pythonCodec({ maxInflatedBytes: 150_000 });
  const client = clientOf(server, { ...ZLIB, codec });
  for (const value of [LONG, LONG.slice(0, 150_000), LONG.slice(0, 150_001), { LONG }]) {
    await client.set('key', value);
    expect(await client.get('key')).toEqual(value);
  }
});

describe('values that are being prepared', () => {
  test.each([
    ['compressed', ZLIB],
    ['split', { largeValues: 'split', maxValueBytes: 5_000 }],
  ] as const)('and %s count against maxQueuedBytes', async (_, options) => {
    await using server = await startServer();
    const client = clientOf(server, { ...options, maxQueuedBytes: 500_000 });
    await client.version();
    const outcomes = await Promise.allSettled([0, 1, 2, 3].map((each) => client.set(`key:${each}`, LONG)));
    const refused = outcomes.map((each) => each.status === 'rejected' && each.reason);
    expect(refused).toEqual([false, false, expect.any(BackpressureError), expect.any(BackpressureError)]);
    expect(refused[2]).toMatchObject({ operation: 'set', key: 'key:2' });
    expect(await client.set('key:2', LONG)).toBe(true);
    expect(await client.setMany({ a: 1, b: LONG })).toEqual([]);
  });

  test('and are larger than that are taken alone', async () => {
    await using server = await startServer();
    const client = clientOf(server, { ...ZLIB, maxQueuedBytes: 1_000 });
    expect(await client.set('key', LONG)).toBe(true);
    expect(await client.set('key', LONG)).toBe(true);
  });
});

describe('a write that is given up while it is prepared', () => {
  test('keeps nobody waiting, and is not sent later', async () => {
    await using server = await startScripted((connection, { key }) => {
      // No chunk is stored before that.
      if (key === 'key') connection.say('STORED\r\n'.repeat(server.asked.length));
    });
    const client = clientOf(server, { largeValues: 'split', maxValueBytes: 5_000, requestTimeoutMs: 20_000 });
    const controller = new AbortController();
    const aborted = client.set('key', LONG, { signal: controller.signal }).catch((error: unknown) => error);
    const late = client.set('key', LONG, { timeoutMs: 20 }).catch((error: unknown) => error);
    await expect.poll(() => server.asked.length).toBeGreaterThan(0);
    const last = client.set('key', 'short');
    controller.abort();
    expect(await aborted).toBe(controller.signal.reason);
    expect(await late).toBeInstanceOf(TimeoutError);
    expect(await last).toBe(true);
    const written = server.asked.filter(({ key }) => key === 'key');
    expect(written.map(({ data }) => data)).toEqual(['short']);
  });
});
