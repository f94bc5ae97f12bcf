/** Opens the one TCP, TLS or unix stream of a connection. */
import { isIP, type LookupFunction, connect as netConnect, type OnReadOpts, Socket } from 'node:net';
import type { ConnectionOptions as TlsOptions } from 'node:tls';

/** What is dialled: a name or IP with a port, or the path of a unix socket. */
export type Address =
  | { readonly host: string; readonly port: number; readonly path?: undefined }
  | { readonly path: string; readonly host?: undefined; readonly port?: undefined };

export interface SocketOptions {
  readonly address: Address;
  /**
   * TLS, with these options on top; the certificate is checked against `serverName`. Read anew for each
   * stream, so that certificates can be replaced in the object.
   */
  readonly tls: TlsOptions | undefined;
  /** The node's name for SNI and the certificate check, whatever address is dialled. */
  readonly serverName: string | undefined;
  readonly lookup: LookupFunction | undefined;
}

/** Idle connections across NATs and load balancers: long enough to be cheap, short enough to notice. */
const KEEP_ALIVE_DELAY_MS = 60_000;
/** How long one address of a name is tried alone: Node's own default, and the least it takes. */
const ATTEMPT_MS = 250;
const LEAST_ATTEMPT_MS = 10;

/** The event that says the stream is ready for commands. */
export function readyEvent(options: SocketOptions): 'connect' | 'secureConnect' {
  return options.tls === undefined ? 'connect' : 'secureConnect';
}

/** @param connectTimeoutMs what all addresses of the name have together. */
export function openSocket(options: SocketOptions, connectTimeoutMs: number, onRead: OnReadOpts): Socket {
  const { address, lookup, tls } = options;
  const target = {
    ...(address.path === undefined ? { host: address.host, port: address.port } : { path: address.path }),
    ...(lookup === undefined ? {} : { lookup }),
    // Where one of a name's addresses is unreachable, as IPv6 often is, the next one is tried.
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: Math.min(
      ATTEMPT_MS,
      Math.max(LEAST_ATTEMPT_MS, Math.floor(connectTimeoutMs / 4)),
    ),
    onread: onRead,
  };
  const socket =
    tls === undefined ? netConnect(target) : secureConnect({ ...target, ...sniOf(options), ...tls });
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_DELAY_MS);
  return socket;
}

/** RFC 6066 allows names only in SNI, not addresses. */
function sniOf(options: SocketOptions): TlsOptions {
  const name = options.serverName;
  return name === undefined || isIP(name) !== 0 ? {} : { servername: name };
}

/** A certificate that cannot be read is thrown at once: it is told as what else befalls a socket. */
function secureConnect(options: TlsOptions): Socket {
  try {
    return tlsModule().connect(options);
  } catch (error) {
    const socket = new Socket();
    process.nextTick(() => socket.destroy(error as Error));
    return socket;
  }
}

/** Loaded when first needed: it takes half as long to load as all the rest (`bench` cold start). */
function tlsModule(): typeof import('node:tls') {
  return process.getBuiltinModule('node:tls');
}
