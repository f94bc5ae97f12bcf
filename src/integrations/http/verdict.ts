/** Whether a response may be kept, and for how long. */
import type { OutgoingHttpHeaders } from 'node:http';
import { parseCacheControl, secondsOf } from './cache-control.ts';
import { headerText } from './header-bag.ts';
import { parseHttpDate } from './http-date.ts';
import { parseVary } from './vary.ts';

/** For how long pages are kept. Seconds. */
export interface Lifetimes {
  /** Of every page; `undefined`: what the page says, else the default. */
  readonly ttl: number | undefined;
  readonly defaultTtl: number;
}

/** For how long a response is fresh, in seconds. */
export interface Freshness {
  /** How old it is already. */
  readonly age: number;
  /** How long it is kept here, from now. */
  readonly ttl: number;
  /** Its `max-age`, from when it was made; `undefined` where it speaks of shared caches only. */
  readonly maxAge: number | undefined;
}

/** Each forbids to keep a response. */
const FORBIDDING = ['no-store', 'no-cache', 'private'] as const;
/** These go on for as long as the client listens: who waited for one would wait for ever. */
const ENDLESS = /^\s*(?:text\/event-stream|multipart\/x-mixed-replace)\b/i;

/** `undefined` where it may not be kept. */
export function freshnessOf(
  status: number,
  headers: Readonly<OutgoingHttpHeaders>,
  lifetimes: Lifetimes,
  now: number,
): Freshness | undefined {
  // A 304 is not kept, but tells the client of the page's freshness as the page itself does.
  if (status !== 200 && status !== 304) return undefined;
  const control = parseCacheControl(headers['cache-control']);
  if (FORBIDDING.some((directive) => control.has(directive))) return undefined;
  // Even where Vary names Cookie: it is for one visitor, who may have come without any.
  if (headers['set-cookie'] !== undefined) return undefined;
  if (parseVary(headers.vary).includes('*')) return undefined;
  // What follows the body is not recorded, and this says that something does.
  if (headers.trailer !== undefined) return undefined;
  if (ENDLESS.test(headerText(headers['content-type']))) return undefined;

  const age = ageOf(headers, now);
  const maxAge = secondsOf(control, 'max-age');
  const sharedMaxAge = secondsOf(control, 's-maxage');
  const expires = headers.expires === undefined ? undefined : age + secondsUntil(headers.expires, now);
  const said = sharedMaxAge ?? maxAge ?? expires;
  if (said !== undefined && said <= age) return undefined;
  const ttl = lifetimes.ttl ?? (said === undefined ? lifetimes.defaultTtl : said - age);
  const clients = maxAge ?? expires ?? (sharedMaxAge === undefined ? age + ttl : undefined);
  return { age, ttl, maxAge: clients === undefined ? undefined : Math.ceil(Math.min(clients, age + ttl)) };
}

/** Of an Expires; what is no date, such as `0`, has passed: RFC 9111, 5.3. */
function secondsUntil(expires: unknown, now: number): number {
  return Math.max(0, ((parseHttpDate(expires) ?? now) - now) / 1000);
}

/** Seconds that a response had when it came here: another cache may have had it. RFC 9111, 4.2.3. */
function ageOf({ age, date }: Readonly<OutgoingHttpHeaders>, now: number): number {
  const said = /^\d+$/.test(String(age)) ? Number(age) : 0;
  return Math.max(0, said, (now - (parseHttpDate(date) ?? now)) / 1000);
}
