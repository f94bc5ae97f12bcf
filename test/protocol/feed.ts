import {
  type BinaryReplyParser,
  type ItemFacts,
  type Reply,
  ReplyParser,
  type ReplyParserOptions,
} from '../../src/protocol/index.ts';

export type Parser = typeof ReplyParser | typeof BinaryReplyParser;

/** A reply as plain data: a value's bytes as a byte string, its 64 bit numbers as decimals. */
export type PlainReply = Readonly<Record<string, unknown>>;

export interface Outcome {
  readonly replies: readonly PlainReply[];
  /** What the parser threw; nothing was fed after it. */
  readonly error: unknown;
  readonly idle: boolean;
}

/**
 * How the bytes reach the parser: all pushed, or those of large values read straight to where the
 * parser wants them.
 */
export type Route = 'push' | 'destination';

/** Stale bytes behind what a read gave: a parser that looks past `length` finds replies here, in any dialect. */
const STALE = Buffer.from('\r\nEND\r\nHD\r\n\x81\0\0\0\0\0\0\x01', 'latin1');

/**
 * Feeds `wire` as a connection would: through one read buffer, which each read writes over, cut at
 * each offset of `cuts` (ascending).
 */
export function feed(
  wire: Buffer,
  cuts: readonly number[] = [],
  options: ReplyParserOptions = {},
  route: Route = 'push',
  Parser: Parser = ReplyParser,
): Outcome {
  const handed: (() => PlainReply)[] = [];
  const parser = new Parser((reply) => {
    if (reply.kind === 'value' && reply.owned) {
      // Owned: still whole when all else has been read.
      handed.push(() => plain(reply));
    } else {
      const copy = plain(reply);
      handed.push(() => copy);
    }
  }, options);
  const edges = [0, ...cuts, wire.length];
  const longest = Math.max(...edges.slice(1).map((edge, i) => edge - (edges[i] as number)));
  const buffer = Buffer.alloc(longest + STALE.length);
  let error: unknown;
  try {
    for (let i = 1; i < edges.length; i++) {
      let from = edges[i - 1] as number;
      const to = edges[i] as number;
      while (from < to) {
        const destination = route === 'destination' ? parser.destination(1) : undefined;
        if (destination !== undefined) {
          const length = wire.copy(destination, 0, from, to);
          from += length;
          parser.pushed(length);
        } else {
          buffer.fill(STALE);
          wire.copy(buffer, 0, from, to);
          parser.push(buffer, to - from);
          from = to;
        }
      }
    }
  } catch (thrown) {
    error = thrown;
  }
  buffer.fill(0xaa);
  return { replies: handed.map((take) => take()), error, idle: parser.idle };
}

export function plain(reply: Reply): PlainReply {
  switch (reply.kind) {
    case 'value': {
      const data = reply.buffer.toString('latin1', reply.start, reply.end);
      return { kind: 'value', data, flags: reply.flags, key: reply.key, ...plainFacts(reply.facts) };
    }
    case 'head':
      return { kind: 'head', bytes: reply.bytes, flags: reply.flags, ...plainFacts(reply.facts) };
    default:
      return { ...reply };
  }
}

function plainFacts(facts: ItemFacts | undefined): PlainReply {
  return {
    casToken: facts?.casToken?.toString(),
    ttl: facts?.ttl,
    lastAccess: facts?.lastAccess,
    fetched: facts?.fetched,
    lease: facts?.lease,
    stale: facts?.stale || undefined,
  };
}

/** Every offset strictly inside the wire. */
export function everyOffset(wire: Buffer): number[] {
  return Array.from({ length: Math.max(0, wire.length - 1) }, (_, i) => i + 1);
}
