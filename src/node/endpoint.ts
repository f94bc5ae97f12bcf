/**
 * How a node is named: `host:port`, which is its identity, whatever address the name resolves to.
 */
import { InvalidCacheConfigError } from '../errors.ts';

/** memcached's port (IANA). */
export const DEFAULT_PORT = 11211;

/** A server as the caller gives it, where a string does not say enough. */
export interface ServerSpec {
  /** Host name, IPv4 or IPv6 address. */
  readonly host: string;
  /** Default 11211. */
  readonly port?: number;
  /** Share of the keys, relative to the others: a whole number from 1, the default. */
  readonly weight?: number;
}

/** One memcached process. */
export interface Endpoint {
  /** `host:port`, `[v6]:port` or `unix:path`. */
  readonly id: string;
  readonly host: string;
  /** 0 for a unix socket. */
  readonly port: number;
  /** Path of a unix socket. */
  readonly path: string | undefined;
  readonly weight: number;
}

/**
 * Reads `host`, `host:port`, `host:port:weight`, `[v6]:port`, `unix:/path` or a {@link ServerSpec}.
 *
 * @param option named in errors.
 * @throws InvalidCacheConfigError
 */
export function parseEndpoint(server: string | ServerSpec, option: string): Endpoint {
  if (typeof server !== 'string') return fromSpec(server, option);
  const text = server.trim();
  if (text.startsWith('unix:') || text.startsWith('/')) return unixEndpoint(text, option);
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d+))?(?::(\d+))?$/.exec(text);
  if (match === null) {
    const hint = /:.*:/.test(text) ? '; an IPv6 address goes in brackets, as in [::1]:11211' : '';
    throw new InvalidCacheConfigError(`${option}: ${quote(text)} is not host:port${hint}`);
  }
  const [, v6, host, port, weight] = match;
  return fromSpec(
    {
      host: (v6 ?? host) as string,
      port: port === undefined ? DEFAULT_PORT : Number(port),
      weight: weight === undefined ? 1 : Number(weight),
    },
    option,
  );
}

/** `host:port`, with an IPv6 address in brackets. */
export function endpointId(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function fromSpec(spec: ServerSpec, option: string): Endpoint {
  // `null` has no properties to be found wrong.
  const { host, port = DEFAULT_PORT, weight = 1 } = spec ?? {};
  // An IPv6 address is in brackets in a text alone: here its name would be one that nobody has.
  if (typeof host !== 'string' || host === '' || /[\s/@[\]]/.test(host)) {
    throw new InvalidCacheConfigError(`${option}: ${quote(host)} is no host name or address`);
  }
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new InvalidCacheConfigError(`${option}: port of ${host} must be 1 to 65535, not ${port}`);
  }
  if (!Number.isSafeInteger(weight) || weight < 1) {
    throw new InvalidCacheConfigError(
      `${option}: weight of ${host} must be a whole number from 1, not ${weight}`,
    );
  }
  return { id: endpointId(host, port), host, port, path: undefined, weight };
}

/** What stands before an `@` may be a password. */
function quote(text: unknown): string {
  return JSON.stringify(text)?.replace(/^"(.*)@/, '"…@') ?? String(text);
}

function unixEndpoint(text: string, option: string): Endpoint {
  const path = text.replace(/^unix:/, '');
  if (path === '') throw new InvalidCacheConfigError(`${option}: unix: needs the path of a socket`);
  return { id: `unix:${path}`, host: path, port: 0, path, weight: 1 };
}
