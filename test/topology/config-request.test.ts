import type { Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { resolveOptions } from '../../src/client/resolve-options.ts';
import type { ConnectionOptions } from '../../src/connection/connection-options.ts';
import { dialOptions } from '../../src/node/dial.ts';
import { parseEndpoint } from '../../src/node/endpoint.ts';
import { requestConfig } from '../../src/topology/config-request.ts';
import { startScripted } from '../harness/scripted-server.ts';

const REPLY = 'CONFIG cluster 0 37\r\n12\na.example|10.0.0.1|11211 b||11211\n\r\nEND\r\n';
/** Where a reply may end too soon: in header, version, list, before its CRLF, before and within END. */
const CUTS: readonly (readonly [string, number])[] = [
  ['before anything', 0],
  ['in the header', 10],
  ['before the end of the header', REPLY.indexOf('\n')],
  ['in the version', REPLY.indexOf('12\n') + 1],
  ['in the list', REPLY.indexOf('10.0.0.1') + 3],
  ['before the CRLF of the list', REPLY.indexOf('\r\nEND')],
  ['before END', REPLY.indexOf('END')],
  ['before the last byte', REPLY.length - 1],
];

function toServer(endpoint: string): ConnectionOptions {
  return dialOptions(parseEndpoint(endpoint, 'target'), undefined, resolveOptions(endpoint, {}).node);
}

function never(): AbortSignal {
  return new AbortController().signal;
}

describe('a server that is asked for its configuration', () => {
  test('gives it', async () => {
    await using server = await startScripted(({ say }) => say(REPLY));
    expect(await requestConfig(toServer(server.endpoint), false, 1_000, never())).toMatchObject({
      kind: 'config',
      config: { version: 12n, nodes: [{ hostname: 'a.example' }, { hostname: 'b' }] },
      legacy: false,
      lengthMismatch: false,
    });
    expect(server.asked.map(({ line }) => line)).toEqual(['config get cluster']);
    await expect.poll(() => server.connections[0]?.socket.closed).toBe(true);
  });

  test.each(CUTS)('and ends %s gives an error, and no part of it', async (_, at) => {
    await using server = await startScripted(({ socket }) => socket.end(REPLY.slice(0, at), 'latin1'));
    await expect(requestConfig(toServer(server.endpoint), false, 5_000, never())).rejects.toMatchObject({
      code: 'ERR_MEMFLEET_CONNECTION',
      node: server.endpoint,
    });
  });

  test.each(CUTS)('and stalls %s is given up in time', async (_, at) => {
    await using server = await startScripted(({ say }) => say(REPLY.slice(0, at)));
    await expect(requestConfig(toServer(server.endpoint), false, 50, never())).rejects.toMatchObject({
      code: 'ERR_MEMFLEET_TIMEOUT',
      phase: 'discovery',
    });
    await expect.poll(() => server.connections[0]?.socket.closed).toBe(true);
  });

  test('and trickles is given up in time too', async () => {
    const timers: NodeJS.Timeout[] = [];
    onTestFinished(() => timers.forEach(clearInterval));
    const trickle = (socket: Socket): void => {
      let at = 0;
      timers.push(setInterval(() => socket.write(REPLY[at++] ?? ''), 10));
    };
    await using server = await startScripted(({ socket }) => trickle(socket));
    await expect(requestConfig(toServer(server.endpoint), false, 150, never())).rejects.toMatchObject({
      code: 'ERR_MEMFLEET_TIMEOUT',
    });
  });

  test('and sends a megabyte of blanks is refused, once it is past the announced length', async () => {
    await using server = await startScripted(({ say }) => {
      say('CONFIG cluster 0 2\r\n12');
      for (let i = 0; i < 16; i++) say(' '.repeat(65_536));
    });
    await expect(requestConfig(toServer(server.endpoint), false, 5_000, never())).rejects.toMatchObject({
      code: 'ERR_MEMFLEET_PROTOCOL',
    });
  });

  test('the old way first, where told so', async () => {
    await using server = await startScripted(({ say, value }, { line, key }) => {
      if (line.startsWith('get ')) value(key, '3\na||1\n');
      else say('ERROR\r\n');
    });
    const target = toServer(server.endpoint);
    expect(await requestConfig(target, true, 1_000, never())).toMatchObject({ kind: 'config', legacy: true });
    expect(server.asked.map(({ line }) => line)).toEqual(['get AmazonElastiCache:cluster']);
  });

  test.each([false, true])(
    'and knows neither way says what the command of today got (%s)',
    async (legacy) => {
      await using server = await startScripted(({ say }, { line }) => {
        say(line.startsWith('get ') ? 'END\r\n' : 'ERROR\r\n');
      });
      expect(await requestConfig(toServer(server.endpoint), legacy, 1_000, never())).toEqual({
        kind: 'unsupported',
        said: 'ERROR',
      });
    },
  );
});
