/**
 * What a new stream says before any caller's command: credentials where they are asked for, then a probe
 * that shows that a memcached answers, and in which dialect it can be spoken to.
 *
 * ```
 * version                           VERSION … ► it wants no credentials, and gets none
 *                                   CLIENT_ERROR unauthenticated
 * set auth 0 0 <n>\r\n<both>        STORED
 * config get cluster                where an address might belong to another cluster by now
 * mn, version                       MN, VERSION …
 * ```
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

/** What follows from a reply. */
export type HandshakeStep =
  /** These are to be sent. */
  | { readonly kind: 'more'; readonly commands: readonly Command[] }
  /** `version` is the text after `VERSION`. */
  | { readonly kind: 'done'; readonly protocol: WireProtocol; readonly version: string };

export interface HandshakeOptions {
  readonly node: string;
  readonly dialect: Dialect;
  readonly credentials: Credentials | undefined;
  readonly isKin: ((configuration: string) => boolean) | undefined;
}

export class Handshake {
  readonly #options: HandshakeOptions;
  /** Sent, and not answered. */
  #sent: readonly Command[] = [];
  /** Whether the first reply is to say if credentials are wanted. */
  #isAsking: boolean;
  #metaAnswered = false;

  constructor(options: HandshakeOptions) {
    this.#options = options;
    this.#isAsking = options.credentials !== undefined;
  }

  /** The commands to begin with, to be sent all at once. */
  begin(): readonly Command[] {
    // Credentials are a `set` to a server that wants none: it would store them, for everybody to read.
    this.#sent = this.#isAsking ? [{ kind: 'version' }] : this.#probe();
    return this.#sent;
  }

  /**
   * Takes the reply to the next of the commands; gives nothing where others are still to come.
   *
   * @throws AuthError, ConnectionError or ProtocolError where the stream is of no use.
   */
  take(reply: Reply): HandshakeStep | undefined {
    const [command, ...rest] = this.#sent;
    if (command === undefined) throw this.#nonsense();
    this.#sent = rest;
    if (this.#isAsking) return this.#takeAnswer(reply);
    if (reply.kind === 'error' && !mayRefuse(command, reply)) throw this.#refusal(command, reply);
    switch (command.kind) {
      case 'auth':
        if (reply.kind !== 'stored') throw this.#nonsense();
        return undefined;
      case 'configGet':
        if (reply.kind === 'config' && this.#options.isKin?.(reply.payload) === false) throw this.#stranger();
        return undefined;
      case 'noop':
        this.#metaAnswered = reply.kind === 'end';
        return undefined;
      default:
        if (reply.kind !== 'line') throw this.#nonsense();
        return { kind: 'done', protocol: this.#choose(reply.text), version: reply.text };
    }
  }

  #takeAnswer(reply: Reply): HandshakeStep {
    const { credentials } = this.#options;
    this.#isAsking = false;
    if (reply.kind === 'line' || credentials === undefined) return this.#more(this.#probe());
    if (reply.kind === 'error' && isUnauthenticated(reply)) {
      return this.#more([{ kind: 'auth', ...credentials }, ...this.#probe()]);
    }
    throw reply.kind === 'error' ? this.#refusal({ kind: 'version' }, reply) : this.#nonsense();
  }

  #more(commands: readonly Command[]): HandshakeStep {
    this.#sent = commands;
    return { kind: 'more', commands };
  }

  #probe(): Command[] {
    const commands: Command[] = [];
    if (this.#options.isKin !== undefined) commands.push({ kind: 'configGet', legacy: false });
    if (this.#options.dialect === 'auto') commands.push({ kind: 'noop' });
    commands.push({ kind: 'version' });
    return commands;
  }

  #choose(version: string): WireProtocol {
    if (this.#options.dialect === 'meta') return metaProtocol;
    return this.#metaAnswered && speaksMeta(version) ? metaProtocol : classicProtocol;
  }

  #refusal(command: Command, reply: ErrorReply): MemfleetError {
    const details = { node: this.#options.node };
    // "CLIENT_ERROR authentication failure" (proto_text.c).
    if (command.kind === 'auth') {
      return new AuthError('Server did not accept the username and password of the auth option', details);
    }
    if (isUnauthenticated(reply)) {
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
    return new ProtocolError('Server does not answer as memcached does', { node: this.#options.node });
  }

  #stranger(): ConnectionError {
    return new ConnectionError('A node of another cluster answers at the address of this one', {
      node: this.#options.node,
    });
  }
}

/** "CLIENT_ERROR unauthenticated" (proto_text.c). */
function isUnauthenticated(reply: ErrorReply): boolean {
  return reply.text.startsWith('unauthenticated');
}

/**
 * A server without the meta dialect answers `mn` with a bare `ERROR`, and one that is part of no cluster
 * `config get cluster` with any error.
 */
function mayRefuse(command: Command, reply: ErrorReply): boolean {
  if (isUnauthenticated(reply)) return false;
  return (
    command.kind === 'configGet' || (command.kind === 'noop' && reply.status === 'ERROR' && reply.text === '')
  );
}
