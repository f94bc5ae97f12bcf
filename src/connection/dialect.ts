/** What a connection needs of the dialect that it is to speak, before it has greeted. */
import { BinaryReplyParser } from '../protocol/binary-reply-parser.ts';
import type { Reply } from '../protocol/reply.ts';
import { ReplyParser } from '../protocol/reply-parser.ts';
import type { ReplyReader } from '../protocol/wire-protocol.ts';
import { BinaryHandshake } from './binary-handshake.ts';
import type { ConnectionOptions } from './connection-options.ts';
import type { Handshake } from './handshake.ts';
import { TextHandshake } from './text-handshake.ts';

/** Makes replies of what is read; the text dialects share their parser. */
export function replyReader(options: ConnectionOptions, onReply: (reply: Reply) => void): ReplyReader {
  const Parser = options.dialect === 'binary' ? BinaryReplyParser : ReplyParser;
  return new Parser(onReply, options.parser);
}

export function handshake(options: ConnectionOptions): Handshake {
  return options.dialect === 'binary' ? new BinaryHandshake(options) : new TextHandshake(options);
}
