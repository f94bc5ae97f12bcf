import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../src/errors.ts';
import { BinaryReplyParser, ReplyParser, type ReplyParserOptions } from '../../src/protocol/index.ts';
import { everyOffset, feed, type Outcome, type Parser, type PlainReply } from './feed.ts';

/** Bytes as a latin1 string, repeated where they are long, in hexadecimal where they are no text. */
type Text = string | { readonly repeat: string; readonly times: number } | { readonly hex: string };

interface ReplyCase {
  readonly name: string;
  readonly wire: Text | readonly Text[];
  readonly options?: ReplyParserOptions;
  readonly replies: readonly PlainReply[];
}

interface MalformedCase {
  readonly name: string;
  readonly wire: Text | readonly Text[];
  readonly options?: ReplyParserOptions;
  /** What is handed out before the error; nothing where absent. */
  readonly replies?: readonly PlainReply[];
  /** Part of the message. */
  readonly error: string;
}

const replies = [
  ...read<ReplyCase>('./replies.cases.json', ReplyParser),
  ...read<ReplyCase>('./binary-replies.cases.json', BinaryReplyParser),
];
const malformed = [
  ...read<MalformedCase>('./malformed.cases.json', ReplyParser),
  ...read<MalformedCase>('./binary-malformed.cases.json', BinaryReplyParser),
];

function read<T>(file: string, Parser: Parser): readonly (T & { readonly Parser: Parser })[] {
  const cases: readonly T[] = JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8'));
  return cases.map((each) => ({ ...each, Parser }));
}

function expand(text: Text | readonly Text[]): string {
  if (typeof text === 'string') return text;
  if ('repeat' in text) return text.repeat.repeat(text.times);
  if ('hex' in text) return Buffer.from(text.hex.replaceAll(' ', ''), 'hex').toString('latin1');
  return text.map(expand).join('');
}

function expectedReplies(cases: readonly PlainReply[]): PlainReply[] {
  return cases.map((reply) =>
    Object.fromEntries(
      Object.entries(reply).map(([name, value]) => [
        name,
        name === 'data' || name === 'key' || (name === 'value' && typeof value === 'object')
          ? expand(value as Text)
          : value,
      ]),
    ),
  );
}

/** One comparable text of what came out, for thousands of comparisons a case. */
function print({ replies: given, error, idle }: Outcome): string {
  return JSON.stringify([given, error === undefined ? idle : String(error)]);
}

/** The outcomes that differ from `whole`, each by how the wire was fed. */
function differences(
  wire: Buffer,
  whole: Outcome,
  options: ReplyParserOptions | undefined,
  Parser: Parser,
): string[] {
  const expected = print(whole);
  const found: string[] = [];
  const offsets = everyOffset(wire);
  for (const route of ['push', 'destination'] as const) {
    for (const offset of offsets) {
      if (print(feed(wire, [offset], options, route, Parser)) !== expected)
        found.push(`${route}, cut at ${offset}`);
    }
    if (print(feed(wire, offsets, options, route, Parser)) !== expected) found.push(`${route}, byte by byte`);
    const pairs = offsets.filter((offset) => offset % 2 === 1);
    if (print(feed(wire, pairs, options, route, Parser)) !== expected)
      found.push(`${route}, two bytes at a time`);
  }
  return found;
}

describe('well-formed replies', () => {
  test('are many, of every kind', () => {
    expect(replies.length).toBeGreaterThan(80);
    expect([...new Set(replies.flatMap((each) => each.replies.map((reply) => reply.kind)))].sort()).toEqual([
      'config',
      'end',
      'error',
      'exists',
      'head',
      'line',
      'notFound',
      'notStored',
      'number',
      'oversize',
      'stat',
      'stored',
      'value',
    ]);
  });

  test.each(replies)('$name', ({ wire, options, replies: expected, Parser }) => {
    const bytes = Buffer.from(expand(wire), 'latin1');
    const whole = feed(bytes, [], options, 'push', Parser);
    expect(whole.error).toBeUndefined();
    expect(whole.replies).toEqual(expectedReplies(expected));
    expect(whole.idle).toBe(true);
    expect(differences(bytes, whole, options, Parser)).toEqual([]);
  });

  test.each(replies)('$name: half read is not idle', ({ wire, options, Parser }) => {
    const bytes = Buffer.from(expand(wire), 'latin1');
    for (const offset of [1, bytes.length - 1].filter((each) => each > 0 && each < bytes.length)) {
      expect(feed(bytes.subarray(0, offset), [], options, 'push', Parser).idle).toBe(false);
    }
  });
});

describe('malformed replies', () => {
  test('are many', () => {
    expect(malformed.length).toBeGreaterThan(100);
  });

  test.each(malformed)('$name', ({ wire, options, replies: expected = [], error, Parser }) => {
    const bytes = Buffer.from(expand(wire), 'latin1');
    const whole = feed(bytes, [], options, 'push', Parser);
    expect(whole.error).toBeInstanceOf(ProtocolError);
    expect((whole.error as ProtocolError).message).toContain(error);
    expect(whole.replies).toEqual(expectedReplies(expected));
    expect(differences(bytes, whole, options, Parser)).toEqual([]);
  });
});
