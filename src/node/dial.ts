import type { ConnectionOptions } from '../connection/connection-options.ts';
import type { Endpoint } from './endpoint.ts';
import type { NodeOptions } from './node-options.ts';

/**
 * What a connection to an endpoint needs.
 *
 * @param address the IP that discovery gave for the name, dialled where the caller prefers it.
 */
export function dialOptions(
  endpoint: Endpoint,
  address: string | undefined,
  options: NodeOptions,
): ConnectionOptions {
  const {
    connectTo,
    keepsBuffer,
    connectTimeoutMs,
    credentials,
    dialect,
    lookup,
    maxInFlight,
    maxQueuedBytes,
    maxValueBytes,
    requestTimeoutMs,
    tls,
  } = options;
  const { host, id, path, port } = endpoint;
  const dialled = connectTo === 'ip' && address !== undefined ? address : host;
  return {
    node: id,
    socket: {
      address: path === undefined ? { host: dialled, port } : { path },
      tls,
      // The name, whatever is dialled: a certificate is for the name.
      serverName: host,
      lookup,
    },
    dialect,
    credentials,
    connectTimeoutMs,
    requestTimeoutMs,
    maxInFlight,
    maxQueuedBytes,
    parser: { maxValueBytes, keepsBuffer },
  };
}
