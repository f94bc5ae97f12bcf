/** How nodes are named on rings: what a ring hashes of a node. */
import { isIP } from 'node:net';
import { InvalidCacheConfigError } from '../../errors.ts';
import type { RingNode } from './ring.ts';

const DEFAULT_PORT = 11_211;

/** `host:port`, an IPv6 address without brackets; the path of a unix socket. */
export function plainName({ host, port }: RingNode): string {
  return port === 0 ? host : `${host}:${port}`;
}

/** `host` on the default port, else `host:port`, as libmemcached has it: a unix socket is `path:0`. */
export function libmemcachedName({ host, port }: RingNode): string {
  return port === DEFAULT_PORT ? host : `${host}:${port}`;
}

/** Java's `InetSocketAddress.toString()` without a leading slash: `host/ip:port`, or `ip:port` for an IP. */
export function javaName({ host, port, address }: RingNode): string {
  if (isIP(host) === 4) return `${host}:${port}`;
  if (address !== undefined && isIP(address) === 4 && isIP(host) === 0) return `${host}/${address}:${port}`;
  throw new InvalidCacheConfigError(
    `hashing: ${host} has no name on a ring of Java's, which is made of its IPv4 address: give servers by address, set ringKey: 'ip', or give spymemcached a nodeName`,
  );
}
