/**
 * What a new stream says before any caller's command: credentials where there are some, then a probe
 * that shows that a memcached answers, and in which dialect it can be spoken to.
 */
import {
  AuthError,
  ConnectionError,
  ConnectionLimitError,
  type MemfleetError,
  ProtocolError,
} from '../errors.ts';
import { classicProtocol } from '../protocol/classic.ts';
import type { Command } from '../protocol/command.ts';
import { metaProtocol } from '../protocol/meta.ts';
import { speaksMeta } from '../protocol/quirks.ts';
import type { ErrorReply, Reply } from '../protocol/reply.ts';
import type { WireProtocol } from '../protocol/wire-protocol.ts';

export type Dialect = 'auto' | 'meta' | 'classic';

/** ASCII credentials as byte strings, for `memcached -Y`. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface HandshakeResult {
  readonly protocol: WireProtocol;
  /** The text after `VERSION`. */
  readonly version: string;
}

export class Handshake {
  readonly #node: string;
  readonly #dialect: Dialect;
  readonly #credentials: Credentials | undefined;
  #metaAnswered = false;

  constructor(node: string, dialect: Dialect, credentials: Credentials | undefined) {
    this.#node = node;
    this.#dialect = dialect;
    this.#credentials = credentials;
  }

  /** The commands to send, all at once. */
  commands(): Command[] {
    const commands: Command[] = [];
    if (this.#credentials !== undefined) commands.push({ kind: 'auth', ...this.#credentials });
    if (this.#dialect === 'auto') commands.push({ kind: 'noop' });
    commands.push({ kind: 'version' });
    return commands;
  }

  /**
   * Takes the reply to one of the commands; gives the result with the last.
   *
   * @throws AuthError, ConnectionError or ProtocolError where the stream is of no use.
   */
  take(command: Command, reply: Reply): HandshakeResult | undefined {
    if (reply.kind === 'error' && !(command.kind === 'noop' && isUnknownCommand(reply))) {
      throw this.#refusal(command, reply);
    }
    switch (command.kind) {
      case 'auth':
        if (reply.kind !== 'stored') throw this.#nonsense();
        return undefined;
      case 'noop':
        this.#metaAnswered = reply.kind === 'end';
        return undefined;
      default:
        if (reply.kind !== 'line') throw this.#nonsense();
        return { protocol: this.#choose(reply.text), version: reply.text };
    }
  }

  #choose(version: string): WireProtocol {
    if (this.#dialect === 'meta') return metaProtocol;
    return this.#metaAnswered && speaksMeta(version) ? metaProtocol : classicProtocol;
  }

  #refusal(command: Command, reply: ErrorReply): MemfleetError {
    const details = { node: this.#node };
    // "CLIENT_ERROR authentication failure", "CLIENT_ERROR unauthenticated" (proto_text.c).
    if (command.kind === 'auth') {
      return new AuthError('Server did not accept the username and password of the auth option', details);
    }
    if (reply.text.startsWith('unauthenticated')) {
      return new AuthError('Server wants a username and password: set the auth option', details);
    }
    // "ERROR Too many open connections" is sent unasked, and the connection closed (maxconns_fast).
    if (reply.text === 'Too many open connections') {
      return new ConnectionLimitError('Server refused the connection: Too many open connections', details);
    }
    return new ConnectionError(
      `Server refused the connection: ${reply.status} ${reply.text}`.trimEnd(),
      details,
    );
  }

  #nonsense(): ProtocolError {
    return new ProtocolError('Server does not answer as memcached does', { node: this.#node });
  }
}

/** A server without the meta dialect answers `mn` with a bare `ERROR`. */
function isUnknownCommand(reply: ErrorReply): boolean {
  return reply.status === 'ERROR' && reply.text === '';
}
