/** Servers that send a byte at a time. */
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { TimeoutError } from '../../src/index.ts';
import { goodReply, goodValue } from '../harness/good-reply.ts';
import {
  CALLS_BY_DIALECT,
  DIALECTS,
  failureOf,
  rightOrFailed,
  settled,
  withstand,
} from '../harness/hostile.ts';
import type { ScriptedConnection } from '../harness/scripted-server.ts';

/** Sends pieces in order, one at each turn of the event loop. */
class Trickle {
  readonly #piece: number;
  #sent: Promise<void> = Promise.resolve();

  constructor(pieceBytes: number) {
    this.#piece = pieceBytes;
  }

  send({ socket }: ScriptedConnection, bytes: string): void {
    this.#sent = this.#sent.then(async () => {
      for (let at = 0; at < bytes.length && socket.writable; at += this.#piece) {
        socket.write(bytes.slice(at, at + this.#piece), 'latin1');
        await turn();
      }
    });
  }
}

describe('a server that sends a byte at a time', () => {
  test.each(CALLS_BY_DIALECT)('%s: %s gets its whole reply', async (dialect, _verb, call) => {
    const trickle = new Trickle(1);
    await withstand({
      dialect,
      script: (connection, asked) => trickle.send(connection, goodReply(asked)),
      act: async (client) => {
        for (let i = 0; i < 3; i++) expect(await rightOrFailed(client, call)).toBeUndefined();
      },
    });
  });

  test.each(DIALECTS)('%s: calls in one pipeline have their own replies', async (dialect) => {
    const trickle = new Trickle(1);
    const keys = Array.from({ length: 40 }, (_, i) => `key-${i}`);
    await withstand({
      dialect,
      client: { requestTimeoutMs: 5_000 },
      script: (connection, asked) => trickle.send(connection, goodReply(asked)),
      act: async (client) => {
        expect(await Promise.all(keys.map((key) => client.get(key)))).toEqual(keys.map(goodValue));
      },
    });
  });

  test.each(DIALECTS)('%s: a large value in odd pieces comes whole', async (dialect) => {
    const trickle = new Trickle(997);
    const value = Array.from({ length: 20_000 }, (_, i) => `${i}\r\n`).join('');
    const header = dialect === 'meta' ? `VA ${value.length} f0` : `VALUE a 0 ${value.length}`;
    await withstand({
      dialect,
      client: { requestTimeoutMs: 5_000 },
      script: (connection) =>
        trickle.send(connection, `${header}\r\n${value}\r\n${dialect === 'meta' ? '' : 'END\r\n'}`),
      act: async (client) => {
        expect(await client.get('a')).toBe(value);
      },
    });
  });

  test.each(DIALECTS)(
    '%s: past the deadline the call fails, and the rest reaches nobody',
    async (dialect) => {
      let release: () => void = () => undefined;
      await withstand({
        dialect,
        script: (connection, asked) => {
          const reply = goodReply(asked);
          if (asked.key !== 'a') return connection.say(reply);
          connection.say(reply.slice(0, 12));
          release = () => connection.say(reply.slice(12));
        },
        act: async (client, connections) => {
          expect(await failureOf(client.get('a', { timeoutMs: 40 }))).toBeInstanceOf(TimeoutError);
          const next = [client.get('b'), client.get('c')];
          release();
          expect(await settled(next)).toEqual([undefined, undefined]);
          expect(await Promise.all(next)).toEqual([goodValue('b'), goodValue('c')]);
          expect(connections).toHaveLength(1);
        },
      });
    },
  );
});
