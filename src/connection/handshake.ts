/**
 * What a new stream says before any caller's command: credentials where they are asked for, then a probe
 * that shows that a memcached answers. Each dialect says it in its own way.
 */
import type { Reply } from '../protocol/reply.ts';
import type { RequestWriter } from '../protocol/request-writer.ts';
import type { WireProtocol } from '../protocol/wire-protocol.ts';

/** What is to be spoken; `'auto'` chooses of the text dialects. */
export type Dialect = 'auto' | WireProtocol['name'];

/** Credentials as byte strings: for SASL PLAIN in the binary dialect, else for `memcached -Y`. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface HandshakeOptions {
  readonly node: string;
  readonly dialect: Dialect;
  readonly credentials: Credentials | undefined;
  readonly isKin: ((configuration: string) => boolean) | undefined;
}

/** What came of it. */
export interface Greeted {
  readonly protocol: WireProtocol;
  /** The server's version text. */
  readonly version: string;
}

export interface Handshake {
  /** Writes what is said first. */
  begin(out: RequestWriter): void;

  /**
   * Takes the next reply, and writes what follows from it; gives nothing where it is not over yet.
   *
   * @throws AuthError, ConnectionError or ProtocolError where the stream is of no use.
   */
  take(reply: Reply, out: RequestWriter): Greeted | undefined;
}
