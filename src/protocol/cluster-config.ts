/**
 * The cluster configuration that ElastiCache and Memorystore hand out, between the header line and
 * the closing `\r\nEND\r\n` (the AWS documentation's example):
 *
 * ```
 * CONFIG cluster 0 136\r\n
 * 12\n
 * myCluster.pc4ldq.0001.use1.cache.amazonaws.com|10.82.235.120|11211 myCluster.pc4ldq.0002.…|10.80.249.27|11211\n
 * \r\n
 * END\r\n
 * ```
 *
 * Reading is all or nothing: a list with one bad entry is a list of which nothing can be trusted, and
 * a node left out by mistake moves its keys and loses them.
 */
import { ProtocolError } from '../errors.ts';
import { isIpAddress } from './ip-address.ts';

/** One node as the cluster names it. */
export interface ClusterConfigNode {
  /**
   * Lower case and without a trailing dot. An IP address where the cluster gives no name: Memorystore
   * prints the address twice, others leave the name empty. Rings hash this name, and libmemcached hashes
   * it as printed: they agree because ElastiCache stores cluster ids in lower case.
   */
  readonly hostname: string;
  /** The IP address; `undefined` where the field is empty, as ElastiCache with TLS sends it. */
  readonly address: string | undefined;
  readonly port: number;
}

/** The members of a cluster at one version of its list. */
export interface ClusterConfig {
  /** Grows with each change of the membership; up to 2^63-1, hence no `number`. */
  readonly version: bigint;
  /** In the order of the list, without duplicates; never empty when parsed. */
  readonly nodes: readonly ClusterConfigNode[];
}

/**
 * How a reply is asked for and headed: `config get cluster`, or before memcached 1.4.14
 * `get AmazonElastiCache:cluster`.
 */
export type ConfigDialect = 'config' | 'legacy';

/** Most entries of one list. The largest real cluster has 300 nodes. */
export const MAX_CLUSTER_NODES = 10_000;

/** The services count in a signed 64 bit integer. */
const MAX_VERSION = 2n ** 63n - 1n;
/** Bounded, so that a megabyte of digits is never made a bigint. */
const VERSION = /^\d{1,32}$/;
const PORT = /^0*([1-9]\d{0,4})$/;
const MAX_PORT = 65_535;

/** RFC 1123 labels, and the underscore that container networks use. */
const HOSTNAME = /^(?!-)[a-z\d_-]{1,63}(?<!-)(?:\.(?!-)[a-z\d_-]{1,63}(?<!-))*$/;
/** What ends in a number is an address to a resolver (`0001` is 0.0.0.1), so it has to be a valid one. */
const NUMERIC_END = /(?:^|\.)\d+$/;
const MAX_HOSTNAME_LENGTH = 253;

const MAX_QUOTED_LENGTH = 80;

/**
 * Reads the payload of a configuration reply.
 *
 * Takes what real servers and emulators vary in: CRLF for LF, blank lines around the text, spaces to
 * excess, zeros before a port, names in upper case or with a trailing dot, an entry given twice (the
 * first counts), an empty name before an address, an empty address. Version 0 is taken too: nothing
 * forbids a count to start there, and versions are only ever compared with each other.
 *
 * @throws ProtocolError naming what is wrong, for anything else.
 *
 * @example
 * ```ts
 * const { version, nodes } = parseClusterConfig('12\ncache.0001.example.com|10.0.0.1|11211\n');
 * nodes[0]; // { hostname: 'cache.0001.example.com', address: '10.0.0.1', port: 11211 }
 * ```
 */
export function parseClusterConfig(payload: string): ClusterConfig {
  const lines = payload.split('\n').map(words);
  const first = lines.findIndex((line) => line.length > 0);
  if (first === -1) throw malformed('it is empty');
  const version = parseVersion(lines[first]?.join(' ') ?? '');
  const entries = lines[first + 1] ?? [];
  if (entries.length === 0) throw malformed('it lists no node');
  if (lines.slice(first + 2).some((line) => line.length > 0))
    throw malformed('a third line follows the list');
  return { version, nodes: parseNodes(entries) };
}

/**
 * Writes the payload that {@link parseClusterConfig} reads. For two parsed configurations it is the
 * same text exactly where they say the same, in the same order.
 *
 * @example
 * ```ts
 * formatClusterConfig({ version: 3n, nodes: [{ hostname: 'a', address: undefined, port: 11211 }] });
 * // '3\na||11211\n'
 * ```
 */
export function formatClusterConfig(config: ClusterConfig): string {
  const entries = config.nodes.map(({ hostname, address, port }) => `${hostname}|${address ?? ''}|${port}`);
  return `${config.version}\n${entries.join(' ')}\n`;
}

/**
 * Writes a whole reply, header and `END` included, as the server does. Names are ASCII, so that
 * characters are bytes.
 *
 * @example
 * ```ts
 * socket.write(formatConfigReply(config, 'config'), 'latin1');
 * ```
 */
export function formatConfigReply(config: ClusterConfig, dialect: ConfigDialect): string {
  const payload = formatClusterConfig(config);
  const header = dialect === 'config' ? 'CONFIG cluster' : 'VALUE AmazonElastiCache:cluster';
  return `${header} 0 ${payload.length}\r\n${payload}\r\nEND\r\n`;
}

function parseVersion(text: string): bigint {
  const version = VERSION.test(text) ? BigInt(text) : undefined;
  if (version === undefined || version > MAX_VERSION) {
    throw malformed(`its version is ${quote(text)}, not a whole number from 0 to 2^63-1`);
  }
  return version;
}

function parseNodes(entries: readonly string[]): ClusterConfigNode[] {
  if (entries.length > MAX_CLUSTER_NODES) throw malformed(`it lists more than ${MAX_CLUSTER_NODES} nodes`);
  const nodes = new Map<string, ClusterConfigNode>();
  for (const entry of entries) {
    const node = parseNode(entry);
    // The separator is one that no name holds: "::1:2" could be read in two ways.
    const id = `${node.hostname}|${node.port}`;
    if (!nodes.has(id)) nodes.set(id, node);
  }
  return [...nodes.values()];
}

/** `hostname|ip|port`. Split at the pipes only: an IPv6 address is printed bare, with its colons. */
function parseNode(entry: string): ClusterConfigNode {
  const fields = entry.split('|');
  const [name = '', ip = '', portText = ''] = fields;
  if (fields.length !== 3) throw malformed(`${quote(entry)} has ${fields.length} fields, not host|ip|port`);
  if (ip !== '' && !isIpAddress(ip)) throw malformed(`${quote(entry)} holds no valid IP address`);
  const port = Number(PORT.exec(portText)?.[1] ?? 0);
  if (port === 0 || port > MAX_PORT) throw malformed(`${quote(entry)} holds no port from 1 to ${MAX_PORT}`);
  const address = ip === '' ? undefined : ip.toLowerCase();
  const hostname = name === '' && address !== undefined ? address : name.toLowerCase().replace(/\.$/, '');
  if (!isHost(hostname)) throw malformed(`${quote(entry)} holds no valid host name`);
  return { hostname, address, port };
}

function isHost(hostname: string): boolean {
  if (isIpAddress(hostname)) return true;
  return hostname.length <= MAX_HOSTNAME_LENGTH && HOSTNAME.test(hostname) && !NUMERIC_END.test(hostname);
}

/** What spaces part on one line. No trimming by pattern: that is quadratic on a megabyte of blanks. */
function words(line: string): string[] {
  const text = line.endsWith('\r') ? line.slice(0, -1) : line;
  return text.split(' ').filter((word) => word !== '');
}

function malformed(reason: string): ProtocolError {
  return new ProtocolError(`Malformed cluster configuration: ${reason}`);
}

/** Part of what the server sent, escaped and bounded for a log line. */
function quote(text: string): string {
  return JSON.stringify(text.length > MAX_QUOTED_LENGTH ? `${text.slice(0, MAX_QUOTED_LENGTH)}…` : text);
}
