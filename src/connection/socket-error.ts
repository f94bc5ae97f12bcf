/** Says in memfleet's errors what the platform's socket errors mean. */
import {
  ClosedError,
  ConnectionError,
  MemfleetError,
  NodeRemovedError,
  ProtocolError,
  TlsError,
} from '../errors.ts';
import type { ConnectionOptions } from './connection-options.ts';

/** Errors of the network, which a TLS stream has as well as a plain one. */
const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
  'EACCES',
  'EMFILE',
]);

export function socketError(cause: Error, options: ConnectionOptions, connecting: boolean): MemfleetError {
  const { node, socket } = options;
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  if (socket.tls !== undefined && connecting && !NETWORK.has(code) && !isHappyEyeballs(cause)) {
    return new TlsError(`TLS could not be set up: ${cause.message}`, { node, cause });
  }
  const what = connecting ? 'Could not connect' : 'Connection broke';
  return new ConnectionError(code === '' ? what : `${what}: ${code}`, { node, cause });
}

/** With several addresses of one name, Node gives one AggregateError of all attempts. */
function isHappyEyeballs(cause: Error): boolean {
  return cause instanceof AggregateError;
}

/** The server ended the stream; during the handshake, that is all a TLS server may say to a plain client. */
export function closedByServer({ node, socket }: ConnectionOptions, handshaking: boolean): ConnectionError {
  const hint =
    handshaking && socket.tls === undefined
      ? ' before it answered: where it speaks TLS, set the tls option'
      : '';
  return new ConnectionError(`Server closed the connection${hint}`, { node });
}

/** What was thrown while `bytes` were read: by the handshake, by a verb, by the parser. */
export function unreadable(error: unknown, bytes: Uint8Array, node: string): MemfleetError {
  // An alert of any TLS version (RFC 8446, 5.1).
  if (bytes[0] === 0x15 && bytes[1] === 0x03)
    return new TlsError('Server speaks TLS: set the tls option', { node });
  return error instanceof MemfleetError
    ? error
    : new ProtocolError('Reply could not be read', { node, cause: error });
}

/** Why a command that had been sent got no reply: `error` ended its connection. */
export function inFlightError(error: MemfleetError | undefined): MemfleetError {
  if (error instanceof ProtocolError || error instanceof NodeRemovedError || error instanceof ClosedError)
    return error;
  const why = error === undefined ? 'Connection was closed' : error.message;
  return new ConnectionError(`${why} before the reply came`);
}
