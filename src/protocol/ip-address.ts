/**
 * Tells literal IP addresses from host names, without `node:net`: the protocol folder runs anywhere.
 */

/** The longest literal: `ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255`. */
const MAX_LITERAL_LENGTH = 45;

/** No leading zeros: `010` is 8 to inet_aton and 10 to others, so it names no certain host. */
const OCTET = /^(?:0|[1-9]\d{0,2})$/;
const IPV6_GROUP = /^[\da-f]{1,4}$/i;
const IPV6_GROUPS = 8;

/**
 * True for a literal IPv4 address in four decimal parts, or a literal IPv6 address without brackets
 * and without a zone (`%eth0`).
 *
 * @example
 * ```ts
 * isIpAddress('10.82.235.120'); // true
 * isIpAddress('2001:db8::1'); // true
 * isIpAddress('999.1.1.1'); // false
 * ```
 */
export function isIpAddress(text: string): boolean {
  if (text.length > MAX_LITERAL_LENGTH) return false;
  return text.includes(':') ? isIpv6(text) : isIpv4(text);
}

function isIpv4(text: string): boolean {
  const octets = text.split('.');
  return octets.length === 4 && octets.every((octet) => OCTET.test(octet) && Number(octet) <= 255);
}

function isIpv6(text: string): boolean {
  const [head = '', tail, ...rest] = text.split('::');
  if (rest.length > 0) return false;
  if (tail === undefined) return countGroups(head, true) === IPV6_GROUPS;
  // "::" stands for one group of zeros or more (RFC 4291, 2.2), so at most seven are written out.
  return countGroups(head, false) + countGroups(tail, true) < IPV6_GROUPS;
}

/** How many 16 bit groups one side of `::` holds; infinite where it is malformed. */
function countGroups(side: string, isLastSide: boolean): number {
  if (side === '') return 0;
  const groups = side.split(':');
  const last = groups.at(-1) ?? '';
  const endsInIpv4 = isLastSide && isIpv4(last);
  if (endsInIpv4) groups.pop();
  if (!groups.every((group) => IPV6_GROUP.test(group))) return Number.POSITIVE_INFINITY;
  return groups.length + (endsInIpv4 ? 2 : 0);
}
