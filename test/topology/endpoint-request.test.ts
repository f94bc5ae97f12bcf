import type { LookupFunction } from 'node:net';
import { describe, expect, test } from 'vitest';
import { resolveOptions } from '../../src/client/resolve-options.ts';
import type { ConnectionOptions } from '../../src/connection/connection-options.ts';
import { dialOptions } from '../../src/node/dial.ts';
import { parseEndpoint } from '../../src/node/endpoint.ts';
import { requestFromEndpoint } from '../../src/topology/endpoint-request.ts';
import { type ScriptedServer, startScripted } from '../harness/scripted-server.ts';

const REPLY = 'CONFIG cluster 0 37\r\n12\na.example|10.0.0.1|11211 b||11211\n\r\nEND\r\n';

/** Of each address, what a server there does with the question; all listen at the same port. */
async function startAll(
  answers: Readonly<Record<string, string | undefined>>,
): Promise<{ port: number; servers: ScriptedServer[] } & AsyncDisposable> {
  const servers: ScriptedServer[] = [];
  let port = 0;
  for (const [host, answer] of Object.entries(answers)) {
    const script = ({ say }: { say(text: string): void }): void => {
      if (answer !== undefined) say(answer);
    };
    const server = await startScripted(script, { host, port });
    port = Number(server.endpoint.split(':').at(-1));
    servers.push(server);
  }
  return {
    port,
    servers,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
    },
  };
}

function resolvingTo(addresses: readonly string[]): LookupFunction & { asked: number } {
  const lookup = ((_name, options, answer) => {
    lookup.asked++;
    if (options.all !== true) throw new Error('All addresses are wanted');
    answer(
      null,
      addresses.map((address) => ({ address, family: 4 })),
    );
  }) as LookupFunction & { asked: number };
  lookup.asked = 0;
  return lookup;
}

function optionsOf(port: number, lookup: LookupFunction): ConnectionOptions {
  const name = `name.cfg.example:${port}`;
  return dialOptions(parseEndpoint(name, 'target'), undefined, resolveOptions(name, { lookup }).node);
}

function ask(options: ConnectionOptions, timeoutMs = 5_000): ReturnType<typeof requestFromEndpoint> {
  return requestFromEndpoint(options, false, timeoutMs, new AbortController().signal);
}

describe('an endpoint whose name has several addresses', () => {
  test('is asked at the first alone, where that answers', async () => {
    await using at = await startAll({ '127.0.0.1': REPLY, '127.0.0.2': REPLY });
    expect(await ask(optionsOf(at.port, resolvingTo(['127.0.0.1', '127.0.0.2'])))).toMatchObject({
      kind: 'config',
    });
    expect(at.servers.map((server) => server.asked.length)).toEqual([1, 0]);
  });

  test.each<readonly [string, string | undefined]>([
    ['hangs', undefined],
    ['refuses', 'SERVER_ERROR busy\r\n'],
    ['knows nothing', 'END\r\n'],
    ['answers nonsense', 'CONFIG cluster 0 3\r\n9\n\n\r\nEND\r\n'],
  ])('is asked at the next, where the first %s', async (_, answer) => {
    await using at = await startAll({ '127.0.0.1': answer, '127.0.0.2': answer, '127.0.0.3': REPLY });
    const lookup = resolvingTo(['127.0.0.1', '127.0.0.2', '127.0.0.3']);
    expect(await ask(optionsOf(at.port, lookup))).toMatchObject({ kind: 'config', config: { version: 12n } });
    for (const server of at.servers)
      for (const { socket } of server.connections) await expect.poll(() => socket.closed).toBe(true);
  });

  test('is asked at the next, where nobody listens at the first', async () => {
    await using at = await startAll({ '127.0.0.2': REPLY });
    const lookup = resolvingTo(['127.0.0.1', '127.0.0.2']);
    expect(await ask(optionsOf(at.port, lookup))).toMatchObject({ kind: 'config' });
  });

  test('that all hang is given up when its time is over, not when each address had its own', async () => {
    await using at = await startAll({ '127.0.0.1': undefined });
    const lookup = resolvingTo(new Array<string>(40).fill('127.0.0.1'));
    await expect(ask(optionsOf(at.port, lookup), 600)).rejects.toMatchObject({
      code: 'ERR_MEMFLEET_TIMEOUT',
      phase: 'discovery',
    });
    expect(at.servers[0]?.connections.length).toBeLessThanOrEqual(4);
  });

  test('that all refuse says what one of them said', async () => {
    await using at = await startAll({ '127.0.0.1': 'ERROR\r\n', '127.0.0.2': 'ERROR\r\n' });
    expect(await ask(optionsOf(at.port, resolvingTo(['127.0.0.1', '127.0.0.2'])))).toEqual({
      kind: 'unsupported',
      said: 'ERROR',
    });
  });
});

describe('the name of an endpoint', () => {
  test('is resolved anew for each question', async () => {
    await using at = await startAll({ '127.0.0.1': REPLY });
    const lookup = resolvingTo(['127.0.0.1']);
    await ask(optionsOf(at.port, lookup));
    await ask(optionsOf(at.port, lookup));
    expect(lookup.asked).toBe(2);
  });

  test('that does not exist is told as such', async () => {
    const gone: LookupFunction = (_name, _options, answer) => {
      answer(Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }), []);
    };
    await expect(ask(optionsOf(1, gone))).rejects.toThrow(
      'Could not connect: ENOTFOUND, there is no such name',
    );
  });

  test('that is never resolved is given up in time', async () => {
    const silent: LookupFunction = () => undefined;
    await expect(ask(optionsOf(1, silent), 50)).rejects.toThrow(/50 ms.*name is not resolved/);
  });

  test.each([0, 1, 2, 3])(
    'that is resolved is asked nothing by who stopped %i turns before',
    async (turns) => {
      await using at = await startAll({ '127.0.0.1': REPLY });
      const stop = new AbortController();
      const options = optionsOf(at.port, resolvingTo(['127.0.0.1']));
      const asking = requestFromEndpoint(options, false, 5_000, stop.signal).catch((error: unknown) => error);
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      stop.abort(new Error('closed'));
      expect(await asking).toBeInstanceOf(Error);
      expect(at.servers[0]?.asked).toEqual([]);
    },
  );

  test('that is being resolved holds nobody up who stops', async () => {
    const stop = new AbortController();
    const asking = requestFromEndpoint(
      optionsOf(1, () => undefined),
      false,
      5_000,
      stop.signal,
    );
    stop.abort(new Error('closed'));
    await expect(asking).rejects.toThrow('closed');
  });
});
