/** Servers that close in the middle of a reply. */
import { describe, expect, test } from 'vitest';
import { ConnectionError } from '../../src/index.ts';
import { goodReply, goodValue } from '../harness/good-reply.ts';
import { CALLS_BY_DIALECT, DIALECTS, failureOf, settled, withstand } from '../harness/hostile.ts';
import type { ScriptedConnection } from '../harness/scripted-server.ts';

const ENDINGS = {
  'ends the stream': ({ socket }: ScriptedConnection) => void socket.end(),
  'resets it': ({ socket }: ScriptedConnection) => void socket.resetAndDestroy(),
} as const;
const CASES = Object.entries(ENDINGS).flatMap(([how, end]) =>
  CALLS_BY_DIALECT.map(([dialect, verb, call]) => [how, dialect, verb, end, call] as const),
);

/** Sends the first bytes, and ends once the kernel has them. */
function cut(
  connection: ScriptedConnection,
  bytes: string,
  end: (connection: ScriptedConnection) => void,
): void {
  if (bytes === '') end(connection);
  else connection.socket.write(bytes, 'latin1', () => end(connection));
}

describe('a server that closes before all of a reply is sent', () => {
  test.each(CASES)(
    '%s, %s, at each byte of the reply to %s: the call fails, the next does not',
    async (...args) => {
      const [, dialect, , end, call] = args;
      let offset = 0;
      let length = Number.POSITIVE_INFINITY;
      await withstand({
        dialect,
        script: (connection, asked) => {
          const reply = goodReply(asked);
          length = reply.length;
          cut(connection, reply.slice(0, offset), end);
        },
        act: async (client) => {
          for (; offset < length; offset++) {
            expect(await failureOf(call.make(client)), `after ${offset} bytes`).toBeInstanceOf(
              ConnectionError,
            );
            expect(await client.get('after')).toBe(goodValue('after'));
          }
          expect(offset).toBeGreaterThan(3);
        },
      });
    },
  );

  test.each(DIALECTS)(
    '%s: with many in flight, those that were answered have their own values',
    async (dialect) => {
      const keys = Array.from({ length: 50 }, (_, i) => `key-${i}`);
      await withstand({
        dialect,
        script: (connection, asked) => {
          const reply = goodReply(asked);
          if (asked.key === 'key-20')
            cut(connection, reply.slice(0, reply.length >> 1), ENDINGS['ends the stream']);
          else if (Number(asked.key.slice(4)) < 20) connection.say(reply);
        },
        act: async (client) => {
          const calls = keys.map((key) => client.get(key));
          const errors = await settled(calls);
          for (const [i, call] of calls.entries()) {
            if (i < 20) expect(await call).toBe(goodValue(keys[i] as string));
            else expect(errors[i]).toBeInstanceOf(ConnectionError);
          }
        },
      });
    },
  );

  test.each(DIALECTS)(
    '%s: a reset in the middle of a large value, read into a buffer of its own',
    async (dialect) => {
      const size = 500_000;
      const header = dialect === 'meta' ? `VA ${size} f0\r\n` : `VALUE a 0 ${size}\r\n`;
      await withstand({
        dialect,
        script: (connection) => {
          const half = `${header}${'x'.repeat(size / 2)}`;
          connection.socket.write(half, 'latin1', () =>
            setTimeout(() => connection.socket.resetAndDestroy(), 20),
          );
        },
        act: async (client) => {
          for (let i = 0; i < 3; i++) {
            expect(await failureOf(client.get('a'))).toBeInstanceOf(ConnectionError);
            expect(await client.get('after')).toBe(goodValue('after'));
          }
        },
      });
    },
  );
});
