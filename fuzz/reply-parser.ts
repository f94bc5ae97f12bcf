import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ProtocolError } from '../src/errors.ts';
import { everyOffset, feed, type Outcome, type Route } from '../test/protocol/feed.ts';
import { cutsOf, FRAGMENTS, type WireReply, wireReply } from '../test/protocol/reply-stream.ts';
import { largestAllocation } from './allocations.ts';
import { damaged, noise } from './bytes.ts';
import type { FuzzProperty } from './fuzz-property.ts';

const MAX_VALUE_BYTES = 4500;
/** A line that has not ended, or the start of a configuration. */
const LEAST_BUFFER_BYTES = 4098;

const route = fc.constantFrom<Route>('push', 'destination');
const stream = fc.array(wireReply, { maxLength: 12 });

function wireOf(replies: readonly WireReply[]): Buffer {
  return Buffer.from(replies.map(({ wire }) => wire).join(''), 'latin1');
}

function withoutMessage({ replies, error, idle }: Outcome): unknown {
  return { replies, failed: error !== undefined, idle: error === undefined && idle };
}

export const replyParser: readonly FuzzProperty[] = [
  {
    name: 'reply parser: any stream of replies is parsed alike, wherever it is cut',
    runs: 400,
    property: fc.property(stream, cutsOf, route, (replies, cuts, route) => {
      const wire = wireOf(replies);
      const outcome = feed(wire, cuts(wire), {}, route);
      assert.equal(outcome.error, undefined);
      assert.deepEqual(
        outcome.replies,
        replies.map(({ reply }) => reply),
      );
      assert.equal(outcome.idle, true);
    }),
  },
  {
    name: 'reply parser: each value over the bound is replaced by its size, and nothing around it is lost',
    runs: 200,
    property: fc.property(
      stream,
      cutsOf,
      fc.integer({ min: 0, max: 5000 }),
      (replies, cuts, maxValueBytes) => {
        const wire = wireOf(replies);
        const outcome = feed(wire, cuts(wire), { maxValueBytes }, 'destination');
        assert.equal(outcome.error, undefined);
        assert.deepEqual(
          outcome.replies,
          replies.map(({ reply }) => {
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
      ['noise', noise(FRAGMENTS)],
      ['damaged replies', damaged(fc.array(wireReply, { minLength: 1, maxLength: 6 }).map(wireOf))],
    ] as const
  ).map(
    ([what, bytes]): FuzzProperty => ({
      name: `reply parser: ${what} give replies or one ProtocolError, the same for any cuts, in bounded memory`,
      runs: 400,
      property: fc.property(bytes, cutsOf, route, fc.boolean(), (wire, cuts, route, legacyConfig) => {
        const options = { maxValueBytes: MAX_VALUE_BYTES, legacyConfig };
        const whole = feed(wire, [], options);
        if (whole.error !== undefined) assert.ok(whole.error instanceof ProtocolError, String(whole.error));
        const largest = largestAllocation(() => {
          for (const offsets of [cuts(wire), everyOffset(wire)]) {
            assert.deepEqual(withoutMessage(feed(wire, offsets, options, route)), withoutMessage(whole));
          }
        });
        // What is announced takes no memory: only what came does, twice as much at most.
        const bound = 2 * Math.max(MAX_VALUE_BYTES, LEAST_BUFFER_BYTES, wire.length);
        assert.ok(largest <= bound, `A buffer of ${largest} bytes for ${wire.length} bytes of reply`);
      }),
    }),
  ),
];
