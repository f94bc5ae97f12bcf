import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import type { Ask } from './client.ts';
import { standOn, stores } from './subject.ts';

interface Rule {
  readonly name: string;
  readonly kept: boolean;
  readonly ask?: Ask;
  respond(res: ServerResponse, req: IncomingMessage): void;
}

/** A response with these headers, whole. */
const withHeaders =
  (headers: Record<string, string | string[]>, status = 200) =>
  (res: ServerResponse) => {
    res.statusCode = status;
    for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
    res.end('page');
  };

const control = (value: string | string[], kept: boolean): Rule => ({
  name: `Cache-Control: ${value}`,
  kept,
  respond: withHeaders({ 'Cache-Control': value }),
});

const vary = (value: string | string[], kept: boolean): Rule => ({
  name: `Vary: ${JSON.stringify(value)}`,
  kept,
  respond: withHeaders({ Vary: value }),
});

const status = (code: number): Rule => ({
  name: `status ${code}`,
  kept: code === 200,
  respond: withHeaders({ 'Cache-Control': 'public, max-age=60' }, code),
});

const inFuture = new Date(Date.now() + 3_600_000).toUTCString();

const rules: readonly Rule[] = [
  { name: 'nothing said', kept: true, respond: withHeaders({}) },
  ...[200, 201, 203, 204, 206, 301, 302, 404, 410, 500, 503].map(status),
  ...['private', 'no-store', 'no-cache', 'max-age=0', 's-maxage=0'].map((value) => control(value, false)),
  // Directives are compared without regard to case, whatever stands around them.
  ...['Private', 'NO-STORE', 'No-Cache', 'MAX-AGE=0', 'public, PRIVATE', 'public,no-store'].map((value) =>
    control(value, false),
  ),
  control(' no-store ', false),
  control('max-age=60,\tprivate', false),
  control('max-age=60; private', false),
  control('private="set-cookie"', false),
  control('no-cache="set-cookie, x-user"', false),
  control('ext="a, max-age=0", no-store', false),
  control(['max-age=60', 'private'], false),
  // What is not understood is stale.
  control('max-age=soon', false),
  control('max-age=-1', false),
  control('max-age=60, max-age=0', false),
  control('max-age', false),
  control('max-age=60', true),
  control('max-age="60"', true),
  control('public', true),
  control('must-revalidate', true),
  // A shared cache goes by what is said to it.
  control('max-age=0, s-maxage=60', true),
  control('max-age=60, s-maxage=0', false),
  // Neither a part of a word nor the text of another directive is a directive.
  control('x-private, max-age=60', true),
  control('ext="no-store, private", max-age=60', true),
  ...['*', ' * ', 'Accept, *', 'Accept,*', 'Accept ,\t*\t, Cookie'].map((value) => vary(value, false)),
  vary(['Accept', '*'], false),
  ...['Accept', 'Accept,Cookie', ' accept ,\tCOOKIE ', '', ',,'].map((value) => vary(value, true)),
  {
    name: 'Expires in the past',
    kept: false,
    respond: withHeaders({ Expires: 'Thu, 01 Dec 1994 16:00:00 GMT' }),
  },
  { name: 'Expires: 0', kept: false, respond: withHeaders({ Expires: '0' }) },
  { name: 'Expires: -1', kept: false, respond: withHeaders({ Expires: '-1' }) },
  { name: 'Expires in the future', kept: true, respond: withHeaders({ Expires: inFuture }) },
  {
    name: 'max-age, whatever Expires says',
    kept: true,
    respond: withHeaders({ Expires: '0', 'Cache-Control': 'max-age=60' }),
  },
  {
    name: 'an Age past max-age',
    kept: false,
    respond: withHeaders({ Age: '60', 'Cache-Control': 'max-age=60' }),
  },
  {
    name: 'a Date past max-age',
    kept: false,
    respond: withHeaders({ Date: 'Thu, 01 Dec 1994 16:00:00 GMT', 'Cache-Control': 'max-age=60' }),
  },
  { name: 'Set-Cookie', kept: false, respond: withHeaders({ 'Set-Cookie': 'id=1' }) },
  {
    name: 'Set-Cookie with Vary: Cookie and public',
    kept: false,
    respond: withHeaders({ 'Set-Cookie': ['a=1', 'b=2'], Vary: 'Cookie', 'Cache-Control': 'public' }),
  },
  {
    name: 'events, which have no end',
    kept: false,
    respond: withHeaders({ 'Content-Type': 'Text/Event-Stream; charset=utf-8' }),
  },
  { name: 'a trailer', kept: false, respond: withHeaders({ Trailer: 'Digest' }) },
  {
    name: 'a request that says no-store',
    kept: false,
    ask: { headers: { 'Cache-Control': 'No-Store' } },
    respond: withHeaders({}),
  },
  {
    name: 'a request that says no-cache',
    kept: true,
    ask: { headers: { 'Cache-Control': 'no-cache' } },
    respond: withHeaders({}),
  },
  {
    name: 'a request that says Pragma: no-cache',
    kept: true,
    ask: { headers: { Pragma: 'no-cache' } },
    respond: withHeaders({}),
  },
  {
    name: 'a request for a range',
    kept: false,
    ask: { headers: { Range: 'bytes=0-1' } },
    respond: withHeaders({}),
  },
  {
    name: 'a GET with a body',
    kept: false,
    ask: { headers: { 'Content-Length': '5' }, body: 'query' },
    respond: withHeaders({}),
  },
  {
    name: 'a GET with a body in chunks',
    kept: false,
    ask: { headers: { 'Transfer-Encoding': 'chunked' }, body: 'query' },
    respond: withHeaders({}),
  },
  { name: 'HEAD', kept: true, ask: { method: 'HEAD' }, respond: withHeaders({}) },
  ...['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].map(
    (method): Rule => ({ name: method, kept: false, ask: { method }, respond: withHeaders({}) }),
  ),
  { name: 'an empty page', kept: true, respond: (res) => void res.end() },
];

describe.each(stores)('$name', (subject) => {
  const ground = standOn(subject);

  test.each(rules)('$name: kept $kept', async ({ kept, ask, respond }) => {
    const site = await ground.open((req, res) => respond(res, req));
    const first = await site.ask(ask);
    const second = await site.ask(ask);
    expect(site.calls()).toBe(kept ? 1 : 2);
    expect([second.status, second.text]).toEqual([first.status, first.text]);
    expect(site.errors).toEqual([]);
  });
});
