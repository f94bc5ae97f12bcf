import assert from 'node:assert/strict';
import fc from 'fast-check';
import { zeroCounters } from '../src/testing/embedded/counters.ts';
import { Session } from '../src/testing/embedded/session.ts';
import { Store } from '../src/testing/embedded/store.ts';
import { CommandStream } from '../test/testing/command-stream.ts';
import { firstDifference } from '../test/testing/comparison.ts';
import { damaged, noise } from './bytes.ts';
import type { FuzzProperty } from './fuzz-property.ts';

const START = 1_700_000_000;
const MAX_BYTES = 100_000;
const MAX_ITEM_BYTES = 20_000;
/** From here on it matters to memcached too whether the end of a line comes in the same read. */
const MAX_LINE_BYTES = 2048;
/** Far above what these inputs can ask for. */
const MAX_REPLY_BYTES = 50_000_000;
const COMMANDS = 300;

const FRAGMENTS: readonly string[] = [
  ...[
    'get ',
    'gets ',
    'gat 0 ',
    'set a 0 0 ',
    'add ',
    'cas a 0 0 2 1',
    'append a 0 0 1',
    'incr ',
    'decr n1 ',
  ],
  ...[
    'touch a ',
    'delete ',
    'flush_all',
    'version',
    'verbosity 1',
    'stats',
    'stats items',
    'stats slabs',
    'quit',
  ],
  ...[
    'mg ',
    'ms a ',
    'md ',
    'ma ',
    'mn',
    'me ',
    'config get cluster',
    ' noreply',
    ' b',
    ' v',
    ' k',
    ' q',
    ' I',
  ],
  ...['a', 'n1', 'Zm9v', '=', '0', '1', '2', '-1', '99999', '4294967296', '18446744073709551616', ' T', ' N'],
  ...[
    ' ',
    '\t',
    '\0',
    '\xff',
    '\r',
    '\n',
    '\r\n',
    '\r\n\r\n',
    '__proto__',
    'constructor',
    ' M',
    ' O',
    ' C',
    ' E',
  ],
  'k'.repeat(251),
  'x'.repeat(2000),
  ' a'.repeat(500),
];

const commands = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 30 })).map(([seed, count]) => {
  const stream = new CommandStream(seed);
  return Buffer.from(Array.from({ length: count }, () => stream.next()).join(''), 'latin1');
});

const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });

/** Talks to a server of its own; the clock stands still. */
function converse(chunks: readonly Buffer[], password: boolean): { open: boolean; replies: string } {
  const store = new Store({ maxBytes: MAX_BYTES, maxItemBytes: MAX_ITEM_BYTES, now: () => START });
  const session = new Session(
    {
      store,
      counters: zeroCounters(),
      startedAt: START,
      version: '1.6.18',
      meta: true,
      okStatus: 'HD',
      clusterConfig: () => Buffer.from('CONFIG'),
    },
    password ? { username: 'user', password: 'secret' } : undefined,
  );
  const replies: Buffer[] = [];
  let open = true;
  for (const chunk of chunks) {
    const outcome = session.push(chunk);
    replies.push(...outcome.replies);
    open = outcome.open;
    if (!open) break;
  }
  assert.ok(store.bytes <= MAX_BYTES, `${store.bytes} bytes of items are held`);
  return { open, replies: Buffer.concat(replies).toString('latin1') };
}

/** Statistics tell of the process, and of how it was asked. */
function withoutStatistics(replies: string): string {
  return replies.replace(/^STAT .*\r\n/gm, '');
}

const conversations: readonly FuzzProperty[] = (
  [
    ['noise', noise(FRAGMENTS)],
    ['commands', commands],
    ['damaged commands', damaged(commands)],
  ] as const
).map(([what, bytes]) => ({
  name: `embedded server: ${what} are answered or end the connection, the same for any cuts, in bounded memory`,
  runs: 300,
  property: fc.property(bytes, cuts, fc.boolean(), (wire, fractions, password) => {
    const whole = converse([wire], password);
    assert.ok(whole.replies.length <= MAX_REPLY_BYTES);
    const offsets = fractions.map((each) => Math.floor(each * wire.length)).sort((a, b) => a - b);
    const edges = [0, ...offsets, wire.length];
    const chunks = edges.slice(1).map((edge, i) => wire.subarray(edges[i], edge));
    const cut = converse(chunks, password);
    const isLong = wire
      .toString('latin1')
      .split('\n')
      .some((line) => line.length > MAX_LINE_BYTES);
    if (isLong) return;
    assert.equal(cut.open, whole.open);
    assert.equal(withoutStatistics(cut.replies), withoutStatistics(whole.replies));
  }),
}));

export const embeddedServer: readonly FuzzProperty[] = [
  ...conversations,
  {
    name: 'embedded server: a stream of commands gets the replies that memcached gives',
    runs: 2,
    property: fc.asyncProperty(fc.noShrink(fc.nat()), async (seed) => {
      const difference = await firstDifference(seed, COMMANDS);
      assert.deepEqual(difference?.actual, difference?.expected, difference?.command);
    }),
  },
];
