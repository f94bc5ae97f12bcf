/** Servers whose replies are not what they announce, or of another protocol. */
import { describe, expect, test } from 'vitest';
import { ProtocolError, TimeoutError } from '../../src/index.ts';
import { goodReply, goodValue } from '../harness/good-reply.ts';
import { CALLS_BY_DIALECT, DIALECTS, failureOf, settled, withstand } from '../harness/hostile.ts';

/** Announces one byte more or less for each value of a reply. */
function offBy(reply: string, difference: number): string {
  return reply
    .replace(
      /^(VALUE \S+ \d+ )(\d+)/gm,
      (_, start: string, length: string) => `${start}${Number(length) + difference}`,
    )
    .replace(/^(VA )(\d+)/gm, (_, start: string, length: string) => `${start}${Number(length) + difference}`);
}

const READS = CALLS_BY_DIALECT.filter(([, verb]) => verb !== 'set');

describe('a length that is wrong by one', () => {
  test.each(READS)('%s: too short, %s is a ProtocolError', async (dialect, _verb, call) => {
    await withstand({
      dialect,
      script: (connection, asked) => connection.say(offBy(goodReply(asked), -1)),
      act: async (client) => {
        expect(await failureOf(call.make(client))).toBeInstanceOf(ProtocolError);
      },
    });
  });

  test.each(READS)(
    '%s: too long, no value of %s is believed, nor of the calls behind it',
    async (...args) => {
      const [dialect, , call] = args;
      await withstand({
        dialect,
        client: { requestTimeoutMs: 100 },
        script: (connection, asked) => connection.say(offBy(goodReply(asked), asked.key === 'b' ? 0 : 1)),
        act: async (client) => {
          const calls = [call.make(client), client.get('b'), client.get('b')];
          const errors = await settled(calls);
          for (const error of errors) expect(error?.code).toMatch(/PROTOCOL|TIMEOUT|CONNECTION/);
          expect(errors[0]).toSatisfy(
            (error) => error instanceof ProtocolError || error instanceof TimeoutError,
            'the byte that is missing never comes, or is another',
          );
        },
      });
    },
  );
});

describe('bytes of no memcached', () => {
  const binaryMiss = Buffer.from('81000000000000010000000900000000000000000000000000', 'hex').toString(
    'latin1',
  );
  const tooLong = 'x'.repeat(251);

  test.each([
    ['NULs', '\0'.repeat(30)],
    ['a NUL in a length', { classic: 'VALUE a 0 1\0\r\nx\r\nEND\r\n', meta: 'VA 1\0 f0\r\nx\r\n' }],
    ['a NUL in a line', 'ST\0RED\r\n'],
    ['a NUL behind a line', { classic: 'END\0\r\n', meta: 'EN\0\r\n' }],
    ['a reply of the binary protocol', binaryMiss],
    ['a reply of Redis', '$5\r\nhello\r\n'],
    ['an error of Redis', "-ERR unknown command 'get'\r\n"],
    ['a page of HTTP', 'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n'],
    ['a banner of SSH', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['a prompt without a line end', '220 mail.example ESMTP'],
    ['a line with a bare newline', { classic: 'END\n', meta: 'EN\n' }],
    [
      'client flags above 32 bits',
      { classic: 'VALUE a 4294967296 1\r\nx\r\nEND\r\n', meta: 'VA 1 f4294967296\r\nx\r\n' },
    ],
    [
      'a length of eleven digits',
      { classic: 'VALUE a 0 00000000001\r\nx\r\nEND\r\n', meta: 'VA 00000000001 f0\r\nx\r\n' },
    ],
    ['a meta flag nobody asked for', { classic: 'VALUE\r\n', meta: 'VA 1 f0 s1\r\nx\r\n' }],
    [
      'a key above 250 bytes',
      { classic: `VALUE ${tooLong} 0 1\r\nx\r\nEND\r\n`, meta: `VA 1 k${tooLong}\r\nx\r\n` },
    ],
    ['a statistic', 'STAT a 1\r\n'],
    ['a number', '5\r\n'],
    ['a configuration', 'CONFIG cluster 0 3\r\n1\n\n\r\nEND\r\n'],
  ])('%s: no call gets a value, and the next connection is clean', async (_, said) => {
    for (const dialect of DIALECTS) {
      await withstand({
        dialect,
        client: { requestTimeoutMs: 150 },
        script: (connection) => connection.say(typeof said === 'string' ? said : said[dialect]),
        act: async (client) => {
          const error = await failureOf(client.get('a'));
          // What may still become a line is waited for, up to the deadline.
          const unfinished = !String(typeof said === 'string' ? said : said[dialect]).includes('\n');
          if (!unfinished || !(error instanceof TimeoutError)) expect(error).toBeInstanceOf(ProtocolError);
        },
      });
    }
  });

  test.each(DIALECTS)('%s: a value of NULs is a value', async (dialect) => {
    const value = '\0'.repeat(10);
    await withstand({
      dialect,
      script: (connection) =>
        connection.say(
          dialect === 'meta' ? `VA 10 f0\r\n${value}\r\n` : `VALUE a 0 10\r\n${value}\r\nEND\r\n`,
        ),
      act: async (client) => {
        expect(await client.get('a')).toBe(value);
        expect(await client.get('after')).toBe(goodValue('after'));
      },
    });
  });
});
