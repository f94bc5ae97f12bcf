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
    resolve(host, { all: true }, (error, found) => {
      if (error !== null && error !== undefined) {
        reject(error);
        return;
      }
      // A function of the caller's own may give one address whatever it is asked for, or anything.
      const given: readonly unknown[] = Array.isArray(found) ? found.map((each) => each?.address) : [found];
      const addresses = given.filter((each) => typeof each === 'string' && isIP(each) !== 0) as string[];
      if (addresses.length > 0) resolved(addresses.map((address) => ({ address, family: isIP(address) })));
      else reject(Object.assign(new Error('The name has no address'), { code: 'ENOTFOUND' }));
    });
  });
}

/** Loaded when a name is first resolved. */
function dnsLookup(): LookupFunction {
  return process.getBuiltinModule('node:dns').lookup as LookupFunction;
}
