import type { LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';

/**
 * A stand-in for `dns.lookup` that knows the names given by `resolve`, `localhost` and IP literals.
 * Every other name is not found, so that a test cannot reach the network by mistake.
 */
export function createLookup(resolve: (hostname: string) => string | undefined): LookupFunction {
  return (hostname, options, callback) => {
    const name = hostname.toLowerCase().replace(/\.$/, '');
    const address = isIP(name) !== 0 ? name : name === 'localhost' ? '127.0.0.1' : resolve(name);
    const family = address === undefined ? 0 : isIP(address);
    const wanted = familyOf(options.family);
    process.nextTick(() => {
      if (address === undefined || (wanted !== 0 && wanted !== family)) {
        callback(notFound(hostname), options.all === true ? [] : '');
        return;
      }
      const all: LookupAddress[] = [{ address, family }];
      if (options.all === true) callback(null, all);
      else callback(null, address, family);
    });
  };
}

function familyOf(family: number | 'IPv4' | 'IPv6' | undefined): number {
  if (family === 'IPv4') return 4;
  if (family === 'IPv6') return 6;
  return family ?? 0;
}

function notFound(hostname: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), {
    code: 'ENOTFOUND',
    syscall: 'getaddrinfo',
    hostname,
  });
}
