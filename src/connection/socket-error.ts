/** Says in memfleet's errors what the platform's socket errors mean. */
import { ConnectionError, type MemfleetError, TlsError } from '../errors.ts';
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
