import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  BinaryProtocol,
  BinaryReplyParser,
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
import { type Parser, type PlainReply, plain } from './feed.ts';
import { requestBytes } from './request-bytes.ts';

interface Dialect {
  readonly binaryKeys: boolean;
  /** For a connection: the binary one numbers what it writes. */
  readonly open: () => WireProtocol;
  readonly Parser: Parser;
}

const classic: Dialect = { binaryKeys: false, open: () => classicProtocol, Parser: ReplyParser };
const meta: Dialect = { binaryKeys: true, open: () => metaProtocol, Parser: ReplyParser };
const binary: Dialect = { binaryKeys: true, open: () => new BinaryProtocol(), Parser: BinaryReplyParser };
const dialects = [
  ['classic', classic],
  ['meta', meta],
  ['binary', binary],
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
  { open, Parser }: Dialect,
  commands: readonly Command[],
  pieceBytes = 65_536,
): Promise<PlainReply[][]> {
  const sent: readonly Command[] = [...commands, { kind: 'noop' }];
  const protocol = open();
  const out = new RequestWriter();
  for (const command of sent) protocol.encode(command, out);
  const request = requestBytes(out.take());
  const replies: PlainReply[][] = [[]];
  let answered = 0;
  const parser = new Parser((reply: Reply) => {
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

/** memcached 1.6 is out of step behind a binary command that has a key and that it does not know. */
function isUnderstood(dialect: string): (command: Command) => boolean {
  return (command) => dialect !== 'binary' || command.kind !== 'configGet' || command.legacy;
}

describe.each(dialects)('%s, against memcached', (name, dialect) => {
  test('each command has one final reply, of a kind it may have', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(commandOf(dialect.binaryKeys).filter(isUnderstood(name)), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 100 }),
        async (commands, pieceBytes) => {
          const replies = await exchange(dialect, commands, pieceBytes);
          commands.forEach((command, i) => {
            for (const reply of replies[i] as PlainReply[]) {
              expect(expectedKinds(command, name), JSON.stringify(reply)).toContain(reply.kind);
            }
          });
        },
      ),
      { numRuns: 150 },
    );
  });

  test('a value comes back as it was stored, in any dialect', async () => {
    const length = fc.oneof(fc.nat(300), fc.integer({ min: 2000, max: 300_000 }));
    const flags = fc.integer({ min: 0, max: 0xffff_ffff });
    await fc.assert(
      fc.asyncProperty(length, fc.nat(255), flags, async (length, byte, flags) => {
        const data = new Uint8Array(length).map((_, i) => byte + i * i);
        const key = { key: 'caf\xc3\xa9', base64: false };
        await exchange(dialect, [
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
    const [, read] = await exchange(dialect, [
      { ...set, data: '1' },
      { kind: 'gets', ...key },
    ]);
    const casToken = BigInt(String(read?.[0]?.casToken));
    const replies = await exchange(dialect, [
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
    const replies = await exchange(dialect, [
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

test.each(dialects.slice(1))(
  '%s: arithmetic makes a missing counter, and a counter wraps at 2^64',
  async (_, dialect) => {
    const key = { key: 'counter', base64: false };
    const step = { kind: 'incr', delta: 1n, initial: 0xffff_ffff_ffff_ffffn, exptime: 0, ...key } as const;
    const replies = await exchange(dialect, [
      { kind: 'delete', ...key },
      { ...step, initial: undefined },
      step,
      step,
      { ...step, kind: 'decr', delta: 5n },
    ]);
    expect(replies.slice(1).map(([reply]) => reply?.data ?? reply?.digits ?? reply?.kind)).toEqual([
      'notFound',
      '18446744073709551615',
      '0',
      '0',
    ]);
  },
);

test('binary: no CAS unique of 0 stores or deletes whatever is there', async () => {
  const key = { key: 'kept', base64: false };
  const set = { kind: 'store', mode: 'set', flags: 0, exptime: 0, ...key } as const;
  const replies = await exchange(binary, [
    { ...set, data: 'old', casToken: undefined },
    { ...set, data: 'new', casToken: 0n },
    { kind: 'compareDelete', casToken: 0n, ...key },
    { kind: 'get', ...key },
  ]);
  expect(replies.map(([reply]) => reply?.data ?? reply?.kind)).toEqual(['stored', 'exists', 'exists', 'old']);
});

test('binary: a key of any bytes is the one that meta names in base64', async () => {
  const key = { key: Buffer.from('a\r\n\0 \xff', 'latin1').toString('base64'), base64: true };
  const set = { kind: 'store', mode: 'set', flags: 7, exptime: 0, casToken: undefined, ...key } as const;
  for (const [writer, reader] of [
    [binary, meta],
    [meta, binary],
  ] as const) {
    await exchange(writer, [
      { kind: 'delete', ...key },
      { ...set, data: 'found' },
    ]);
    expect(await exchange(reader, [{ kind: 'get', ...key }])).toMatchObject([[{ data: 'found', flags: 7 }]]);
  }
});
