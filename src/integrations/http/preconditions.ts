/** Conditional requests: RFC 9110, 13. */
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { type HeaderValue, headerText } from './header-bag.ts';
import { parseHttpDate } from './http-date.ts';

const CONDITIONS = ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since'] as const;

/** What describes a body: a 304 has none. */
const OF_THE_BODY = [
  'content-encoding',
  'content-language',
  'content-length',
  'content-range',
  'content-type',
  'transfer-encoding',
];

/**
 * Takes the conditions from a request, so that its handler makes the whole page, and gives back a function
 * that restores them. Otherwise clients who have the page already would have it made again each time, and
 * the cache would never get it.
 */
export function hideConditions(headers: IncomingHttpHeaders): () => void {
  const hidden = CONDITIONS.filter((name) => headers[name] !== undefined).map(
    (name) => [name, headers[name]] as const,
  );
  for (const [name] of hidden) delete headers[name];
  return () => {
    for (const [name, value] of hidden) headers[name] ??= value as string;
  };
}

/** What to answer instead of a 200 with these validators, in the order of RFC 9110, 13.2.2. */
export function answerInstead(
  conditions: Readonly<IncomingHttpHeaders>,
  res: Pick<ServerResponse, 'getHeader'>,
): 304 | 412 | undefined {
  const etag = headerText(res.getHeader('etag'));
  const modified = parseHttpDate(res.getHeader('last-modified'));
  const match = conditions['if-match'];
  const unmodifiedSince = parseHttpDate(conditions['if-unmodified-since']);
  // A page that is still being written may have no ETag yet: it is not judged by one.
  if (match !== undefined && etag !== '' && !matchesStrongly(match, etag)) return 412;
  if (match === undefined && unmodifiedSince !== undefined && modified !== undefined) {
    if (modified > unmodifiedSince) return 412;
  }
  const noneMatch = conditions['if-none-match'];
  if (noneMatch !== undefined) return matchesWeakly(noneMatch, etag) ? 304 : undefined;
  const modifiedSince = parseHttpDate(conditions['if-modified-since']);
  if (modifiedSince === undefined || modified === undefined) return undefined;
  return modified <= modifiedSince ? 304 : undefined;
}

/** Makes the head of a 200 that of a 304 or 412. Validators, Cache-Control, Vary and the like stay with a 304. */
export function becomeBodiless(res: ServerResponse, status: 304 | 412): void {
  for (const name of OF_THE_BODY) res.removeHeader(name);
  if (status === 412) {
    // An error is not the page, and must not be kept in its place.
    for (const name of ['age', 'cache-control', 'etag', 'expires', 'last-modified']) res.removeHeader(name);
    res.setHeader('Content-Length', '0');
  }
  res.statusCode = status;
  res.statusMessage = '';
}

/** Where what came before the cache encodes a page, its bytes are not those that it is tagged for: RFC 9110, 8.8.3.3. */
export function weakenEtag(res: ServerResponse, codingBefore: HeaderValue): void {
  const etag = headerText(res.getHeader('etag'));
  if (etag.startsWith('"') && res.getHeader('content-encoding') !== codingBefore) {
    res.setHeader('ETag', `W/${etag}`);
  }
}

function tagsOf(list: string): string[] {
  return list.match(/(?:W\/)?"[^"]*"/g) ?? [];
}

function matchesStrongly(list: string, etag: string): boolean {
  return list.trim() === '*' || (!etag.startsWith('W/') && tagsOf(list).includes(etag));
}

function matchesWeakly(list: string, etag: string): boolean {
  const opaque = (tag: string): string => tag.replace(/^W\//, '');
  return list.trim() === '*' || tagsOf(list).some((tag) => opaque(tag) === opaque(etag));
}
