/**
 * The first commands in text, which also show whether the meta dialect is spoken.
 *
 * ```
 * version                           VERSION … ► it wants no credentials, and gets none
 *                                   CLIENT_ERROR unauthenticated
 * set auth 0 0 <n>\r\n<both>        STORED
 * config get cluster                where an address might belong to another cluster by now
 * mn, version                       MN, VERSION …
 * ```
 */
import { classicProtocol } from '../protocol/classic.ts';
import type { Command } from '../protocol/command.ts';
import { metaProtocol } from '../protocol/meta.ts';
import { speaksMeta } from '../protocol/quirks.ts';
import type { ErrorReply, Reply } from '../protocol/reply.ts';
import type { RequestWriter } from '../protocol/request-writer.ts';
import type { WireProtocol } from '../protocol/wire-protocol.ts';
import type { Greeted, Handshake, HandshakeOptions } from './handshake.ts';
import { isUnauthenticated, nonsense, refused, stranger, wrongCredentials } from './refusal.ts';

export class TextHandshake implements Handshake {
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

  begin(out: RequestWriter): void {
    // Credentials are a `set` to a server that wants none: it would store them, for everybody to read.
    this.#send(this.#isAsking ? [{ kind: 'version' }] : this.#probe(), out);
  }

  take(reply: Reply, out: RequestWriter): Greeted | undefined {
    const { isKin, node } = this.#options;
    const [command, ...rest] = this.#sent;
    if (command === undefined) throw nonsense(node);
    this.#sent = rest;
    if (this.#isAsking) {
      this.#takeAnswer(reply, out);
      return undefined;
    }
    if (reply.kind === 'error' && !mayRefuse(command, reply)) {
      // "CLIENT_ERROR authentication failure" (proto_text.c).
      throw command.kind === 'auth' ? wrongCredentials(node) : refused(node, reply);
    }
    switch (command.kind) {
      case 'auth':
        if (reply.kind !== 'stored') throw nonsense(node);
        return undefined;
      case 'configGet':
        if (reply.kind === 'config' && isKin?.(reply.payload) === false) throw stranger(node);
        return undefined;
      case 'noop':
        this.#metaAnswered = reply.kind === 'end';
        return undefined;
      default:
        if (reply.kind !== 'line') throw nonsense(node);
        return { protocol: this.#choose(reply.text), version: reply.text };
    }
  }

  #takeAnswer(reply: Reply, out: RequestWriter): void {
    const { credentials, node } = this.#options;
    this.#isAsking = false;
    if (reply.kind === 'line' || credentials === undefined) this.#send(this.#probe(), out);
    else if (reply.kind === 'error' && isUnauthenticated(reply))
      this.#send([{ kind: 'auth', ...credentials }, ...this.#probe()], out);
    else throw reply.kind === 'error' ? refused(node, reply) : nonsense(node);
  }

  #send(commands: readonly Command[], out: RequestWriter): void {
    for (const command of commands) classicProtocol.encode(command, out);
    this.#sent = commands;
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
