import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createCache } from '../../../src/index.ts';
import { openSite, plainFront, standOn, subjects } from './subject.ts';

const seconds = (date: string | undefined): number => Date.parse(date ?? '') / 1000;

afterEach(() => {
  vi.useRealTimers();
});

/** Clocks alone: sockets and their timers run on. */
function stopClocks(): void {
  vi.useFakeTimers({ toFake: ['Date', 'performance'], now: Date.parse('2026-05-04T10:00:00Z') });
}

describe.each(subjects)('$name', (subject) => {
  const ground = standOn(subject);

  test('a page is served as it was made', async () => {
    const site = await ground.open((_req, res) => {
      res.setHeader('Content-Type', 'text/html; charset=utf-8');
      res.setHeader('X-Number', 42);
      res.setHeader('Link', ['</a.css>; rel=preload', '</b.js>; rel=preload']);
      res.end('<p>Grüße 🌍</p>');
    });
    const made = await site.ask();
    const kept = await site.ask();
    expect(site.calls()).toBe(1);
    expect(kept.status).toBe(200);
    expect(kept.text).toBe('<p>Grüße 🌍</p>');
    const { age, ...headers } = kept.headers;
    expect(headers).toEqual(made.headers);
    expect(age).toMatch(/^\d+$/);
    expect(kept.rawHeaders.filter((name) => name.toLowerCase() === 'link')).toHaveLength(2);
  });

  test.each([
    ['all bytes', Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))],
    ['none', Buffer.alloc(0)],
    ['as many as are kept', Buffer.alloc(1_000_000, 'abcdefg')],
  ])('its body may be %s', async (_name, body) => {
    const site = await ground.open((_req, res) => void res.end(body));
    for (let round = 0; round < 3; round++) {
      const { body: got, headers } = await site.ask();
      expect(got.equals(body)).toBe(true);
      expect(headers['content-length']).toBe(String(body.length));
    }
    expect(site.calls()).toBe(1);
    expect(site.errors).toEqual([]);
  });

  test('a longer body than is kept passes through, each time', async () => {
    const body = Buffer.alloc(1_000_001, 'abcdefg');
    const site = await ground.open((_req, res) => void res.end(body));
    for (let round = 0; round < 3; round++) expect((await site.ask()).body.equals(body)).toBe(true);
    expect(site.calls()).toBe(3);
  });

  test('host, path and query tell pages apart, and method does', async () => {
    const site = await ground.open((req, res) => void res.end(`${req.headers.host} ${req.url}`));
    const paths = [
      '/',
      '/a',
      '/A',
      '/a/',
      '/a?',
      '/a?b=1&c=2',
      '/a?c=2&b=1',
      '/%61',
      `/${'long'.repeat(500)}`,
    ];
    for (const path of [...paths, ...paths]) {
      for (const host of ['one.example', 'two.example', 'one.example:8080']) {
        const { text } = await site.ask({ path, headers: { Host: host } });
        expect(text).toBe(`${host} ${path}`);
      }
    }
    expect(site.calls()).toBe(paths.length * 3);
    await site.ask({ headers: { Host: 'ONE.example' } });
    expect(site.calls()).toBe(paths.length * 3);
  });

  test('HEAD is answered by what GET was, without its body', async () => {
    const site = await ground.open((_req, res) => void res.end('page'));
    const got = await site.ask();
    const head = await site.ask({ method: 'HEAD' });
    expect(site.calls()).toBe(1);
    expect(head.text).toBe('');
    expect(head.headers).toEqual({ ...got.headers, age: expect.stringMatching(/^\d+$/) });
  });

  test('GET is not answered by what HEAD was', async () => {
    const site = await ground.open((req, res) => {
      if (req.method === 'HEAD') res.setHeader('Content-Length', 4);
      res.end(req.method === 'HEAD' ? undefined : 'page');
    });
    const head = await site.ask({ method: 'HEAD' });
    expect(head.headers['content-length']).toBe('4');
    const { age, ...again } = (await site.ask({ method: 'HEAD' })).headers;
    expect(again).toEqual(head.headers);
    expect(age).toMatch(/^\d+$/);
    expect(site.calls()).toBe(1);
    expect((await site.ask()).text).toBe('page');
    expect(site.calls()).toBe(2);
  });

  test('Age counts from when the page was made, and Date stays', async () => {
    const site = await ground.open((_req, res) => void res.end('page'));
    stopClocks();
    const made = await site.ask();
    vi.advanceTimersByTime(30_999);
    const kept = await site.ask();
    expect(kept.headers.age).toBe('30');
    expect(seconds(kept.headers.date)).toBe(Date.parse('2026-05-04T10:00:00Z') / 1000);
    expect(kept.headers.expires).toBe(made.headers.expires);
  });

  test('Age of an older answer, which the handler passes on, is added to', async () => {
    const site = await ground.open((_req, res) => {
      res.setHeader('Age', '20');
      res.setHeader('Cache-Control', 'max-age=60');
      res.end('page');
    });
    stopClocks();
    expect((await site.ask()).headers.age).toBe('20');
    vi.advanceTimersByTime(10_000);
    expect((await site.ask()).headers.age).toBe('30');
  });

  test('what is of one connection is not kept', async () => {
    const site = await ground.open((_req, res) => {
      res.setHeader('Connection', 'close, X-Hop');
      for (const name of [
        'X-Hop',
        'Keep-Alive',
        'Proxy-Authenticate',
        'Proxy-Connection',
        'TE',
        'Upgrade',
        'X-Kept',
      ]) {
        res.setHeader(name, 'value');
      }
      res.end('page');
    });
    const made = await site.ask();
    expect(made.headers).toMatchObject({ connection: 'close, X-Hop', 'x-hop': 'value' });
    const kept = await site.ask();
    expect(site.calls()).toBe(1);
    expect(kept.headers['x-kept']).toBe('value');
    for (const name of ['x-hop', 'proxy-authenticate', 'proxy-connection', 'te', 'upgrade']) {
      expect(kept.headers[name]).toBeUndefined();
    }
    expect(kept.headers.connection).not.toContain('X-Hop');
  });

  test('Transfer-Encoding is not kept', async () => {
    const site = await ground.open((_req, res) => {
      res.setHeader('Transfer-Encoding', 'chunked');
      res.end('page');
    });
    expect((await site.ask()).headers).toMatchObject({ 'transfer-encoding': 'chunked' });
    const { headers, text } = await site.ask();
    expect(site.calls()).toBe(1);
    expect(text).toBe('page');
    expect(headers['transfer-encoding']).toBeUndefined();
    expect(headers['content-length']).toBe('4');
  });
});

describe('lifetime', () => {
  const inSeconds = (from: number): string => new Date(Date.now() + from * 1000).toUTCString();
  const say = (headers: Record<string, () => string>) => (res: ServerResponse) => {
    for (const [name, value] of Object.entries(headers)) res.setHeader(name, value());
  };

  test.each([
    { said: 'nothing', lives: 600, tells: { 'cache-control': 'max-age=600' } },
    { said: 'nothing', options: { defaultTtl: '2m' }, lives: 120, tells: { 'cache-control': 'max-age=120' } },
    {
      said: 'max-age',
      respond: say({ 'Cache-Control': () => 'max-age=50' }),
      lives: 50,
      tells: { 'cache-control': 'max-age=50' },
    },
    {
      said: 'max-age, beside ttl',
      options: { ttl: 10 },
      respond: say({ 'Cache-Control': () => 'public, max-age=50' }),
      lives: 10,
      tells: { 'cache-control': 'public, max-age=10' },
    },
    {
      said: 'a shorter max-age, beside ttl',
      options: { ttl: '100s' },
      respond: say({ 'Cache-Control': () => 'max-age=50' }),
      lives: 100,
      tells: { 'cache-control': 'max-age=50' },
      expiresIn: 50,
    },
    {
      said: 's-maxage and max-age',
      respond: say({ 'Cache-Control': () => 'max-age=50, s-maxage=70' }),
      lives: 70,
      tells: { 'cache-control': 'max-age=50, s-maxage=70' },
      expiresIn: 50,
    },
    {
      said: 's-maxage, which is not for the client',
      respond: say({ 'Cache-Control': () => 's-maxage=70' }),
      lives: 70,
      tells: { 'cache-control': 's-maxage=70' },
      expiresIn: undefined,
    },
    {
      said: 'Expires',
      respond: say({ Expires: () => inSeconds(40) }),
      lives: 40,
      tells: { 'cache-control': 'max-age=40' },
    },
    {
      said: 'Expires, beside ttl',
      options: { ttl: 10 },
      respond: say({ Expires: () => inSeconds(40) }),
      lives: 10,
      tells: { 'cache-control': 'max-age=10' },
      expiresIn: 40,
    },
    {
      said: 'max-age of an older answer',
      respond: say({ 'Cache-Control': () => 'max-age=50', Age: () => '20' }),
      lives: 30,
      tells: { 'cache-control': 'max-age=50', age: '20' },
    },
    {
      said: 'max-age of an older date',
      respond: say({ 'Cache-Control': () => 'max-age=50', Date: () => inSeconds(-20) }),
      lives: 30,
      tells: { 'cache-control': 'max-age=50' },
    },
  ] as const)('$said: $lives s, and the client is told $tells', async (rule) => {
    stopClocks();
    await using cache = createCache({ backend: 'memory', location: 'lifetime' });
    const options = 'options' in rule ? rule.options : {};
    const handler = (_req: unknown, res: ServerResponse): void => {
      if ('respond' in rule) rule.respond(res);
      res.end('page');
    };
    const site = await openSite(plainFront, cache, handler, options);
    try {
      const start = Date.now() / 1000;
      const made = await site.ask();
      expect(made.headers).toMatchObject(rule.tells);
      const expiresIn = 'expiresIn' in rule ? rule.expiresIn : rule.lives;
      if (expiresIn === undefined) expect(made.headers.expires).toBeUndefined();
      else expect(seconds(made.headers.expires) - start).toBe(expiresIn);
      vi.advanceTimersByTime((rule.lives - 1) * 1000);
      await site.ask();
      expect(site.calls()).toBe(1);
      vi.advanceTimersByTime(2_000);
      await site.ask();
      expect(site.calls()).toBe(2);
    } finally {
      await site.close();
    }
  });

  test('counts from when the head was made, however long the body takes', async () => {
    stopClocks();
    await using cache = createCache({ backend: 'memory', location: 'lifetime' });
    let takes = 8_000;
    const site = await openSite(plainFront, cache, (_req, res) => {
      res.setHeader('Cache-Control', 'max-age=10');
      res.write('pa');
      vi.advanceTimersByTime(takes);
      res.end('ge');
    });
    await site.ask();
    vi.advanceTimersByTime(1_000);
    expect((await site.ask()).headers.age).toBe('9');
    vi.advanceTimersByTime(1_500);
    takes = 11_000;
    // Then it is old when it is whole.
    for (const calls of [2, 3]) {
      expect((await site.ask()).text).toBe('page');
      expect(site.calls()).toBe(calls);
    }
    expect(site.errors).toEqual([]);
    await site.close();
  });

  test('is told with the 304 of a handler as well', async () => {
    await using cache = createCache({ backend: 'dummy' });
    const site = await openSite(plainFront, cache, (_req, res) => {
      res.statusCode = 304;
      res.end();
    });
    const { status, headers } = await site.ask();
    await site.close();
    expect(status).toBe(304);
    expect(headers['cache-control']).toBe('max-age=600');
  });
});
