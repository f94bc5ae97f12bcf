/** Servers that never stop to send. */
import type { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { heldBytes } from '../harness/heap.ts';
import { DIALECTS, failureOf, withstand } from '../harness/hostile.ts';
import type { ScriptedConnection } from '../harness/scripted-server.ts';

const MIB = 1_048_576;
/** What a flood would fill many times over if it were kept. */
const BOUND = 24 * MIB;

/** Not `once`: that takes the reset, which is how a flood ends, for a failure of its own. */
function event(socket: Socket, name: 'close' | 'drain'): Promise<void> {
  return new Promise((resolve) => {
    socket.once(name, () => resolve());
  });
}

/** Sends a piece again and again, as fast as it is read, until the client hangs up; how often it was. */
async function flood({ socket }: ScriptedConnection, start: string, piece: string): Promise<number> {
  const chunk = Buffer.from(piece.repeat(Math.ceil(65_536 / piece.length)), 'latin1');
  socket.write(start, 'latin1');
  const hungUp = event(socket, 'close');
  let sent = 0;
  for (; !socket.destroyed; sent++) {
    if (socket.write(chunk)) await turn();
    else await Promise.race([event(socket, 'drain'), hungUp]);
  }
  return sent;
}

describe('a server that never stops', () => {
  test.each([
    [DIALECTS, 'a line', 'get', '', 'x'],
    [DIALECTS, 'lines', 'get', '', 'STORED\r\n'],
    [['classic'], 'values of the key asked for', 'get', '', 'VALUE a 0 5\r\nhello\r\n'],
    [
      DIALECTS,
      'values of the keys asked for',
      'getMany',
      '',
      'VALUE a 0 5\r\nhello\r\nVALUE b 0 5\r\nhello\r\n',
    ],
    [DIALECTS, 'a value', 'get', 'VALUE a 0 1073741824\r\n', 'x'],
    [DIALECTS, 'large values', 'get', '', `VALUE a 0 2000000\r\n${'x'.repeat(2_000_000)}\r\n`],
    [DIALECTS, 'a statistic', 'stats', '', 'STAT pid 1\r\n'],
    [DIALECTS, 'statistics without an end', 'stats', '', 'STAT a 1\r\nSTAT b 2\r\nSTAT c 3\r\n'],
    [DIALECTS, 'a configuration', 'get', 'CONFIG cluster 0 1000000\r\n', 'x'],
  ] as const)(
    '%j, to send %s: the call fails in time, memory is bounded, and it is hung up on',
    async (...args) => {
      const [dialects, , verb, start, piece] = args;
      for (const dialect of dialects) {
        const before = heldBytes();
        let took: Promise<number> | undefined;
        let held = 0;
        await withstand({
          dialect,
          client: { requestTimeoutMs: 100 },
          script: (connection) => {
            took ??= flood(connection, start, piece);
          },
          act: async (client) => {
            const call =
              verb === 'getMany'
                ? client.getMany(['a', 'b'])
                : verb === 'stats'
                  ? client.stats()
                  : client.get('a');
            expect((await failureOf(call)).code).toMatch(/PROTOCOL|TIMEOUT|VALUE_TOO_LARGE/);
            held = heldBytes() - before;
            // Nobody waits for anything from it any more, nor asks it again.
            expect(await took).toBeGreaterThan(0);
          },
        });
        expect(held).toBeLessThan(BOUND);
      }
    },
  );

  test.each(DIALECTS)('%s: nor does it when it was not asked', async (dialect) => {
    let took: Promise<number> | undefined;
    await withstand({
      dialect,
      script: (connection) => connection.say(dialect === 'meta' ? 'EN\r\n' : 'END\r\n'),
      act: async (client, connections) => {
        expect(await client.get('a')).toBeUndefined();
        took = flood(connections[0] as ScriptedConnection, '', 'STORED\r\n');
        expect(await took).toBeGreaterThan(0);
      },
    });
  });

  test('at the greeting: the connection is given up within connectTimeoutMs', async () => {
    let took: Promise<number> | undefined;
    await withstand({
      dialect: 'classic',
      client: { connectTimeoutMs: 200 },
      script: () => undefined,
      onConnect: (connection) => {
        if (took !== undefined) return serve(connection);
        took = flood(connection, '', 'VERSION 1');
      },
      act: async (client) => {
        await failureOf(client.get('a'));
        expect(await took).toBeGreaterThan(0);
      },
    });
  });
});

function serve({ say, socket }: ScriptedConnection): void {
  socket.once('data', () => {
    say('VERSION 1.6.18\r\n');
    socket.on('data', () => say('VALUE after 0 14\r\nvalue of after\r\nEND\r\n'));
  });
}
