import { describe, expect, test } from 'vitest';
import { ClientInputError } from '../../../src/index.ts';
import {
  type CacheControlDirectives,
  cacheControl,
  type HeaderBag,
  type HeaderValue,
  neverCache,
  varyOn,
} from '../../../src/integrations/http/index.ts';

/** The least that has headers. */
class Bag implements HeaderBag {
  readonly headers = new Map<string, HeaderValue>();

  getHeader(name: string): HeaderValue {
    return this.headers.get(name.toLowerCase());
  }

  setHeader(name: string, value: HeaderValue): void {
    this.headers.set(name.toLowerCase(), value);
  }
}

describe('cacheControl', () => {
  test.each<[before: HeaderValue, directives: CacheControlDirectives, after: string]>([
    [undefined, { maxAge: 60 }, 'max-age=60'],
    [undefined, { public: true, maxAge: 0, sMaxage: 60 }, 'public, max-age=0, s-maxage=60'],
    [
      undefined,
      { mustRevalidate: true, proxyRevalidate: true, noTransform: true, immutable: true },
      'must-revalidate, proxy-revalidate, no-transform, immutable',
    ],
    [undefined, { staleWhileRevalidate: 5, staleIfError: 10 }, 'stale-while-revalidate=5, stale-if-error=10'],
    // What is there stays, in its order.
    ['no-transform', { maxAge: 60 }, 'no-transform, max-age=60'],
    ['No-Transform,MUST-REVALIDATE', { maxAge: 60 }, 'no-transform, must-revalidate, max-age=60'],
    [['no-transform', 'immutable'], { noStore: true }, 'no-transform, immutable, no-store'],
    ['community="UCI, x"', { maxAge: 60 }, 'community="UCI, x", max-age=60'],
    ['max-age=60', {}, 'max-age=60'],
    // The lower max-age stays.
    ['max-age=30', { maxAge: 60 }, 'max-age=30'],
    ['MAX-AGE=90', { maxAge: 60 }, 'max-age=60'],
    ['max-age=90, max-age=30', { maxAge: 60 }, 'max-age=30'],
    ['max-age=soon', { maxAge: 60 }, 'max-age=0'],
    ['s-maxage=30', { sMaxage: 60 }, 's-maxage=60'],
    // One of public and private.
    ['public, max-age=60', { private: true }, 'max-age=60, private'],
    ['private', { public: true }, 'public'],
    ['private="set-cookie"', { public: true }, 'public'],
    // no-cache of fields, or of all.
    [undefined, { noCache: true }, 'no-cache'],
    [undefined, { noCache: ['Set-Cookie'] }, 'no-cache="Set-Cookie"'],
    ['no-cache="Set-Cookie"', { noCache: ['X-A', 'Set-Cookie'] }, 'no-cache="Set-Cookie, X-A"'],
    ['no-cache', { noCache: ['X-A'] }, 'no-cache'],
    ['no-cache="X-A"', { noCache: true }, 'no-cache'],
  ])('%j and %j: %s', (before, directives, after) => {
    const bag = new Bag();
    if (before !== undefined) bag.setHeader('Cache-Control', before);
    cacheControl(bag, directives);
    expect(bag.getHeader('Cache-Control')).toBe(after);
  });

  test.each<[CacheControlDirectives, string]>([
    [{ maxAge: -1 }, 'max-age'],
    [{ maxAge: 1.5 }, 'max-age'],
    [{ sMaxage: Number.NaN }, 's-maxage'],
    [{ noCache: [] }, 'no-cache'],
    [{ noCache: ['a b'] }, 'no-cache'],
    [{ noCache: ['a"'] }, 'no-cache'],
  ])('refuses %j, naming the directive', (directives, name) => {
    const bag = new Bag();
    expect(() => cacheControl(bag, directives)).toThrow(ClientInputError);
    expect(() => cacheControl(bag, directives)).toThrow(name);
    expect(bag.headers.size).toBe(0);
  });
});

test('neverCache says it in all ways', () => {
  const bag = new Bag();
  bag.setHeader('Cache-Control', 'public, max-age=60');
  neverCache(bag);
  expect(bag.getHeader('Cache-Control')).toBe('max-age=0, no-cache, no-store, must-revalidate, private');
  expect(Date.parse(String(bag.getHeader('Expires')))).toBeLessThanOrEqual(Date.now());
});

test.each<[before: HeaderValue, names: readonly string[], after: HeaderValue]>([
  [undefined, ['Cookie'], 'Cookie'],
  [undefined, [], undefined],
  ['Accept', ['Cookie', 'Origin'], 'Accept, Cookie, Origin'],
  ['Cookie, Accept', ['accept', 'COOKIE', 'Origin'], 'Cookie, Accept, Origin'],
  [' cookie ,\taccept,', ['Accept'], 'cookie, accept'],
  [['Cookie', 'Accept'], ['Origin'], 'Cookie, Accept, Origin'],
  ['Accept', ['*'], '*'],
  ['*', ['Accept'], '*'],
  ['Accept, *', ['Cookie'], '*'],
])('varyOn: %j and %j: %s', (before, names, after) => {
  const bag = new Bag();
  if (before !== undefined) bag.setHeader('Vary', before);
  varyOn(bag, ...names);
  expect(bag.getHeader('Vary')).toBe(after);
});
