import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { standOn, stores } from './subject.ts';

const MODIFIED = 'Sun, 06 Nov 1994 08:49:37 GMT';
const BEFORE = 'Sun, 06 Nov 1994 08:49:36 GMT';
const AFTER = 'Sun, 06 Nov 1994 08:49:38 GMT';

interface Case {
  readonly etag?: string;
  readonly modified?: string;
  readonly asked: Readonly<Record<string, string>>;
  readonly status: 200 | 304 | 412;
}

const tagged = (etag: string, name: string, value: string, status: Case['status']): Case => ({
  etag,
  asked: { [name]: value },
  status,
});

const dated = (asked: Record<string, string>, status: Case['status']): Case => ({
  modified: MODIFIED,
  asked,
  status,
});

const cases: readonly Case[] = [
  // If-None-Match compares weakly, on any of its tags.
  tagged('"a"', 'If-None-Match', '"a"', 304),
  tagged('"a"', 'If-None-Match', 'W/"a"', 304),
  tagged('W/"a"', 'If-None-Match', '"a"', 304),
  tagged('"a"', 'If-None-Match', '"b", W/"a" ,"c"', 304),
  tagged('"a,b"', 'If-None-Match', '"x","a,b"', 304),
  tagged('"a"', 'If-None-Match', '*', 304),
  tagged('"a"', 'If-None-Match', '"b"', 200),
  tagged('"a"', 'If-None-Match', 'a', 200),
  tagged('"a"', 'If-None-Match', '', 200),
  tagged('"a"', 'If-None-Match', '"aa"', 200),
  // If-Match compares strongly.
  tagged('"a"', 'If-Match', '"b", "a"', 200),
  tagged('"a"', 'If-Match', '*', 200),
  tagged('"a"', 'If-Match', '"b"', 412),
  tagged('"a"', 'If-Match', 'W/"a"', 412),
  tagged('W/"a"', 'If-Match', 'W/"a"', 412),
  // Dates, in all three forms that a recipient must understand.
  dated({ 'If-Modified-Since': MODIFIED }, 304),
  dated({ 'If-Modified-Since': AFTER }, 304),
  dated({ 'If-Modified-Since': BEFORE }, 200),
  dated({ 'If-Modified-Since': 'Sunday, 06-Nov-94 08:49:37 GMT' }, 304),
  dated({ 'If-Modified-Since': 'Sun Nov  6 08:49:37 1994' }, 304),
  dated({ 'If-Modified-Since': 'Sun Nov  6 08:49:36 1994' }, 200),
  dated({ 'If-Modified-Since': 'yesterday' }, 200),
  dated({ 'If-Modified-Since': '2030' }, 200),
  dated({ 'If-Unmodified-Since': MODIFIED }, 200),
  dated({ 'If-Unmodified-Since': BEFORE }, 412),
  dated({ 'If-Unmodified-Since': 'yesterday' }, 200),
  // What the page has no date for is not asked.
  { asked: { 'If-Modified-Since': AFTER }, status: 200 },
  { asked: { 'If-Unmodified-Since': BEFORE }, status: 200 },
  // The order: If-Match, else If-Unmodified-Since; then If-None-Match, else If-Modified-Since.
  {
    etag: '"a"',
    modified: MODIFIED,
    asked: { 'If-Match': '"a"', 'If-Unmodified-Since': BEFORE },
    status: 200,
  },
  { etag: '"a"', modified: MODIFIED, asked: { 'If-Match': '"b"', 'If-None-Match': '"a"' }, status: 412 },
  { etag: '"a"', modified: MODIFIED, asked: { 'If-Match': '"a"', 'If-None-Match': '"a"' }, status: 304 },
  {
    etag: '"a"',
    modified: MODIFIED,
    asked: { 'If-None-Match': '"b"', 'If-Modified-Since': AFTER },
    status: 200,
  },
  {
    etag: '"a"',
    modified: MODIFIED,
    asked: { 'If-Unmodified-Since': BEFORE, 'If-None-Match': '"a"' },
    status: 412,
  },
];

/** Ways to write a page, which must not matter. */
const ways: Readonly<Record<string, (res: ServerResponse) => void>> = {
  'end(body)': (res) => void res.end('page'),
  'write and end': (res) => {
    res.write('pa');
    res.end('ge');
  },
};

describe.each(stores)('$name', (subject) => {
  const ground = standOn(subject);

  describe.each(Object.keys(ways))('a page written by %s', (way) => {
    test.each(cases)('$asked with $etag $modified: $status', async ({ etag, modified, asked, status }) => {
      const site = await ground.open((_req, res) => {
        if (etag !== undefined) res.setHeader('ETag', etag);
        if (modified !== undefined) res.setHeader('Last-Modified', modified);
        res.setHeader('Content-Type', 'text/plain');
        res.setHeader('Vary', 'Accept');
        ways[way]?.(res);
      });
      // First the handler makes it, for a client that may have it; it is kept all the same.
      for (const made of [true, false]) {
        for (const method of made ? ['GET'] : ['GET', 'HEAD']) {
          const answer = await site.ask({ method, headers: asked });
          expect(answer.status).toBe(status);
          expect(answer.text).toBe(status === 200 && method === 'GET' ? 'page' : '');
          const { headers } = answer;
          if (status === 304) {
            if (etag !== undefined) expect(headers.etag).toBe(etag);
            if (modified !== undefined) expect(headers['last-modified']).toBe(modified);
            expect(headers).toMatchObject({ 'cache-control': 'max-age=600', vary: 'Accept' });
            expect(headers).toHaveProperty('expires');
            expect(headers).toHaveProperty('date');
            expect(headers).not.toHaveProperty('content-type');
            expect(headers).not.toHaveProperty('content-length');
            expect(answer.statusMessage).toBe('Not Modified');
          }
          if (status === 412) {
            expect(headers['content-length']).toBe('0');
            expect(headers).not.toHaveProperty('etag');
            expect(headers).not.toHaveProperty('cache-control');
            expect(headers).not.toHaveProperty('age');
          }
        }
      }
      expect((await site.ask()).text).toBe('page');
      expect(site.calls()).toBe(1);
      expect(site.errors).toEqual([]);
    });
  });

  test('a page without an ETag gets a strong one, of its body', async () => {
    const bodies = ['one', 'one', 'two'];
    const site = await ground.open((req, res) => void res.end(bodies[Number(req.url?.slice(1))]));
    const [one, same, two] = await Promise.all([0, 1, 2].map((page) => site.ask({ path: `/${page}` })));
    expect(one?.headers.etag).toMatch(/^"[\w-]+"$/);
    expect(same?.headers.etag).toBe(one?.headers.etag);
    expect(two?.headers.etag).not.toBe(one?.headers.etag);
    const asked = { 'If-None-Match': String(one?.headers.etag) };
    expect((await site.ask({ path: '/1', headers: asked })).status).toBe(304);
    expect((await site.ask({ path: '/2', headers: asked })).status).toBe(200);
  });

  test('a page written in pieces has it from the second time on', async () => {
    const site = await ground.open((_req, res) => {
      res.write('pa');
      res.end('ge');
    });
    expect((await site.ask()).headers.etag).toBeUndefined();
    const { etag } = (await site.ask()).headers;
    expect((await site.ask({ headers: { 'If-None-Match': String(etag) } })).status).toBe(304);
    expect(site.calls()).toBe(1);
  });

  test.each([
    ['an empty page', 'GET', (res: ServerResponse) => void res.end()],
    ['HEAD', 'HEAD', (res: ServerResponse) => void res.end('page')],
    [
      'what may not be kept',
      'GET',
      (res: ServerResponse) => void res.setHeader('Cache-Control', 'no-store').end('page'),
    ],
    ['an error', 'GET', (res: ServerResponse) => void res.writeHead(404).end('page')],
  ])('%s gets none', async (_name, method, respond) => {
    const site = await ground.open((_req, res) => respond(res));
    for (let round = 0; round < 2; round++) {
      expect((await site.ask({ method })).headers.etag).toBeUndefined();
    }
  });

  test('a client that has a page does not keep it from being kept', async () => {
    // As Express does, and many a handler.
    const site = await ground.open((req, res) => {
      res.setHeader('ETag', '"a"');
      if (req.headers['if-none-match'] === '"a"') res.statusCode = 304;
      res.end(res.statusCode === 304 ? undefined : 'page');
    });
    const headers = { 'If-None-Match': '"a"' };
    for (let round = 0; round < 3; round++) expect((await site.ask({ headers })).status).toBe(304);
    expect((await site.ask()).text).toBe('page');
    expect(site.calls()).toBe(1);
  });

  test('of a page that may not be kept the handler sees what the client has, once that is known', async () => {
    const asked: (string | undefined)[] = [];
    const site = await ground.open((req, res) => {
      asked.push(req.headers['if-none-match']);
      res.setHeader('ETag', '"a"').setHeader('Cache-Control', 'private');
      if (req.headers['if-none-match'] === '"a"') res.statusCode = 304;
      res.end(res.statusCode === 304 ? undefined : 'page');
    });
    const headers = { 'If-None-Match': '"a"' };
    for (let round = 0; round < 3; round++) expect((await site.ask({ headers })).status).toBe(304);
    expect(asked).toEqual([undefined, '"a"', '"a"']);
  });

  test('nor is a client told that such a page is fresh, where the handler answers 304 without saying it', async () => {
    const site = await ground.open((req, res) => {
      if (req.headers['if-none-match'] === '"a"') {
        res.writeHead(304, { ETag: '"a"' }).end();
        return;
      }
      res.setHeader('ETag', '"a"').setHeader('Cache-Control', 'private, no-cache').end('page');
    });
    await site.ask();
    const { status, headers } = await site.ask({ headers: { 'If-None-Match': '"a"', Cookie: 'id=1' } });
    expect(status).toBe(304);
    const again = await site.ask({ headers: { 'If-None-Match': '"a"' } });
    expect(again.status).toBe(304);
    for (const name of ['cache-control', 'expires', 'vary']) expect(again.headers).not.toHaveProperty(name);
    expect(headers['cache-control']).toBe('private, no-cache');
  });

  test('what the handler hides or changes of a request comes back before its headers are sent', async () => {
    const seen: unknown[] = [];
    const site = await ground.open((req, res) => {
      res.on('finish', () => seen.push(req.headers['if-none-match']));
      res.end('page');
    });
    await site.ask({ headers: { 'If-None-Match': '"x"' } });
    expect(seen).toEqual(['"x"']);
  });
});
