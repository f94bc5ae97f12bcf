import type { ReplyParserOptions } from '../protocol/reply-parser.ts';
import type { Credentials, Dialect } from './handshake.ts';
import type { SocketOptions } from './socket.ts';

/** Everything a connection needs; resolved and validated by whoever opens it. */
export interface ConnectionOptions {
  /** Id of the node, for errors. */
  readonly node: string;
  readonly socket: SocketOptions;
  readonly dialect: Dialect;
  readonly credentials: Credentials | undefined;
  /**
   * Whether a node with this cluster configuration can be the one meant. Where given, the node is asked for
   * it before anything else: an address may have been given to another cluster.
   */
  readonly isKin: ((configuration: string) => boolean) | undefined;
  /** Milliseconds for connecting, TLS and handshake together. */
  readonly connectTimeoutMs: number;
  /** Milliseconds of silence, with a command unanswered, from which on the node is suspected. */
  readonly requestTimeoutMs: number;
  /** Commands accepted and not answered. */
  readonly maxInFlight: number;
  /** Bytes accepted and not handed to the socket. */
  readonly maxQueuedBytes: number;
  readonly parser: ReplyParserOptions;
}
