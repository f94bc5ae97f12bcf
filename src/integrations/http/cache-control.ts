import { ClientInputError } from '../../errors.ts';
import { type HeaderBag, type HeaderValue, headerText } from './header-bag.ts';
import { httpDate } from './http-date.ts';

/** Directives of a response's Cache-Control: RFC 9111, 5.2.2, and RFC 5861. Seconds are whole numbers from 0. */
export interface CacheControlDirectives {
  /** Seconds. Where the response has a `max-age` already, the lower one stays. */
  readonly maxAge?: number;
  /** Seconds, for caches that many share. */
  readonly sMaxage?: number;
  /** Takes `private` away. */
  readonly public?: true;
  /** Takes `public` away. */
  readonly private?: true;
  /** Of the whole response, or of the header fields named. */
  readonly noCache?: true | readonly string[];
  readonly noStore?: true;
  readonly mustRevalidate?: true;
  readonly proxyRevalidate?: true;
  readonly noTransform?: true;
  readonly immutable?: true;
  /** Seconds. */
  readonly staleWhileRevalidate?: number;
  /** Seconds. */
  readonly staleIfError?: number;
}

/** What a Cache-Control says: the values of each directive by its name in small letters, `''` for none. */
export type ParsedCacheControl = ReadonlyMap<string, readonly string[]>;

// name, name=token, name="text with, commas". A semicolon parts too: who writes `no-store; private` means both.
const DIRECTIVE = /([^\s,;="]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,;"]*)))?/g;
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;
const NAMES_FIELDS: ReadonlySet<string> = new Set(['no-cache', 'private']);
/** RFC 9111, 1.2.2: what a greater number is taken for. */
const MOST_SECONDS = 2_147_483_648;

export function parseCacheControl(value: HeaderValue): ParsedCacheControl {
  const directives = new Map<string, string[]>();
  for (const [, name = '', quoted, token = ''] of headerText(value).matchAll(DIRECTIVE)) {
    const key = name.toLowerCase();
    const values = directives.get(key);
    if (values === undefined) directives.set(key, [quoted ?? token]);
    else values.push(quoted ?? token);
  }
  return directives;
}

/**
 * The seconds of a directive; of several the least, and 0 for what is no number: what is not understood is
 * taken for stale (RFC 9111, 4.2.1). `undefined` where it is not there.
 */
export function secondsOf(directives: ParsedCacheControl, name: string): number | undefined {
  const values = directives.get(name);
  if (values === undefined) return undefined;
  return Math.min(MOST_SECONDS, ...values.map((value) => (/^\d+$/.test(value) ? Number(value) : 0)));
}

/**
 * Adds directives to the Cache-Control of a response; those it has stay.
 *
 * @throws ClientInputError for seconds that are no whole number from 0, and a field name that is none.
 * @example
 * ```ts
 * cacheControl(res, { public: true, maxAge: 600, noCache: ['Set-Cookie'] });
 * ```
 */
export function cacheControl(res: HeaderBag, directives: CacheControlDirectives): void {
  const parsed = parseCacheControl(res.getHeader('Cache-Control'));
  const merged = new Map([...parsed].map(([name, values]) => [name, mergedValue(name, values)]));
  if (directives.private) merged.delete('public');
  if (directives.public) merged.delete('private');
  for (const [option, value] of Object.entries(directives)) {
    if (value === undefined) continue;
    const name = option.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    merged.set(name, mergedValue(name, [...(parsed.get(name) ?? []), ...directiveValues(name, value)]));
  }
  res.setHeader('Cache-Control', [...merged].map(formatDirective).join(', '));
}

/**
 * Says that a response is for this request alone: no cache keeps it, the browser's neither.
 *
 * @example
 * ```ts
 * neverCache(res);
 * res.end(accountPage);
 * ```
 */
export function neverCache(res: HeaderBag): void {
  res.setHeader('Expires', httpDate(Date.now()));
  cacheControl(res, { maxAge: 0, noCache: true, noStore: true, mustRevalidate: true, private: true });
}

function directiveValues(name: string, value: true | number | readonly string[]): readonly string[] {
  if (value === true) return [''];
  if (typeof value === 'number') {
    if (Number.isInteger(value) && value >= 0) return [String(value)];
    throw new ClientInputError(`${name} must be a whole number of seconds, from 0`);
  }
  if (value.length > 0 && value.every((field) => TOKEN.test(field))) return value;
  throw new ClientInputError(`${name} must be true or names of header fields`);
}

/** One value for all that a directive was given, oldest first. */
function mergedValue(name: string, values: readonly string[]): string {
  if (name === 'max-age') return String(secondsOf(new Map([[name, values]]), name));
  if (!NAMES_FIELDS.has(name)) return values.at(-1) ?? '';
  // Without names it is of the whole response, which says more.
  return values.includes('') ? '' : [...new Set(values)].join(', ');
}

function formatDirective([name, value]: readonly [string, string]): string {
  if (value === '') return name;
  return TOKEN.test(value) && !NAMES_FIELDS.has(name) ? `${name}=${value}` : `${name}="${value}"`;
}
