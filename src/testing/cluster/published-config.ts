/** A node as `config get cluster` lists it. */
export interface PublishedNode {
  readonly hostname: string;
  /** Left empty by clusters with TLS, which list `hostname||port`. */
  readonly ip?: string;
  readonly port: number;
}

/** What the configuration endpoint and every node answer: a configuration, or bytes to send as they are. */
export type Publication =
  | string
  | Uint8Array
  | { readonly version: number | bigint; readonly nodes: readonly PublishedNode[] };

export const CONFIG_COMMAND = 'config get cluster\r\n';
export const LEGACY_CONFIG_COMMAND = 'get AmazonElastiCache:cluster\r\n';

/**
 * The reply to `config get cluster`, or to the key that stood for it before:
 *
 * ```text
 * CONFIG cluster 0 <bytes>\r\n
 * <version>\n
 * <hostname>|<ip>|<port> <hostname>|<ip>|<port>\n
 * \r\n
 * END\r\n
 * ```
 *
 * `<bytes>` counts the two inner lines with their newlines, not the CRLF after them.
 */
export function formatConfig(publication: Publication, legacy: boolean): Buffer {
  if (typeof publication === 'string') return Buffer.from(publication);
  if (publication instanceof Uint8Array) return Buffer.from(publication);
  const nodes = [...publication.nodes].sort((a, b) => (a.hostname < b.hostname ? -1 : 1));
  const list = nodes.map(({ hostname, ip = '', port }) => `${hostname}|${ip}|${port}`).join(' ');
  const body = `${publication.version}\n${list}\n`;
  const header = legacy ? 'VALUE AmazonElastiCache:cluster' : 'CONFIG cluster';
  return Buffer.from(`${header} 0 ${Buffer.byteLength(body)}\r\n${body}\r\nEND\r\n`);
}
