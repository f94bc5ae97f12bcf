import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express5, { type Express } from 'express';
import express4 from 'express4';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Cache, createCache } from '../../../src/index.ts';
import { httpCache, neverCache, varyOn } from '../../../src/integrations/http/index.ts';
import { type Answer, type Ask, Client } from './client.ts';

describe.each([
  ['5', express5],
  ['4', express4],
])('Express %s', (_version, express) => {
  let app: Express;
  let cache: Cache;
  let server: Server | undefined;
  let client: Client | undefined;
  let calls = 0;

  beforeEach(() => {
    app = express();
    cache = createCache({ backend: 'memory', location: 'express' });
    calls = 0;
  });

  afterEach(async () => {
    client?.close();
    server?.close();
    client = undefined;
    await cache.close();
  });

  async function ask(request: Ask = {}): Promise<Answer> {
    if (client === undefined) {
      server = createServer(app);
      await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
      client = new Client((server.address() as AddressInfo).port);
    }
    return client.ask(request);
  }

  test('send, json and its own ETag', async () => {
    app.use(httpCache({ cache }));
    app.get('/text', (_req, res) => void res.send(`text ${++calls}`));
    app.get('/json', (_req, res) => void res.json({ calls: ++calls }));
    for (const [path, text] of [
      ['/text', 'text 1'],
      ['/json', '{"calls":2}'],
    ] as const) {
      const made = await ask({ path });
      const kept = await ask({ path });
      expect([made.text, kept.text]).toEqual([text, text]);
      expect(kept.headers).toEqual({ ...made.headers, age: expect.stringMatching(/^\d+$/) });
      expect(made.headers.etag).toMatch(/^W\//);
      const again = await ask({ path, headers: { 'If-None-Match': String(made.headers.etag) } });
      expect(again.status).toBe(304);
    }
    expect(calls).toBe(2);
  });

  test('clients that have the page already do not keep it from the cache', async () => {
    app.use(httpCache({ cache }));
    app.get('/', (_req, res) => {
      calls++;
      res.set('ETag', '"a"').send('page');
    });
    for (let round = 0; round < 3; round++) {
      expect((await ask({ headers: { 'If-None-Match': '"a"' } })).status).toBe(304);
    }
    expect((await ask()).text).toBe('page');
    expect(calls).toBe(1);
  });

  test('sendFile, whole, in part and unchanged', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'memfleet-'));
    const file = join(folder, 'page.txt');
    try {
      writeFileSync(file, 'a page of text');
      app.use(httpCache({ cache }));
      app.get('/', (_req, res) => {
        calls++;
        res.sendFile(file);
      });
      const made = await ask();
      expect(made.text).toBe('a page of text');
      expect(made.headers['cache-control']).toBe('public, max-age=0');
      await ask();
      // It says max-age=0 by itself.
      expect(calls).toBe(2);
      const part = await ask({ headers: { Range: 'bytes=2-5' } });
      expect([part.status, part.text]).toEqual([206, 'page']);
      const unchanged = await ask({ headers: { 'If-None-Match': String(made.headers.etag) } });
      expect(unchanged.status).toBe(304);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('static files with a lifetime', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'memfleet-'));
    try {
      writeFileSync(join(folder, 'page.txt'), 'a page of text');
      app.use(httpCache({ cache }), express.static(folder, { maxAge: '1h' }));
      await ask({ path: '/page.txt' });
      writeFileSync(join(folder, 'page.txt'), 'another');
      const kept = await ask({ path: '/page.txt' });
      expect(kept.text).toBe('a page of text');
      expect(kept.headers['content-type']).toMatch(/^text\/plain/);
      expect((await ask({ path: '/missing' })).status).toBe(404);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('below a path, and on one route', async () => {
    const router = express.Router();
    router.use(httpCache({ cache }));
    router.get('/page', (req, res) => void res.send(`${req.originalUrl} ${++calls}`));
    app.use('/one', router);
    app.use('/two', router);
    app.get('/three', httpCache({ cache, ttl: 30 }), (_req, res) => void res.send(`three ${++calls}`));
    app.get('/four', (_req, res) => void res.send(`four ${++calls}`));
    const paths = ['/one/page', '/two/page', '/three', '/four'];
    const texts: string[] = [];
    for (const path of [...paths, ...paths]) texts.push((await ask({ path })).text);
    expect(texts.slice(0, 4)).toEqual(['/one/page 1', '/two/page 2', 'three 3', 'four 4']);
    expect(texts.slice(4)).toEqual(['/one/page 1', '/two/page 2', 'three 3', 'four 5']);
    expect((await ask({ path: '/three' })).headers['cache-control']).toBe('max-age=30');
  });

  test('of two on one way the first does the work', async () => {
    app.use(httpCache({ cache, ttl: 10 }), httpCache({ cache, ttl: 20 }));
    app.get('/', (_req, res) => void res.send(`page ${++calls}`));
    await ask();
    const { text, headers } = await ask();
    expect([text, headers['cache-control']]).toEqual(['page 1', 'max-age=10']);
  });

  test('what was set before the cache is of the response, not of the page', async () => {
    let request = 0;
    app.use((req, res, next) => {
      res.set({ 'X-Request': String(++request), 'X-Both': 'outer' });
      res.vary('Origin').set('Access-Control-Allow-Origin', req.get('Origin') ?? '*');
      next();
    });
    app.use(httpCache({ cache }));
    app.get('/', (_req, res) => {
      res
        .set({ 'X-Page': String(++calls), 'X-Both': 'inner' })
        .vary('Accept')
        .send('page');
    });
    const headers = { Origin: 'https://a.example' };
    await ask({ headers });
    const kept = await ask({ headers });
    expect(kept.headers).toMatchObject({
      'access-control-allow-origin': 'https://a.example',
      'x-request': '2',
      'x-page': '1',
      'x-both': 'inner',
      vary: 'Origin, Accept',
    });
    const other = await ask({ headers: { Origin: 'https://b.example' } });
    expect(other.headers).toMatchObject({
      'access-control-allow-origin': 'https://b.example',
      'x-page': '2',
    });
  });

  test.each([
    ['a cookie', { 'set-cookie': ['id=1'] }],
    ['that it is private', { 'cache-control': 'private' }],
    ['that it varies on everything', { vary: '*' }],
  ])(
    '%s that is added as the head goes, by what came before, forbids to keep a page',
    async (_name, added) => {
      // As sessions do: after all that was put behind them.
      app.use((_req, res, next) => {
        const writeHead = res.writeHead.bind(res);
        res.writeHead = ((status: number) => {
          for (const [name, value] of Object.entries(added)) res.setHeader(name, value);
          return writeHead(status);
        }) as never;
        next();
      });
      app.use(httpCache({ cache }));
      app.get('/', (_req, res) => void res.send(`page ${++calls}`));
      for (const text of ['page 1', 'page 2']) {
        const answer = await ask();
        expect(answer.text).toBe(text);
        expect(answer.headers).toMatchObject(added);
        // Nor are others told that they may keep it.
        expect(answer.headers['cache-control'] ?? '').not.toContain('max-age');
        expect(answer.headers).not.toHaveProperty('expires');
      }
    },
  );

  test('a header that was set before and added to is kept whole', async () => {
    app.use((_req, res, next) => {
      res.setHeader('Link', ['<a>']);
      next();
    });
    app.use(httpCache({ cache }));
    app.get('/', (_req, res) => void res.append('Link', '<b>').send('page'));
    const made = await ask();
    expect(made.headers.link).toBe('<a>, <b>');
    expect((await ask()).headers.link).toBe('<a>, <b>');
  });

  test('a Cache-Control that was set before is of the page, which is kept because of it', async () => {
    app.use((_req, res, next) => {
      res.set('Cache-Control', 'public, max-age=60');
      next();
    });
    app.use(httpCache({ cache }));
    app.get('/', (_req, res) => void res.send(`page ${++calls}`));
    for (const user of ['ada', 'grace', 'ada']) {
      const { text, headers } = await ask({ headers: { Cookie: `id=${user}` } });
      expect([text, headers['cache-control']]).toEqual(['page 1', 'public, max-age=60']);
    }
  });

  test('with a cookie that is added as the head goes, a page is for that visitor alone, too', async () => {
    app.use((req, res, next) => {
      const writeHead = res.writeHead.bind(res);
      res.writeHead = ((status: number) => {
        if (req.headers['x-new'] !== undefined) res.setHeader('Set-Cookie', 'id=1');
        return writeHead(status);
      }) as never;
      next();
    });
    app.use(httpCache({ cache }));
    app.get('/', (_req, res) => void res.send(`page ${++calls}`));
    expect((await ask()).headers['cache-control']).toBe('max-age=600');
    const { text, headers } = await ask({ headers: { 'X-New': 'yes' } });
    expect([text, headers['set-cookie']]).toEqual(['page 1', ['id=1']]);
    expect(headers['cache-control']).toBe('max-age=600, private');
    expect((await ask()).headers['cache-control']).toBe('max-age=600');
  });

  test('a page that is sent otherwise encoded than it is kept has no strong ETag', async () => {
    // As compression does, which is put before the cache.
    app.use((req, res, next) => {
      const writeHead = res.writeHead.bind(res);
      res.writeHead = ((status: number) => {
        if (req.headers['accept-encoding'] === 'x') res.setHeader('Content-Encoding', 'x');
        return writeHead(status);
      }) as never;
      next();
    });
    app.use(httpCache({ cache }));
    app.get('/', (_req, res) => void res.end(`page ${++calls}`));
    const encoded = { 'Accept-Encoding': 'x' };
    const made = await ask({ headers: encoded });
    const { etag } = (await ask()).headers;
    expect(etag).toMatch(/^"/);
    for (const { headers } of [made, await ask({ headers: encoded })]) {
      expect(headers).toMatchObject({ 'content-encoding': 'x', etag: `W/${etag}` });
      const again = await ask({ headers: { ...encoded, 'If-None-Match': String(headers.etag) } });
      expect(again.status).toBe(304);
    }
    expect(calls).toBe(1);
  });

  test('with a cookie that was set before, a page is for that visitor alone', async () => {
    let visitor = 0;
    app.use((req, res, next) => {
      if (req.path === '/' && calls > 0) res.cookie('id', String(++visitor));
      next();
    });
    app.use(httpCache({ cache }));
    app.get('/', (_req, res) => {
      res.set('Cache-Control', 'public, max-age=60').send(`page ${++calls}`);
    });
    expect((await ask()).headers['cache-control']).toBe('public, max-age=60');
    for (const id of [1, 2]) {
      const { text, headers } = await ask();
      expect(text).toBe('page 1');
      expect(headers['set-cookie']).toEqual([`id=${id}; Path=/`]);
      expect(headers['cache-control']).toBe('max-age=60, private');
    }
  });

  test('what was answered before, while the cache was asked, is left as it is', async () => {
    const errors: Error[] = [];
    cache.on('error', (error) => errors.push(error));
    // As a middleware does that has a time-out.
    let answer: () => void = () => {};
    const get = cache.get.bind(cache);
    cache.get = (async (...args: Parameters<typeof get>) => {
      answer();
      return get(...args);
    }) as never;
    app.use((_req, res, next) => {
      answer = () => void res.status(503).send('too slow');
      next();
    });
    app.use(httpCache({ cache }));
    app.get('/', (_req, res) => void res.send(`page ${++calls}`));
    for (let round = 0; round < 2; round++) expect((await ask()).text).toBe('too slow');
    expect([calls, errors]).toEqual([0, []]);
  });

  test.each<[string, (res: express5.Response) => void]>([
    ['end(42)', (res) => void res.end(42)],
    ['end({})', (res) => void res.end({})],
    ['write(42)', (res) => void res.write(42)],
    ['write(null)', (res) => void res.write(null)],
    ['write(undefined)', (res) => void res.write(undefined)],
  ])('%s, which Node.js refuses, leaves the answer to the error handler', async (_name, respond) => {
    app.use(httpCache({ cache }));
    app.get('/', (_req, res) => respond(res));
    app.use(((error, _req, res, _next) => {
      res.status(500).send(error.code);
    }) as express5.ErrorRequestHandler);
    for (let round = 0; round < 2; round++) {
      const { status, text } = await ask();
      expect([status, text]).toEqual([
        500,
        expect.stringMatching(/^ERR_(?:INVALID_ARG_TYPE|STREAM_NULL_VALUES)$/),
      ]);
    }
  });

  test('an error of the handler is handled as ever, and not kept', async () => {
    app.use(httpCache({ cache }));
    app.get('/throws', () => {
      calls++;
      throw new Error('broken');
    });
    app.get('/passes', (_req, _res, next) => {
      calls++;
      next(new Error('broken'));
    });
    app.use(((error, _req, res, _next) => {
      res.status(500).send(`handled: ${error.message}`);
    }) as express5.ErrorRequestHandler);
    for (const path of ['/throws', '/throws', '/passes', '/passes']) {
      const { status, text } = await ask({ path });
      expect([status, text]).toEqual([500, 'handled: broken']);
    }
    expect(calls).toBe(4);
  });

  test('behind a proxy that is trusted, by the address that its client asked for', async () => {
    app.set('trust proxy', true);
    app.use(httpCache({ cache }));
    app.get('/', (req, res) => void res.send(`${req.protocol}://${req.hostname} ${++calls}`));
    const via = (proto: string, host: string): Ask => ({
      headers: { Host: 'inner', 'X-Forwarded-Proto': proto, 'X-Forwarded-Host': host },
    });
    const asked = [via('http', 'a.example'), via('https', 'a.example'), via('https', 'b.example')];
    const texts: string[] = [];
    for (const request of [...asked, ...asked]) texts.push((await ask(request)).text);
    const expected = ['http://a.example 1', 'https://a.example 2', 'https://b.example 3'];
    expect(texts).toEqual([...expected, ...expected]);
  });

  test('and by its port, which handlers make links of', async () => {
    app.set('trust proxy', true);
    app.use(httpCache({ cache }));
    app.get('/', (req, res) => void res.send(req.get('X-Forwarded-Host')));
    for (const host of ['a.example:8080', 'a.example:9090', 'a.example']) {
      const { text } = await ask({ headers: { Host: 'a.example', 'X-Forwarded-Host': host } });
      expect(text).toBe(host);
    }
  });

  test('varyOn and neverCache on its response', async () => {
    app.use(httpCache({ cache }));
    app.get('/varies', (req, res) => {
      varyOn(res, 'Accept-Language');
      res.send(`${req.get('Accept-Language')} ${++calls}`);
    });
    app.get('/never', (_req, res) => {
      neverCache(res);
      res.send(`never ${++calls}`);
    });
    const texts: string[] = [];
    for (const [path, language] of [
      ['/varies', 'en'],
      ['/varies', 'de'],
      ['/varies', 'en'],
      ['/never', 'en'],
      ['/never', 'en'],
    ] as const) {
      texts.push((await ask({ path, headers: { 'Accept-Language': language } })).text);
    }
    expect(texts).toEqual(['en 1', 'de 2', 'en 1', 'never 3', 'never 4']);
  });
});
