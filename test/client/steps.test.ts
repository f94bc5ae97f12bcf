/** Calls of several steps: their time-out, their signal, what waits for them, and the end of the client. */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type ClientOptions,
  ClosedError,
  createClient,
  type MemcachedClient,
  NodeDownError,
  TimeoutError,
} from '../../src/index.ts';
import { type Server, startCluster, startServer } from '../../src/testing/index.ts';
import { clientOf } from '../harness/client-of.ts';
import { startScripted } from '../harness/scripted-server.ts';

const COMPRESS = { compression: { algorithm: 'zlib' } } as const;
const SPLIT = { largeValues: 'split', maxValueBytes: 5_000 } as const;
const LARGE = 'large '.repeat(50_000);
const RANDOM = Buffer.from(Array.from({ length: 60_000 }, () => Math.floor(Math.random() * 256)));

let server: Server;
let opened: MemcachedClient[] = [];

beforeEach(async () => {
  server = await startServer();
});
afterEach(async () => {
  await Promise.all(opened.map((client) => client.close()));
  opened = [];
  await server.close();
});

function open(options: ClientOptions): MemcachedClient {
  const client = createClient(server.endpoint, { requestTimeoutMs: 5_000, ...options });
  opened.push(client);
  return client;
}

const WAYS: readonly (readonly [string, ClientOptions, unknown])[] = [
  ['compressed on another thread', COMPRESS, LARGE],
  ['split', SPLIT, RANDOM],
];

describe.each(WAYS)('a write that is %s', (_, options, value) => {
  test('that is aborted rejects with the reason, and is not stored later', async () => {
    const client = open(options);
    const controller = new AbortController();
    const write = client.set('key', value, { signal: controller.signal });
    const waiting = client.get('key', { signal: controller.signal });
    const after = client.get('key');
    controller.abort(new Error('given up'));
    await expect(write).rejects.toThrow('given up');
    await expect(waiting).rejects.toThrow('given up');
    expect(await after, 'another call was not aborted').toBeUndefined();
    await expect(client.set('key', value, { signal: AbortSignal.abort(new Error('late')) })).rejects.toThrow(
      'late',
    );
    expect(await client.get('key')).toBeUndefined();
  });

  test('that times out is a TimeoutError of the call, or a miss where the caller chose that', async () => {
    const client = open(options);
    await client.ready();
    const failure = await client.set('key', value, { timeoutMs: 0.001 }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TimeoutError);
    expect(failure).toMatchObject({ operation: 'set', key: 'key', timeoutMs: 0.001, phase: 'request' });
    const lenient = open({ ...options, onError: 'miss' });
    const errors: Error[] = [];
    lenient.on('error', (error) => errors.push(error));
    expect(await lenient.set('key', value, { timeoutMs: 0.001 })).toBe(false);
    expect(await lenient.add('key', value, { timeoutMs: 0.001 })).toBe(false);
    expect(await lenient.cas('key', value, 1n, { timeoutMs: 0.001 })).toBe('notFound');
    expect(errors.map((error) => error.name)).toEqual(Array(3).fill('TimeoutError'));
    await expect(client.set('key', value, { timeoutMs: -1 })).rejects.toThrow(/timeoutMs/);
  });

  test('before the first topology waits for it, as do those behind it', async () => {
    let found: (() => void) | undefined;
    const known = new Promise<void>((resolve) => {
      found = resolve;
    });
    const client = createClient(
      { topology: () => known.then(() => ({ nodes: [server.endpoint] })) },
      { requestTimeoutMs: 5_000, ...options },
    );
    opened.push(client);
    const calls = [client.set('key', value), client.set('key', 'small'), client.get('key')];
    found?.();
    expect(await Promise.all(calls)).toEqual([true, true, 'small']);
  });

  test('is finished before the client is closed, and takes none after', async () => {
    const client = open(options);
    const writes = [client.set('one', value), client.set('two', value), client.get('two')];
    const closing = client.close();
    await expect(client.set('one', value)).rejects.toThrow(ClosedError);
    await expect(client.get('one')).rejects.toThrow(ClosedError);
    const [one, two, got] = await Promise.all(writes);
    expect([one, two, Buffer.isBuffer(got) ? got.equals(RANDOM) : got === value]).toEqual([true, true, true]);
    await closing;
    expect(await open({}).get('one')).toBeDefined();
  });

  test('ends with the client where that is destroyed', async () => {
    const client = open(options);
    const write = client.set('one', value);
    const read = client.get('one');
    client.destroy();
    await expect(write).rejects.toThrow(ClosedError);
    await expect(read).rejects.toThrow(ClosedError);
  });

  test('leaves no turn behind: calls are sent at once again', async () => {
    const client = open(options);
    await client.set('key', value);
    await Promise.allSettled([client.set('key', value, { timeoutMs: 0.001 }), client.get('key')]);
    expect(await client.get('key')).toBeDefined();
    const read = client.get('key');
    expect(client.snapshot().nodes[0]?.pending, 'in the same tick').toBe(1);
    await read;
  });

  test('that fails does not hold up what comes after it', async () => {
    await using down = await startScripted((connection) => connection.socket.destroy());
    const client = clientOf(down, options);
    const [write, read] = await Promise.allSettled([client.set('key', value), client.get('key')]);
    expect(write).toMatchObject({ reason: { code: 'ERR_MEMFLEET_CONNECTION' } });
    expect(read).toMatchObject({ reason: { code: 'ERR_MEMFLEET_CONNECTION' } });
  });
});

describe('a read under way when the client is closed', () => {
  test('is finished where the value is decompressed on another thread', async () => {
    await open(COMPRESS).set('key', LARGE);
    const client = open({});
    await client.get('other');
    let settled = 0;
    const count = (): number => settled++;
    const reads = [client.get('key'), client.getMany(['key'])].map((read) => read.finally(count));
    await client.close();
    expect(settled).toBe(2);
    expect(await Promise.all(reads)).toEqual([LARGE, new Map([['key', LARGE]])]);
  });

  test('is settled where chunks are still to be asked for', async () => {
    await open(SPLIT).set('key', RANDOM);
    const client = open({});
    await client.get('other');
    const read = Promise.allSettled([client.get('key'), client.getMany(['key'])]);
    await client.close();
    for (const outcome of await read) expect(outcome).toMatchObject({ reason: expect.any(ClosedError) });
  });
});

describe('chunks on nodes that fail', () => {
  test('are an error where a node is down, and a miss where it came back empty', async () => {
    await using cluster = await startCluster({ engine: 'embedded', nodes: 3 });
    const client = createClient(
      { configurationEndpoint: cluster.configurationEndpoint },
      { ...SPLIT, lookup: cluster.lookup, requestTimeoutMs: 5_000 },
    );
    opened.push(client);
    // Some 75 chunks each: that none of them is on one of three nodes happens to nobody.
    const value = randomBytes(300_000);
    const keys = Array.from({ length: 30 }, (_, index) => `key:${index}`);
    for (const key of keys) await client.set(key, value);
    const [node] = cluster.nodes;
    if (node === undefined) throw new Error('No node');
    const down = new Promise((resolve) => client.once('nodeDown', resolve));
    await node.stop();
    await client.set('wake', 1).catch(() => undefined);
    await Promise.allSettled(keys.map((key) => client.get(key)));
    await down;
    for (const key of keys) await expect(client.get(key)).rejects.toThrow(NodeDownError);
    const up = new Promise((resolve) => client.once('nodeUp', resolve));
    await node.start();
    await up;
    for (const key of keys) expect(await client.get(key)).toBeUndefined();
    for (const key of keys) expect(await client.set(key, value)).toBe(true);
    for (const key of keys) expect(value.equals((await client.get(key)) as Buffer)).toBe(true);
  });
});
