import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { parseCacheControl } from './cache-control.ts';
import { headerText } from './header-bag.ts';

/**
 * What a framework has found out about a request. Behind a proxy that it trusts, `protocol` and `hostname`
 * are those of the proxy's client.
 */
export interface SeenRequest {
  readonly protocol?: string;
  readonly hostname?: string;
  readonly originalUrl?: string;
}

const CREDENTIALS = ['authorization', 'cookie'] as const;

/** What a page is kept under: method, URL and headers, as they are when the cache is asked. */
export class PageRequest {
  readonly method: string;
  /** A copy: handlers may change what the request has. */
  readonly headers: Readonly<IncomingHttpHeaders>;
  /** Digest of the absolute URL: host and query as given, so that any length fits into a key. */
  readonly url: string;

  constructor(req: IncomingMessage, seen: SeenRequest) {
    this.method = req.method ?? 'GET';
    this.headers = { ...req.headers };
    const protocol = seen.protocol ?? ('encrypted' in req.socket ? 'https' : 'http');
    // HTTP/2 has the host under another name. A framework reports the name without the port, by which handlers may go, too.
    const forwarded = seen.hostname === undefined ? undefined : req.headers['x-forwarded-host'];
    const host = req.headers.host ?? headerText(req.headers[':authority']);
    const hosts = [host, seen.hostname, headerText(forwarded)].map((host) => host?.toLowerCase() ?? null);
    // The handler may go by any of these.
    this.url = digest([protocol, ...hosts, seen.originalUrl ?? null, req.url ?? '']);
  }

  /** Digest of the headers of these names. Each value is told from its neighbour, and none from an empty one. */
  variant(names: readonly string[]): string {
    return digest(names.map((name) => [name, Object.hasOwn(this.headers, name) ? this.headers[name] : null]));
  }

  /** Whether the answer may be a page. A part of one, and what depends on a body, is none. */
  get asksForPage(): boolean {
    const { range, 'content-length': length = '0', 'transfer-encoding': coding } = this.headers;
    const isRead = this.method === 'GET' || this.method === 'HEAD';
    return isRead && range === undefined && coding === undefined && Number(length) === 0;
  }

  /** The headers by which it says whose it is. */
  get credentials(): readonly string[] {
    return CREDENTIALS.filter((name) => this.headers[name] !== undefined);
  }

  /** RFC 9111, 5.2.1.5 */
  get forbidsStoring(): boolean {
    return parseCacheControl(this.headers['cache-control']).has('no-store');
  }
}

/** Of JSON, in which no two lists are written alike. */
export function digest(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}
