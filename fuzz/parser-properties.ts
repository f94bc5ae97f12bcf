import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ProtocolError } from '../src/errors.ts';
import type { ReplyParserOptions } from '../src/protocol/index.ts';
import {
  everyOffset,
  feed,
  type Outcome,
  type Parser,
  type PlainReply,
  type Route,
} from '../test/protocol/feed.ts';
import { cutsOf } from '../test/protocol/reply-stream.ts';
import { largestAllocation } from './allocations.ts';
import { damaged, noise } from './bytes.ts';
import type { FuzzProperty } from './fuzz-property.ts';

/** A parser of replies, and what may be said to it. */
export interface ParserSubject<A> {
  readonly name: string;
  readonly Parser: Parser;
  /** What a server may answer to a command. */
  readonly answer: fc.Arbitrary<A>;
  readonly wireOf: (answers: readonly A[]) => Buffer;
  readonly repliesOf: (answer: A) => readonly PlainReply[];
  /** What random streams are made of. */
  readonly fragments: readonly string[];
  readonly options: fc.Arbitrary<ReplyParserOptions>;
  /** Of the buffer that it has whatever comes. */
  readonly leastBufferBytes: number;
}

const MAX_VALUE_BYTES = 4500;

const route = fc.constantFrom<Route>('push', 'destination');

function withoutMessage({ replies, error, idle }: Outcome): unknown {
  return { replies, failed: error !== undefined, idle: error === undefined && idle };
}

/** What must hold of any parser of replies. */
export function parserProperties<A>(subject: ParserSubject<A>): readonly FuzzProperty[] {
  const { answer, fragments, leastBufferBytes, name, options, Parser, repliesOf, wireOf } = subject;
  const stream = fc.array(answer, { maxLength: 12 });
  const read = (wire: Buffer, cuts: readonly number[], options: ReplyParserOptions, route?: Route): Outcome =>
    feed(wire, cuts, options, route, Parser);
  return [
    {
      name: `${name}: any stream of replies is parsed alike, wherever it is cut`,
      runs: 400,
      property: fc.property(stream, cutsOf, route, (answers, cuts, route) => {
        const wire = wireOf(answers);
        const outcome = read(wire, cuts(wire), {}, route);
        assert.equal(outcome.error, undefined);
        assert.deepEqual(outcome.replies, answers.flatMap(repliesOf));
        assert.equal(outcome.idle, true);
      }),
    },
    {
      name: `${name}: each value over the bound is replaced by its size, and nothing around it is lost`,
      runs: 200,
      property: fc.property(
        stream,
        cutsOf,
        fc.integer({ min: 0, max: 5000 }),
        (answers, cuts, maxValueBytes) => {
          const wire = wireOf(answers);
          const outcome = read(wire, cuts(wire), { maxValueBytes }, 'destination');
          assert.equal(outcome.error, undefined);
          assert.deepEqual(
            outcome.replies,
            answers.flatMap(repliesOf).map((reply) => {
              const { kind, data, key } = reply;
              const tooLarge = kind === 'value' && String(data).length > maxValueBytes;
              return tooLarge ? { kind: 'oversize', bytes: String(data).length, key } : reply;
            }),
          );
        },
      ),
    },
    ...(
      [
        ['noise', noise(fragments)],
        ['damaged replies', damaged(fc.array(answer, { minLength: 1, maxLength: 6 }).map(wireOf))],
      ] as const
    ).map(
      ([what, bytes]): FuzzProperty => ({
        name: `${name}: ${what} give replies or one ProtocolError, the same for any cuts, in bounded memory`,
        runs: 400,
        property: fc.property(bytes, cutsOf, route, options, (wire, cuts, route, given) => {
          const options = { ...given, maxValueBytes: MAX_VALUE_BYTES };
          const whole = read(wire, [], options);
          if (whole.error !== undefined) assert.ok(whole.error instanceof ProtocolError, String(whole.error));
          const largest = largestAllocation(() => {
            for (const offsets of [cuts(wire), everyOffset(wire)]) {
              assert.deepEqual(withoutMessage(read(wire, offsets, options, route)), withoutMessage(whole));
            }
          });
          // What is announced takes no memory: only what came does, twice as much at most.
          const bound = 2 * Math.max(MAX_VALUE_BYTES, leastBufferBytes, wire.length);
          assert.ok(largest <= bound, `A buffer of ${largest} bytes for ${wire.length} bytes of reply`);
        }),
      }),
    ),
  ];
}
