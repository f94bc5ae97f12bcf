import fc from 'fast-check';
import { ReplyParser } from '../src/protocol/index.ts';
import { FRAGMENTS, wireReply } from '../test/protocol/reply-stream.ts';
import type { FuzzProperty } from './fuzz-property.ts';
import { parserProperties } from './parser-properties.ts';

export const replyParser: readonly FuzzProperty[] = parserProperties({
  name: 'reply parser',
  Parser: ReplyParser,
  answer: wireReply,
  wireOf: (replies) => Buffer.from(replies.map(({ wire }) => wire).join(''), 'latin1'),
  repliesOf: ({ reply }) => [reply],
  fragments: FRAGMENTS,
  options: fc.boolean().map((legacyConfig) => ({ legacyConfig })),
  // A line that has not ended, or the start of a configuration.
  leastBufferBytes: 4098,
});
