import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Command,
  classicProtocol,
  metaProtocol,
  type Reply,
  ReplyParser,
  RequestWriter,
  type WireProtocol,
} from '../../src/protocol/index.ts';
import { type MemcachedProcess, startMemcached } from '../../src/testing/cluster/memcached-process.ts';
import { commandOf, expectedKinds } from './command-stream.ts';
import { type PlainReply, plain } from './feed.ts';
import { requestBytes } from './request-bytes.ts';

const dialects = [
  ['classic', classicProtocol],
  ['meta', metaProtocol],
] as const;

let server: MemcachedProcess;

beforeAll(async () => {
  server = await startMemcached();
});

afterAll(async () => {
  await server.stop();
});

/**
 * Sends all the commands in one write on a connection of its own, and gives each one's replies. A `noop` goes last: a command
 * with one reply too many, or too few, puts it out of step.
 */
async function exchange(
  protocol: WireProtocol,
  commands: readonly Command[],
  pieceBytes = 65_536,
): Promise<PlainReply[][]> {
  const sent: readonly Command[] = [...commands, { kind: 'noop' }];
  const out = new RequestWriter();
  for (const command of sent) protocol.encode(command, out);
  const request = requestBytes(out.take());
  const replies: PlainReply[][] = [[]];
  let answered = 0;
  const parser = new ReplyParser((reply: Reply) => {
    const command = sent[answered];
    if (command === undefined) throw new Error('More replies than commands');
    replies[answered]?.push(plain(reply));
    if (!protocol.isFinal(command, reply)) return;
    answered++;
    replies.push([]);
  });
  const socket = connect({ port: server.port, host: '127.0.0.1', noDelay: true });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.on('data', (chunk) => {
        try {
          for (let at = 0; at < chunk.length; at += pieceBytes) {
            parser.push(chunk.subarray(at, at + pieceBytes));
          }
          if (answered === sent.length) resolve();
        } catch (error) {
          reject(error);
        }
      });
      socket.once('error', reject);
      socket.once('close', () => reject(new Error('The server closed the connection')));
      socket.write(request, 'latin1');
    });
  } finally {
    socket.destroy();
  }
  expect(parser.idle).toBe(true);
  expect(replies[sent.length - 1]).toEqual([{ kind: 'end' }]);
  return replies.slice(0, commands.length);
}

describe.each(dialects)('%s, against memcached', (_, protocol) => {
  test('each command has one final reply, of a kind it may have', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(commandOf(protocol.binaryKeys), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 100 }),
        async (commands, pieceBytes) => {
          const replies = await exchange(protocol, commands, pieceBytes);
          commands.forEach((command, i) => {
            for (const reply of replies[i] as PlainReply[]) {
              expect(expectedKinds(command), JSON.stringify(reply)).toContain(reply.kind);
            }
          });
        },
      ),
      { numRuns: 150 },
    );
  });

  test('a value comes back as it was stored, in either dialect', async () => {
    const length = fc.oneof(fc.nat(300), fc.integer({ min: 2000, max: 300_000 }));
    const flags = fc.integer({ min: 0, max: 0xffff_ffff });
    await fc.assert(
      fc.asyncProperty(length, fc.nat(255), flags, async (length, byte, flags) => {
        const data = new Uint8Array(length).map((_, i) => byte + i * i);
        const key = { key: 'caf\xc3\xa9', base64: false };
        await exchange(protocol, [
          { kind: 'store', mode: 'set', flags, exptime: 0, data, casToken: undefined, ...key },
        ]);
        for (const [, reader] of dialects) {
          const [replies] = await exchange(reader, [{ kind: 'gets', ...key }]);
          const expected = { kind: 'value', data: Buffer.from(data).toString('latin1'), flags };
          expect(replies?.[0]).toMatchObject(expected);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('a CAS unique holds until the next write', async () => {
    const key = { key: 'k', base64: false };
    const set = { kind: 'store', mode: 'set', flags: 0, exptime: 0, casToken: undefined, ...key } as const;
    const [, read] = await exchange(protocol, [
      { ...set, data: '1' },
      { kind: 'gets', ...key },
    ]);
    const casToken = BigInt(String(read?.[0]?.casToken));
    const replies = await exchange(protocol, [
      { ...set, data: '2', casToken },
      { ...set, data: '3', casToken },
      { kind: 'delete', ...key },
      { ...set, data: '4', casToken },
    ]);
    expect(replies.map(([reply]) => reply?.kind)).toEqual(['stored', 'exists', 'stored', 'notFound']);
  });

  test('an exptime of -1 or of the past is a miss at once, one of 2^31-1 is not', async () => {
    const key = { key: 'k', base64: false };
    const set = { kind: 'store', mode: 'set', flags: 0, data: 'x', casToken: undefined, ...key } as const;
    const get = { kind: 'getMany', keys: ['k'] } as const;
    const replies = await exchange(protocol, [
      { ...set, exptime: -1 },
      get,
      { ...set, exptime: 2_592_001 },
      get,
      { ...set, exptime: 2_147_483_647 },
      get,
      { kind: 'touch', exptime: -1, ...key },
      get,
    ]);
    const counts = [1, 3, 5, 7].map((i) => replies[i]?.length);
    expect(counts).toEqual([1, 1, 2, 1]);
  });
});

test('meta: arithmetic makes a missing counter, and a counter wraps at 2^64', async () => {
  const key = { key: 'counter', base64: false };
  const step = { kind: 'incr', delta: 1n, initial: 0xffff_ffff_ffff_ffffn, exptime: 0, ...key } as const;
  const replies = await exchange(metaProtocol, [
    { kind: 'delete', ...key },
    { ...step, initial: undefined },
    step,
    step,
    { ...step, kind: 'decr', delta: 5n },
  ]);
  expect(replies.slice(1).map(([reply]) => reply?.data ?? reply?.kind)).toEqual([
    'notFound',
    '18446744073709551615',
    '0',
    '0',
  ]);
});
