/**
 * The frames of the binary dialect (memcached's doc/protocol-binary.txt). All numbers are big-endian:
 *
 * ```
 * 0  magic       0x80 request, 0x81 reply
 * 1  opcode
 * 2  key length
 * 4  extras length
 * 5  data type   0
 * 6  status      of a reply; 0 in a request
 * 8  body length extras, key and value together
 * 12 opaque      comes back as it was sent
 * 16 CAS unique
 * 24 extras, key, value
 * ```
 *
 * The opaque says what was asked, so that a reply is known for what it is by itself:
 *
 * ```
 * 31      whether the CAS unique is wanted
 * 30 … 24 the opcode
 * 23 … 0  the number of the command on this connection; all frames of one command have the same
 * ```
 */

export const REQUEST_MAGIC = 0x80;
export const REPLY_MAGIC = 0x81;
export const HEADER_BYTES = 24;

/** As doc/protocol-binary.txt numbers them. */
export const OPCODE = {
  get: 0x00,
  set: 0x01,
  add: 0x02,
  replace: 0x03,
  delete: 0x04,
  incr: 0x05,
  decr: 0x06,
  flush: 0x08,
  noop: 0x0a,
  version: 0x0b,
  /** Asked for in place of a configuration alone: see `ConfigGetCommand`. */
  getWithKey: 0x0c,
  /** With the key, and no reply where there is nothing. */
  getQuietly: 0x0d,
  append: 0x0e,
  prepend: 0x0f,
  stat: 0x10,
  touch: 0x1c,
  getAndTouch: 0x1d,
  saslMechanisms: 0x20,
  saslAuth: 0x21,
  /** Of ElastiCache alone: `GetConfigOperationImpl` of amazon-elasticache-cluster-client-memcached-for-java. */
  configGet: 0x60,
} as const;

export const CAS_WANTED = 0x80;

/**
 * Where the commands of a connection begin to be numbered. Its bytes are CR, LF and NUL: a server that
 * speaks text alone reads the end of a line, and says `ERROR` at once instead of waiting for one.
 */
export const FIRST_NUMBER = 0x0d0a00;

export function nextNumber(number: number): number {
  return (number + 1) & 0xff_ffff;
}
