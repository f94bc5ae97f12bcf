import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../src/errors.ts';
import { everyOffset, feed, type Outcome, type Route } from './feed.ts';
import { cutsOf, FRAGMENTS, wireReply } from './reply-stream.ts';

const route = fc.constantFrom<Route>('push', 'destination');

const noise = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc
    .array(fc.constantFrom(...FRAGMENTS), { maxLength: 30 })
    .map((parts) => Buffer.from(parts.join(''), 'latin1')),
);

/** A good stream with one byte changed. */
const damaged = fc
  .tuple(fc.array(wireReply, { minLength: 1, maxLength: 6 }), fc.nat(), fc.nat(255))
  .map(([stream, at, byte]) => {
    const wire = Buffer.from(stream.map((each) => each.wire).join(''), 'latin1');
    wire[at % wire.length] = byte;
    return wire;
  });

function withoutMessage({ replies, error, idle }: Outcome): unknown {
  return { replies, failed: error !== undefined, idle: error === undefined && idle };
}

describe('ReplyParser', () => {
  test('parses any stream of replies alike, wherever it is cut', () => {
    fc.assert(
      fc.property(fc.array(wireReply, { maxLength: 12 }), cutsOf, route, (stream, cuts, route) => {
        const wire = Buffer.from(stream.map((each) => each.wire).join(''), 'latin1');
        const outcome = feed(wire, cuts(wire), {}, route);
        expect(outcome.error).toBeUndefined();
        expect(outcome.replies).toEqual(stream.map((each) => each.reply));
        expect(outcome.idle).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  test('replaces each value over the bound by its size, and loses nothing around it', () => {
    fc.assert(
      fc.property(
        fc.array(wireReply, { maxLength: 12 }),
        cutsOf,
        fc.integer({ min: 0, max: 5000 }),
        (stream, cuts, maxValueBytes) => {
          const wire = Buffer.from(stream.map((each) => each.wire).join(''), 'latin1');
          const outcome = feed(wire, cuts(wire), { maxValueBytes }, 'destination');
          expect(outcome.error).toBeUndefined();
          expect(outcome.replies).toEqual(
            stream.map(({ reply }) => {
              const { kind, data, key } = reply;
              const tooLarge = kind === 'value' && String(data).length > maxValueBytes;
              return tooLarge ? { kind: 'oversize', bytes: String(data).length, key } : reply;
            }),
          );
        },
      ),
      { numRuns: 200 },
    );
  });

  test.each([
    ['noise', noise],
    ['a stream with one byte changed', damaged],
  ])('throws nothing but a ProtocolError on %s, and the same for any cuts', (_, bytes) => {
    fc.assert(
      fc.property(bytes, cutsOf, route, fc.boolean(), (wire, cuts, route, legacyConfig) => {
        const options = { maxValueBytes: 4500, legacyConfig };
        const whole = feed(wire, [], options);
        if (whole.error !== undefined) expect(whole.error).toBeInstanceOf(ProtocolError);
        for (const offsets of [cuts(wire), everyOffset(wire)]) {
          expect(withoutMessage(feed(wire, offsets, options, route))).toEqual(withoutMessage(whole));
        }
      }),
      { numRuns: 400 },
    );
  });
});
