/**
 * The codec alone: commands to bytes, bytes to replies, without I/O or a clock. For those who write a
 * proxy, a test double or a tool; the client is in `memfleet`.
 *
 * @example
 * ```ts
 * import { metaProtocol, ReplyParser, RequestWriter } from 'memfleet/protocol';
 *
 * const out = new RequestWriter();
 * metaProtocol.encode({ kind: 'get', key: 'user:1', base64: false }, out);
 * out.take(); // 'mg user:1 v f\r\n'
 *
 * const parser = new ReplyParser((reply) => console.log(reply.kind));
 * parser.push(Buffer.from('EN\r\n')); // notFound
 * ```
 *
 * The text dialects are stateless, and share a parser. The binary one numbers what it writes: each connection
 * has a {@link BinaryProtocol} and a {@link BinaryReplyParser} of its own.
 */

export { BinaryProtocol } from './binary.ts';
export { BinaryReplyParser } from './binary-reply-parser.ts';
export { classicProtocol } from './classic.ts';
export {
  type ClusterConfig,
  type ClusterConfigNode,
  formatClusterConfig,
  formatConfigReply,
  parseClusterConfig,
} from './cluster-config.ts';
export type {
  ArithmeticCommand,
  AuthCommand,
  Command,
  CommandData,
  CompareDeleteCommand,
  ConfigGetCommand,
  DeleteCommand,
  FetchCommand,
  FlushAllCommand,
  GetAndTouchCommand,
  GetCommand,
  GetManyCommand,
  GetsCommand,
  InspectCommand,
  NoopCommand,
  StatsCommand,
  StoreCommand,
  StoreMode,
  TouchCommand,
  VersionCommand,
} from './command.ts';
export { EXPTIME_EXPIRED, EXPTIME_NEVER, MAX_EXPTIME, MAX_RELATIVE_SECONDS, toExptime } from './exptime.ts';
export { encodeBinaryKey, encodeKey, isSafeKey, toByteString } from './key.ts';
export {
  DEFAULT_MAX_VALUE_BYTES,
  MAX_CLIENT_FLAGS,
  MAX_CONFIG_BYTES,
  MAX_GET_LINE_BYTES,
  MAX_KEY_BYTES,
  MAX_UINT64,
} from './limits.ts';
export { metaProtocol } from './meta.ts';
export { speaksMeta } from './quirks.ts';
export type {
  ConfigReply,
  EndReply,
  ErrorReply,
  ExistsReply,
  HeadReply,
  LineReply,
  NotFoundReply,
  NotStoredReply,
  NumberReply,
  OversizeReply,
  Reply,
  StatReply,
  StoredReply,
} from './reply.ts';
export { ReplyParser, type ReplyParserOptions } from './reply-parser.ts';
export { RequestWriter } from './request-writer.ts';
export type { ItemFacts } from './value-header.ts';
export { ValueReply } from './value-reply.ts';
export type { ReplyReader, WireProtocol } from './wire-protocol.ts';
