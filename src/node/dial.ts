import type { LookupFunction } from 'node:net';
import type { ConnectionOptions } from '../connection/connection-options.ts';
import type { Endpoint } from './endpoint.ts';
import type { NodeOptions } from './node-options.ts';

/**
 * What a connection to an endpoint needs.
 *
 * @param address the IP that discovery gave for the name, dialled where the caller prefers it.
 * @param lookup resolves the name; default that of the options.
 */
export function dialOptions(
  endpoint: Endpoint,
  address: string | undefined,
  options: NodeOptions,
  lookup: LookupFunction | undefined = options.lookup,
): ConnectionOptions {
  const {
    connectTo,
    keepsBuffer,
    connectTimeoutMs,
    credentials,
    dialect,
    isKin,
    maxInFlight,
    maxQueuedBytes,
    maxValueBytes,
    requestTimeoutMs,
    tls,
  } = options;
  const { host, id, path, port } = endpoint;
  const byAddress = connectTo === 'ip' && address !== undefined;
  return {
    node: id,
    socket: {
      address: path === undefined ? { host: byAddress ? address : host, port } : { path },
      tls,
      // The name, whatever is dialled: a certificate is for the name.
      serverName: host,
      lookup,
    },
    dialect,
    credentials,
    isKin: byAddress ? isKin : undefined,
    connectTimeoutMs,
    requestTimeoutMs,
    maxInFlight,
    maxQueuedBytes,
    parser: { maxValueBytes, keepsBuffer },
  };
}
