/** Says in memfleet's errors what the platform's socket errors mean, and what to do about them. */
import {
  ClosedError,
  ConnectionError,
  MemfleetError,
  NodeRemovedError,
  ProtocolError,
  TlsError,
} from '../errors.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { TOO_MANY_CONNECTIONS, tooManyConnections } from './refusal.ts';

/** How far a connection had come. */
export type Stage =
  /** Its name, and TCP. */
  | 'dialling'
  /** TLS. */
  | 'securing'
  /** The first commands. */
  | 'handshake'
  | 'ready';

/** Errors of the network, which a TLS stream has as well as a plain one, and what they say about the target. */
const NETWORK: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'nobody listens at that address and port'],
  ['ENOTFOUND', 'there is no such name'],
  ['EAI_AGAIN', 'the name cannot be resolved at the moment'],
  ['EHOSTUNREACH', 'there is no way to that address'],
  ['ENETUNREACH', 'there is no way to that network'],
  ['ENOENT', 'there is no socket at that path'],
  ['EMFILE', 'this process has too many files open'],
  ['ECONNRESET', ''],
  ['ECONNABORTED', ''],
  ['EPIPE', ''],
  ['ETIMEDOUT', ''],
  ['EADDRNOTAVAIL', ''],
  ['EACCES', ''],
]);

const UNKNOWN_AUTHORITY =
  "the server's certificate is signed by an authority that is not known here: give it as tls.ca";

/** Codes of OpenSSL and Node, as `tls.connect` reports them. */
const CERTIFICATE: ReadonlyMap<string, string> = new Map([
  ['CERT_HAS_EXPIRED', "the server's certificate has expired"],
  ['CERT_NOT_YET_VALID', "the server's certificate is not valid yet"],
  ['ERR_TLS_CERT_ALTNAME_INVALID', "the server's certificate is for other names than the one it is asked by"],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', UNKNOWN_AUTHORITY],
  ['SELF_SIGNED_CERT_IN_CHAIN', UNKNOWN_AUTHORITY],
  ['UNABLE_TO_GET_ISSUER_CERT', UNKNOWN_AUTHORITY],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', UNKNOWN_AUTHORITY],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', UNKNOWN_AUTHORITY],
]);

/** What OpenSSL makes of text where it expects TLS. */
const PLAIN_ANSWER = /wrong version number|packet length too long|record layer failure/i;
/** An alert of TLS 1.3 (RFC 8446, 6.2). */
const CERTIFICATE_WANTED = /alert certificate required/i;

export function socketError(cause: Error, options: ConnectionOptions, stage: Stage): MemfleetError {
  const { node, socket } = options;
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  if (socket.tls !== undefined && isTls(cause, code, stage)) {
    return new TlsError(`TLS could not be set up: ${tlsMeaning(cause, code)}`, { node, cause });
  }
  const what = stage === 'dialling' || stage === 'securing' ? 'Could not connect' : 'Connection broke';
  const meaning = HUNG_UP.has(code) ? hungUp(stage, options) : (NETWORK.get(code) ?? '');
  const said = [code, meaning].filter((part) => part !== '').join(', ');
  return new ConnectionError(said === '' ? what : `${what}: ${said}`, { node, cause });
}

const HUNG_UP: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE']);

/** What may be wrong with a server that closes the connection: a TLS server may say no more to a plain client. */
function hungUp(stage: Stage, { socket }: ConnectionOptions): string {
  if (stage === 'securing') return 'in the TLS handshake; if it does not speak TLS, leave the tls option out';
  if (stage === 'handshake' && socket.tls === undefined)
    return 'before it answered; if it speaks TLS, set the tls option';
  return '';
}

function isTls(cause: Error, code: string, stage: Stage): boolean {
  // With several addresses of one name, Node gives one AggregateError of all attempts.
  if (NETWORK.has(code) || cause instanceof AggregateError) return false;
  // A server that wants a certificate of the client says so after the client's own handshake is done.
  return (
    stage === 'dialling' || stage === 'securing' || (stage === 'handshake' && code.startsWith('ERR_SSL'))
  );
}

function tlsMeaning(cause: Error & { readonly reason?: string }, code: string): string {
  if (PLAIN_ANSWER.test(cause.message))
    return "the server answers without TLS: leave the tls option out, or use the server's port for TLS";
  if (CERTIFICATE_WANTED.test(cause.message))
    return 'the server wants a certificate of the client: give it as tls.cert and tls.key';
  const meaning = CERTIFICATE.get(code);
  // Of an error of OpenSSL the message is a line of a log, and the reason what it is about.
  const said = cause.reason ?? cause.message;
  return meaning === undefined ? said : `${meaning} (${said})`;
}

/** What may be wrong with a server that says nothing. */
export function silence(stage: Stage, { dialect, socket }: ConnectionOptions): string | undefined {
  switch (stage) {
    case 'dialling':
      return 'its name is not resolved, or nothing takes the connection; check the address, and what lies between';
    case 'securing':
      return 'connected, but the TLS handshake is not answered; if the server does not speak TLS, leave the tls option out';
    case 'handshake': {
      // `memcached -S` and `-B binary` wait for a whole header of the binary protocol, which a line of text is not.
      const binary =
        dialect === 'binary'
          ? ''
          : "if it wants SASL, set auth.mechanism: 'plain', if it speaks the binary protocol alone, set protocol: 'binary', ";
      const last = `${binary}else check that the port is that of a memcached`;
      return socket.tls === undefined
        ? `connected, but the server says nothing; if it speaks TLS, set the tls option, ${last}`
        : `connected with TLS, but the server says nothing; ${last.replace(/^else /, '')}`;
    }
    case 'ready':
      return undefined;
  }
}

/** The server ended the stream. */
export function closedByServer(options: ConnectionOptions, stage: Stage): ConnectionError {
  const message = `Server closed the connection ${hungUp(stage, options)}`.trimEnd();
  return new ConnectionError(message, { node: options.node });
}

/** How a memcached that speaks text alone answers what it takes for a line of it. */
const TEXT_REFUSALS = ['ERROR', 'CLIENT_ERROR'];
const TEXT_ONLY =
  "Server answers in text: it does not speak the binary protocol, which the protocol option or auth.mechanism: 'plain' asks for";

/** What was thrown while `bytes` were read: by the handshake, by a verb, by the parser. */
export function unreadable(
  error: unknown,
  bytes: Uint8Array,
  { dialect, node }: ConnectionOptions,
  stage: Stage,
): MemfleetError {
  // An alert of any TLS version (RFC 8446, 5.1).
  if (bytes[0] === 0x15 && bytes[1] === 0x03)
    return new TlsError('Server speaks TLS: set the tls option', { node });
  if (stage === 'handshake' && error instanceof ProtocolError) {
    if (dialect === 'binary' && startsWith(bytes, `ERROR ${TOO_MANY_CONNECTIONS}`))
      return tooManyConnections(node);
    if (dialect === 'binary' && TEXT_REFUSALS.some((word) => startsWith(bytes, word)))
      return new ProtocolError(TEXT_ONLY, { node, cause: error });
    const who = startsWith(bytes, 'HTTP/') ? 'An HTTP server' : 'Something that is no memcached';
    return new ProtocolError(`${who} answers at that address: check host and port`, { node, cause: error });
  }
  return error instanceof MemfleetError
    ? error
    : new ProtocolError('Reply could not be read', { node, cause: error });
}

function startsWith(bytes: Uint8Array, word: string): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, word.length)).equals(
    Buffer.from(word, 'latin1'),
  );
}

/** Why a command that had been sent got no reply: `error` ended its connection. */
export function inFlightError(error: MemfleetError | undefined): MemfleetError {
  if (error instanceof ProtocolError || error instanceof NodeRemovedError || error instanceof ClosedError)
    return error;
  const why = error === undefined ? 'Connection was closed' : error.message;
  return new ConnectionError(`${why} before the reply came`);
}

export function unsolicited(): ProtocolError {
  return new ProtocolError('Server sent a reply that nobody asked for');
}
