import fc from 'fast-check';
import { BinaryReplyParser } from '../src/protocol/index.ts';
import { BINARY_FRAGMENTS, binaryAnswer, wireOf } from '../test/protocol/binary-reply-stream.ts';
import type { FuzzProperty } from './fuzz-property.ts';
import { parserProperties } from './parser-properties.ts';

export const binaryReplyParser: readonly FuzzProperty[] = parserProperties({
  name: 'binary reply parser',
  Parser: BinaryReplyParser,
  answer: binaryAnswer,
  wireOf,
  repliesOf: ({ replies }) => replies,
  fragments: BINARY_FRAGMENTS,
  options: fc.constant({}),
  // The head of a frame, and all of one without a value.
  leastBufferBytes: 4120,
});
