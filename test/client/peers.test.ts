/** What goes wrong in clients of memcached, each as the behaviour to have instead: replies and refusals. */
import { describe, expect, test } from 'vitest';
import {
  ConnectionError,
  ConnectionLimitError,
  DecodeError,
  ProtocolError,
  ServerError,
  ValueTooLargeError,
} from '../../src/index.ts';
import { startServer } from '../../src/testing/index.ts';
import { clientOf, healthOf } from '../harness/client-of.ts';
import { type ScriptedServer, startScripted } from '../harness/scripted-server.ts';

describe('replies reach the caller they are for', () => {
  test('a reply cut off mid-value never reaches the next connection', async () => {
    await using server = await startScripted((connection, { key }) => {
      if (connection.index > 0) return connection.value(key, 'hello');
      connection.say(`VALUE ${key} 0 6\r\nSEC`);
      connection.socket.end();
    });
    const client = clientOf(server);
    await expect(client.get('a')).rejects.toThrow(ConnectionError);
    expect(await client.get('b')).toBe('hello');
    expect(server.connections).toHaveLength(2);
  });

  test('a reply cut off mid-line never reaches the next connection', async () => {
    await using server = await startScripted((connection, { key }) => {
      if (connection.index > 0) return connection.value(key, 'hello');
      connection.say('VALUE a 0');
      connection.socket.resetAndDestroy();
    });
    const client = clientOf(server);
    await expect(client.get('a')).rejects.toThrow(ConnectionError);
    expect(await client.get('b')).toBe('hello');
  });

  test('a late reply is never given to another call', async () => {
    const held: (() => void)[] = [];
    await using server = await startScripted((connection, { key }) => {
      held.push(() => connection.value(key, `value of ${key}`));
      if (key === 'b') for (const reply of held) reply();
    });
    const client = clientOf(server);
    await expect(client.get('a', { timeoutMs: 50 })).rejects.toMatchObject({
      phase: 'request',
      timeoutMs: 50,
    });
    expect(await client.get('b')).toBe('value of b');
    expect(server.connections).toHaveLength(1);
  });

  test('the reply to an aborted call is never given to another', async () => {
    const held: (() => void)[] = [];
    await using server = await startScripted((connection, { key }) => {
      held.push(() => connection.value(key, `value of ${key}`));
      if (key === 'a') controller.abort();
      else for (const reply of held) reply();
    });
    const controller = new AbortController();
    const client = clientOf(server);
    await expect(client.get('a', { signal: controller.signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(await client.get('b')).toBe('value of b');
  });

  test('a refused command fails alone: those behind it in the pipeline get their own replies', async () => {
    await using server = await startScripted((connection, { key }) => {
      if (key === 'bad') connection.say('SERVER_ERROR no\r\n');
      else connection.value(key, key);
    });
    const client = clientOf(server);
    const results = await Promise.allSettled(['a', 'bad', 'b', 'c'].map((key) => client.get(key)));
    expect(results).toMatchObject([
      { value: 'a' },
      { reason: { status: 'SERVER_ERROR' } },
      { value: 'b' },
      { value: 'c' },
    ]);
  });

  test('a value under another key than was asked for is not believed', async () => {
    await using server = await startScripted((connection) => connection.value('admin', 'PWND'));
    const client = clientOf(server);
    await expect(client.get('a')).rejects.toThrow(ProtocolError);
    await expect(client.getMany(['a', 'b'])).rejects.toThrow(ProtocolError);
  });

  test.each(['meta', 'classic'] as const)('%s: stored values cannot forge replies', async (protocol) => {
    await using server = await startServer();
    const client = clientOf(server, { protocol });
    const forged = 'x\r\nEND\r\nVALUE good 0 4\r\nPWND\r\nEND\r\nVA 4 f0\r\nPWND\r\nEN\r\n';
    await client.set('evil', forged);
    await client.set('good', 'fine');
    const reads = [client.get('evil'), client.get('good'), client.getMany(['evil', 'good', 'absent'])];
    expect(await Promise.all(reads)).toEqual([
      forged,
      'fine',
      new Map([
        ['evil', forged],
        ['good', 'fine'],
      ]),
    ]);
  });
});

describe('what no server should say', () => {
  test.each([
    ['a line of no protocol', 'HELLO\r\n'],
    ['garbage', '\xfe\xff\0\r\n'],
    ['a value longer than announced', 'VALUE a 0 1\r\nabc\r\nEND\r\n'],
    ['a length that is none', 'VALUE a 0 x\r\n'],
    ['a negative length', 'VALUE a 0 -1\r\n'],
    ['a length of 2^60', 'VALUE a 0 1152921504606846976\r\n'],
    ['the reply to another verb', 'STORED\r\n'],
    ['a line without end', 'x'.repeat(10_000)],
  ])('%s is a ProtocolError; the connection is given up, and the next one is good', async (_, said) => {
    await using server = await startScripted((connection, { key }) => {
      if (connection.index > 0) connection.value(key, 'good');
      else connection.say(said);
    });
    const client = clientOf(server);
    await expect(client.get('a')).rejects.toThrow(ProtocolError);
    expect(await client.get('a')).toBe('good');
    expect(server.connections).toHaveLength(2);
  });

  test('an unsolicited line closes the connection, and crashes nothing', async () => {
    await using server = await startScripted((connection, { key }) => connection.value(key, key));
    const client = clientOf(server);
    await client.get('a');
    server.connections[0]?.say('ERROR Too many open connections\r\n');
    await expect.poll(() => client.snapshot().nodes[0]?.connectionsClosed).toBe(1);
    expect(await client.get('b')).toBe('b');
  });

  test('a refusal in place of the greeting is a ConnectionLimitError that says it', async () => {
    await using server = await startScripted(() => undefined, {
      onConnect: ({ say, socket }) => {
        say('ERROR Too many open connections\r\n');
        socket.end();
      },
    });
    const refused = clientOf(server).get('a');
    await expect(refused).rejects.toThrow(ConnectionLimitError);
    await expect(refused).rejects.toThrow(/Too many open connections/);
  });

  test('after a write it could not read, its answers to the data block reach nobody', async () => {
    await using server = await startScripted((connection, { line, key }) => {
      if (line.startsWith('set'))
        connection.say('CLIENT_ERROR bad command line format\r\nERROR\r\nVALUE x 0 1\r\n');
      else connection.value(key, key);
    });
    const client = clientOf(server);
    const results = await Promise.allSettled([client.set('a', 'data'), client.get('b')]);
    expect(results).toMatchObject([
      { reason: { status: 'CLIENT_ERROR' } },
      { reason: expect.any(ProtocolError) },
    ]);
    expect(await client.get('c')).toBe('c');
  });
});

describe('failures', () => {
  const failing = (): Promise<ScriptedServer> =>
    startScripted((connection) => connection.say('SERVER_ERROR out of memory\r\n'));

  test('are not misses, and do not take the node down', async () => {
    await using server = await failing();
    const client = clientOf(server);
    const attempts = [
      client.get('a'),
      client.getMany(['a']),
      client.set('a', 1),
      client.delete('a'),
      client.incr('a'),
    ];
    for (const result of await Promise.allSettled(attempts)) {
      expect(result).toMatchObject({ reason: expect.any(ServerError) });
      expect(result).toMatchObject({
        reason: { message: 'Server replied SERVER_ERROR: out of memory', node: server.endpoint },
      });
    }
    expect(healthOf(client)).toBe('up');
    expect(server.connections).toHaveLength(1);
  });

  test("are misses with onError 'miss', and an error event each", async () => {
    await using server = await failing();
    const client = clientOf(server, { onError: 'miss' });
    const errors: Error[] = [];
    client.on('error', (error) => errors.push(error));
    expect(await client.get('a')).toBeUndefined();
    expect(await client.set('a', 1)).toBe(false);
    expect(await client.getMany(['a', 'b'])).toEqual(new Map());
    expect(await client.cas('a', 1, 1n)).toBe('notFound');
    expect(await client.delete('a')).toBe(false);
    expect(await client.incr('a')).toBeUndefined();
    expect(errors).toHaveLength(6);
    expect(errors.every((error) => error instanceof ServerError)).toBe(true);
  });

  test("with onError 'miss' and nobody listening crash nothing", async () => {
    await using server = await failing();
    expect(await clientOf(server, { onError: 'miss' }).get('a')).toBeUndefined();
  });

  test("with onError 'miss' a counter with initial is not tried over and over", async () => {
    await using server = await failing();
    const client = clientOf(server, { onError: 'miss' });
    expect(await client.incr('a', 1, { initial: 1 })).toBeUndefined();
    expect(server.asked).toHaveLength(1);
  });

  test('of a counter with initial come in the time of one call, however many steps it takes', async () => {
    await using server = await startScripted((connection, { line }) => {
      if (line.startsWith('incr')) setTimeout(() => connection.say('NOT_FOUND\r\n'), 150);
    });
    const client = clientOf(server, { requestTimeoutMs: 2_000 });
    const call = client.incr('a', 1, { initial: 1, timeoutMs: 400 });
    const error: unknown = await call.catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'ERR_MEMFLEET_TIMEOUT', operation: 'add' });
    expect((error as { timeoutMs: number }).timeoutMs, 'what was left of it').toBeLessThanOrEqual(260);
  });

  test('of the stored bytes are DecodeErrors, not crashes', async () => {
    await using server = await startScripted((connection, { key }) =>
      connection.value(key, '{no JSON', Number(key)),
    );
    const client = clientOf(server);
    for (const flags of [2, 0x2_0000, 0x3_0000, 0xffff_ffff]) {
      const read = client.get(String(flags));
      await expect(read).rejects.toThrow(DecodeError);
      await expect(read).rejects.toMatchObject({ node: server.endpoint, operation: 'get' });
      await expect(client.getMany([String(flags)])).rejects.toMatchObject({ node: server.endpoint });
    }
    expect(server.connections).toHaveLength(1);
  });

  test('of a value above maxValueBytes, in either direction, name the node', async () => {
    await using server = await startScripted((connection, { line, key }) => {
      if (line.startsWith('set')) connection.say('SERVER_ERROR object too large for cache\r\n');
      else connection.value(key, 'x'.repeat(2_000));
    });
    const client = clientOf(server, { maxValueBytes: 1_000 });
    for (const call of [client.get('a'), client.getMany(['a']), client.set('a', 'short')]) {
      await expect(call).rejects.toThrow(ValueTooLargeError);
      await expect(call).rejects.toMatchObject({ node: server.endpoint });
    }
  });

  test('of setMany are named, and reported once a kind', async () => {
    await using server = await startScripted((connection, { key }) => {
      connection.say(key === 'good' ? 'STORED\r\n' : 'SERVER_ERROR out of memory\r\n');
    });
    const client = clientOf(server);
    const errors: Error[] = [];
    client.on('error', (error) => errors.push(error));
    expect(await client.setMany({ a: 1, good: 2, b: 3 })).toEqual(['a', 'b']);
    expect(errors).toHaveLength(1);
  });

  test('of setMany where nothing could be tried reject', async () => {
    const server = await failing();
    await server[Symbol.asyncDispose]();
    const client = clientOf(server);
    await client.get('a').catch(() => undefined);
    await expect(client.setMany({ a: 1, b: 2 })).rejects.toMatchObject({ code: 'ERR_MEMFLEET_NODE_DOWN' });
  });
});
