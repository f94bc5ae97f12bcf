/**
 * The first commands in the binary dialect:
 *
 * ```
 * SASL list mechanisms              unknown command ► it has no SASL, and gets no credentials
 *                                   PLAIN …
 * SASL auth PLAIN \0<name>\0<word>  done
 * no-op, version                    done, 1.6.18
 * ```
 *
 * The question for the mechanisms is one of the few that `memcached -S` answers to a stranger; to the
 * no-op it says that it wants credentials, and closes the connection. To its version it says nothing of it.
 *
 * A node is not asked for its configuration here, and so is not to be dialled by an address that may be
 * another's by now: memcached 1.6 skips the key of a command that it does not know twice (proto_bin.c), and
 * takes the middle of the next one for its start.
 */
import { AuthError } from '../errors.ts';
import { BinaryProtocol } from '../protocol/binary.ts';
import type { Command } from '../protocol/command.ts';
import type { Reply } from '../protocol/reply.ts';
import type { RequestWriter } from '../protocol/request-writer.ts';
import type { Greeted, Handshake, HandshakeOptions } from './handshake.ts';
import { nonsense, refused, wrongCredentials } from './refusal.ts';

const PROBE: readonly Command[] = [{ kind: 'noop' }, { kind: 'version' }];

export class BinaryHandshake implements Handshake {
  readonly #options: HandshakeOptions;
  readonly #protocol = new BinaryProtocol();
  /** Sent, and not answered; the question for the mechanisms is none of them. */
  #sent: readonly Command[] = [];
  #isAsking: boolean;

  constructor(options: HandshakeOptions) {
    this.#options = options;
    this.#isAsking = options.credentials !== undefined;
  }

  begin(out: RequestWriter): void {
    if (this.#isAsking) this.#protocol.encodeMechanisms(out);
    else this.#send(PROBE, out);
  }

  take(reply: Reply, out: RequestWriter): Greeted | undefined {
    const { node } = this.#options;
    if (this.#isAsking) {
      this.#takeMechanisms(reply, out);
      return undefined;
    }
    const [command, ...rest] = this.#sent;
    if (command === undefined) throw nonsense(node);
    this.#sent = rest;
    switch (command.kind) {
      case 'auth':
        if (reply.kind === 'error') throw wrongCredentials(node);
        if (reply.kind !== 'stored') throw nonsense(node);
        return undefined;
      default:
        if (reply.kind === 'error') throw refused(node, reply);
        if (command.kind === 'version' && reply.kind === 'line')
          return { protocol: this.#protocol, version: reply.text };
        if (reply.kind !== 'end') throw nonsense(node);
        return undefined;
    }
  }

  #takeMechanisms(reply: Reply, out: RequestWriter): void {
    const { credentials, node } = this.#options;
    this.#isAsking = false;
    if (reply.kind === 'error' && reply.status === 'ERROR') this.#send(PROBE, out);
    else if (reply.kind === 'error') throw refused(node, reply);
    else if (reply.kind !== 'line' || credentials === undefined) throw nonsense(node);
    else if (!reply.text.toUpperCase().split(' ').includes('PLAIN'))
      throw new AuthError('Server does not take SASL PLAIN, which is the one mechanism there is here', {
        node,
      });
    else this.#send([{ kind: 'auth', ...credentials }, ...PROBE], out);
  }

  #send(commands: readonly Command[], out: RequestWriter): void {
    for (const command of commands) this.#protocol.encode(command, out);
    this.#sent = commands;
  }
}
