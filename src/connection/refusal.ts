/** Says what it means that a server refuses what it is greeted with. */
import {
  AuthError,
  ConnectionError,
  ConnectionLimitError,
  type MemfleetError,
  ProtocolError,
} from '../errors.ts';
import type { ErrorReply } from '../protocol/reply.ts';

/** Sent unasked in any dialect, as a line of text, and the connection closed (maxconns_fast). */
export const TOO_MANY_CONNECTIONS = 'Too many open connections';

export function refused(node: string, reply: ErrorReply): MemfleetError {
  if (isUnauthenticated(reply)) {
    return new AuthError('Server wants a username and password: set the auth option', { node });
  }
  if (reply.text === TOO_MANY_CONNECTIONS) return tooManyConnections(node);
  return new ConnectionError(`Server refused the connection: ${reply.status} ${reply.text}`.trimEnd(), {
    node,
  });
}

export function tooManyConnections(node: string): ConnectionLimitError {
  return new ConnectionLimitError(`Server refused the connection: ${TOO_MANY_CONNECTIONS}`, { node });
}

export function wrongCredentials(node: string): AuthError {
  return new AuthError('Server did not accept the username and password of the auth option', { node });
}

export function nonsense(node: string): ProtocolError {
  return new ProtocolError('Server does not answer as memcached does', { node });
}

export function stranger(node: string): ConnectionError {
  return new ConnectionError('A node of another cluster answers at the address of this one', { node });
}

/** "CLIENT_ERROR unauthenticated" (proto_text.c), and what status 0x20 of the binary dialect is read as. */
export function isUnauthenticated(reply: ErrorReply): boolean {
  return reply.text.startsWith('unauthenticated');
}
