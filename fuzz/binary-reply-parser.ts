import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ProtocolError } from '../src/errors.ts';
import { BinaryReplyParser, type ReplyParserOptions } from '../src/protocol/index.ts';
import { BINARY_FRAGMENTS, binaryAnswer, wireOf } from '../test/protocol/binary-reply-stream.ts';
import { everyOffset, feed, type Outcome, type Route } from '../test/protocol/feed.ts';
import { cutsOf } from '../test/protocol/reply-stream.ts';
import { largestAllocation } from './allocations.ts';
import { damaged, noise } from './bytes.ts';
import type { FuzzProperty } from './fuzz-property.ts';

const MAX_VALUE_BYTES = 4500;
/** The head of a frame, and all of one without a value. */
const LEAST_BUFFER_BYTES = 4120;

const route = fc.constantFrom<Route>('push', 'destination');
const stream = fc.array(binaryAnswer, { maxLength: 12 });

function read(wire: Buffer, cuts: readonly number[], options: ReplyParserOptions, route: Route): Outcome {
  return feed(wire, cuts, options, route, BinaryReplyParser);
}

function withoutMessage({ replies, error, idle }: Outcome): unknown {
  return { replies, failed: error !== undefined, idle: error === undefined && idle };
}

export const binaryReplyParser: readonly FuzzProperty[] = [
  {
    name: 'binary reply parser: any stream of replies is parsed alike, wherever it is cut',
    runs: 400,
    property: fc.property(stream, cutsOf, route, (answers, cuts, route) => {
      const wire = wireOf(answers);
      const outcome = read(wire, cuts(wire), {}, route);
      assert.equal(outcome.error, undefined);
      assert.deepEqual(
        outcome.replies,
        answers.flatMap(({ replies }) => replies),
      );
      assert.equal(outcome.idle, true);
    }),
  },
  {
    name: 'binary reply parser: each value over the bound is replaced by its size, and nothing around it is lost',
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
          answers
            .flatMap(({ replies }) => replies)
            .map((reply) => {
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
      ['noise', noise(BINARY_FRAGMENTS)],
      ['damaged replies', damaged(fc.array(binaryAnswer, { minLength: 1, maxLength: 6 }).map(wireOf))],
    ] as const
  ).map(
    ([what, bytes]): FuzzProperty => ({
      name: `binary reply parser: ${what} give replies or one ProtocolError, the same for any cuts, in bounded memory`,
      runs: 400,
      property: fc.property(bytes, cutsOf, route, (wire, cuts, route) => {
        const options = { maxValueBytes: MAX_VALUE_BYTES };
        const whole = read(wire, [], options, route);
        if (whole.error !== undefined) assert.ok(whole.error instanceof ProtocolError, String(whole.error));
        const largest = largestAllocation(() => {
          for (const offsets of [cuts(wire), everyOffset(wire)]) {
            assert.deepEqual(withoutMessage(read(wire, offsets, options, route)), withoutMessage(whole));
          }
        });
        const bound = 2 * Math.max(MAX_VALUE_BYTES, LEAST_BUFFER_BYTES, wire.length);
        assert.ok(largest <= bound, `A buffer of ${largest} bytes for ${wire.length} bytes of reply`);
      }),
    }),
  ),
];
