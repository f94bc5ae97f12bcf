/** Servers that answer late, twice, to the wrong key, or unasked. */
import { describe, expect, test } from 'vitest';
import { ProtocolError, TimeoutError } from '../../src/index.ts';
import { goodReply, goodValue } from '../harness/good-reply.ts';
import {
  CALLS,
  CALLS_BY_DIALECT,
  DIALECTS,
  failureOf,
  rightOrFailed,
  settled,
  withstand,
} from '../harness/hostile.ts';

describe('a server that answers late', () => {
  test.each(CALLS_BY_DIALECT)(
    '%s: the reply to a %s that timed out reaches no other call',
    async (...args) => {
      const [dialect, , call] = args;
      const held: (() => void)[] = [];
      let hold = true;
      await withstand({
        dialect,
        script: (connection, asked) => {
          const answer = (): void => connection.say(goodReply(asked));
          if (hold) held.push(answer);
          else answer();
        },
        act: async (client, connections) => {
          // The connection is there: what waits for one is not sent once its time is over.
          await client.get('after');
          const patient = CALLS.map((each) => each.make(client));
          const hurried = await failureOf(client.get('x', { timeoutMs: 30 }));
          expect(hurried).toBeInstanceOf(TimeoutError);
          const behind = call.make(client);
          await expect.poll(() => held.length).toBeGreaterThanOrEqual(CALLS.length + 2);
          hold = false;
          for (const answer of held) answer();
          expect(await Promise.all(patient)).toEqual(CALLS.map(({ right }) => right));
          expect(await behind).toEqual(call.right);
          expect(connections).toHaveLength(1);
        },
      });
    },
  );
});

describe('a server that answers twice', () => {
  test.each(CALLS_BY_DIALECT)('%s: the second reply to %s closes the connection, unused', async (...args) => {
    const [dialect, , call] = args;
    await withstand({
      dialect,
      script: (connection, asked) => {
        connection.say(goodReply(asked));
        connection.say(goodReply(asked));
      },
      act: async (client) => {
        for (let i = 0; i < 5; i++) {
          const closed = client.snapshot().nodes[0]?.connectionsClosed ?? 0;
          expect(await rightOrFailed(client, call)).toBeUndefined();
          await expect.poll(() => client.snapshot().nodes[0]?.connectionsClosed).toBe(closed + 1);
          // It served before it erred, so that it is not taken for one that never does.
          expect(await client.get('after')).toBe(goodValue('after'));
        }
      },
    });
  });

  // The meta dialect repeats no key: there the shift shows only in the reply that is left over.
  test('classic: in a pipeline, nobody gets the value of another key', async () => {
    const keys = Array.from({ length: 20 }, (_, i) => `key-${i}`);
    await withstand({
      dialect: 'classic',
      script: (connection, asked) => {
        connection.say(goodReply(asked));
        if (asked.key === 'key-7') connection.say(goodReply(asked));
      },
      act: async (client) => {
        const calls = keys.map((key) => client.get(key));
        const errors = await settled(calls);
        for (const [i, call] of calls.entries()) {
          if (i <= 7) expect(await call).toBe(goodValue(keys[i] as string));
          else expect(errors[i]).toBeInstanceOf(ProtocolError);
        }
      },
    });
  });
});

describe('a server that answers with the value of another key', () => {
  const value = (key: string, cas = ''): string =>
    `VALUE ${key} 0 ${goodValue(key).length}${cas}\r\n${goodValue(key)}\r\n`;
  const item = (key: string): string =>
    `VA ${goodValue(key).length} k${key} f0 c7 t-1 l0 h0\r\n${goodValue(key)}\r\n`;

  test.each([
    ['classic', 'get', 'another', `${value('x')}END\r\n`],
    ['classic', 'get', 'its own, and another', `${value('a')}${value('x')}END\r\n`],
    ['classic', 'gets', 'another', `${value('x', ' 7')}END\r\n`],
    ['classic', 'getMany', 'another', `${value('a')}${value('x')}END\r\n`],
    ['classic', 'getMany', 'one that begins alike', `${value('a')}${value('bb')}END\r\n`],
    ['classic', 'getMany', 'one of them twice', `${value('a')}${value('a')}${value('b')}END\r\n`],
    ['classic', 'getMany', 'both in the wrong order', `${value('b')}${value('a')}END\r\n`],
    ['meta', 'getMany', 'another', `${value('a')}${value('x')}END\r\n`],
    ['meta', 'getsMany', 'another', `${item('a')}${item('x')}MN\r\n`],
    ['meta', 'getsMany', 'one of them twice', `${item('b')}${item('b')}MN\r\n`],
  ] as const)('%s: %s given %s is a ProtocolError', async (dialect, verb, _what, reply) => {
    await withstand({
      dialect,
      script: (connection, { line }) => {
        // The batch of mg commands is answered at its end.
        if (verb !== 'getsMany' || line === 'mn') connection.say(reply);
      },
      act: async (client) => {
        const call =
          verb === 'get' || verb === 'gets'
            ? client[verb]('a')
            : (client[verb](['a', 'b']) as Promise<unknown>);
        expect(await failureOf(call)).toBeInstanceOf(ProtocolError);
      },
    });
  });
});

describe('a server that speaks unasked', () => {
  test.each([
    ['a refusal', 'ERROR Too many open connections\r\n'],
    ['half a line', 'SERVER_ERROR out'],
    ['a status', 'HD\r\n'],
    ['an end', 'END\r\n'],
    ['a value', 'VALUE after 0 5\r\nwrong\r\nEND\r\n'],
    ['a value of the meta dialect', 'VA 5 f0\r\nwrong\r\n'],
    ['the start of a value', 'VA 100 f0\r\nwrong'],
    ['the start of a large value', `VA 100000 f0\r\n${'wrong'.repeat(5_000)}`],
    ['nothing of a protocol', '\0\0\0'],
    ['a line end', '\r\n'],
  ])('says %s on an idle connection: it is closed, and no call fails for it', async (_, said) => {
    for (const dialect of DIALECTS) {
      await withstand({
        dialect,
        script: (connection, asked) => connection.say(goodReply(asked)),
        act: async (client, connections) => {
          expect(await client.get('a')).toBe(goodValue('a'));
          connections[0]?.say(said);
          await expect.poll(() => client.snapshot().nodes[0]?.connectionsClosed).toBe(1);
          expect(await client.get('b')).toBe(goodValue('b'));
          expect(connections).toHaveLength(2);
        },
      });
    }
  });

  test.each(['end', 'resetAndDestroy'] as const)(
    'only to %s an idle connection: no call fails for it',
    async (how) => {
      for (const dialect of DIALECTS) {
        await withstand({
          dialect,
          script: (connection, asked) => connection.say(goodReply(asked)),
          act: async (client, connections) => {
            for (let i = 0; i < 5; i++) {
              expect(await client.get('a')).toBe(goodValue('a'));
              connections.at(-1)?.socket[how]();
              await expect.poll(() => client.snapshot().nodes[0]?.connectionsClosed).toBe(i + 1);
            }
          },
        });
      }
    },
  );
});
