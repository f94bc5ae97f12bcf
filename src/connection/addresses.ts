/** All addresses a name has now. */
import type { LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';

/**
 * Resolves anew; an address is its own only one.
 *
 * @param lookup default `dns.lookup`.
 * @throws the resolver's error, as it is.
 */
export function addressesOf(
  host: string,
  lookup: LookupFunction | undefined,
): Promise<readonly LookupAddress[]> {
  const family = isIP(host);
  if (family !== 0) return Promise.resolve([{ address: host, family }]);
  const resolve = lookup ?? dnsLookup();
  return new Promise((resolved, reject) => {
    resolve(host, { all: true }, (error, found, foundFamily) => {
      if (error !== null && error !== undefined) reject(error);
      // A function of the caller's own may give one address whatever it is asked for.
      else if (typeof found === 'string') resolved([{ address: found, family: foundFamily ?? isIP(found) }]);
      else if (found.length > 0) resolved(found);
      else reject(Object.assign(new Error('The name has no address'), { code: 'ENOTFOUND' }));
    });
  });
}

/** Loaded when a name is first resolved. */
function dnsLookup(): LookupFunction {
  return process.getBuiltinModule('node:dns').lookup as LookupFunction;
}
