import type { ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { setImmediate as tick } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type Cache, ClosedError, createCache, MemfleetError, ServerError } from '../../../src/index.ts';
import { startServer } from '../../../src/testing/index.ts';
import { type Handler, openSite, plainFront, type Site, standOn, subjects } from './subject.ts';

const sites: Site[] = [];

afterEach(async () => {
  await Promise.all(sites.splice(0).map((site) => site.close()));
});

async function open(cache: Cache, handler: Handler): Promise<Site> {
  const site = await openSite(plainFront, cache, handler);
  sites.push(site);
  return site;
}

async function send(port: number, path = '/'): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
  return socket;
}

describe.each(subjects)('a client that leaves, $name', (subject) => {
  const ground = standOn(subject);

  test.each([
    ['ends all the same', (res: { end(): unknown }) => void res.end()],
    [
      'goes on writing',
      (res: { write(text: string): unknown; end(): unknown }) => {
        res.write('more');
        res.end();
      },
    ],
    ['gives up', (res: { destroy(): unknown }) => void res.destroy()],
  ])('leaves no torn page, where the handler %s', async (_name, finish) => {
    let leaving: Socket | undefined;
    let isOver = false;
    const site = await ground.open(async (_req, res) => {
      res.write('half ');
      if (leaving !== undefined && !isOver) {
        leaving.destroy();
        // At once, as a handler does that hears of it: then nothing else knows yet.
        await new Promise<void>((resolve) =>
          res.req.socket.once('close', () => {
            finish(res);
            isOver = true;
            resolve();
          }),
        );
        return;
      }
      res.end('a page');
    });
    leaving = await send(site.port);
    await expect.poll(() => isOver, { interval: 5, timeout: 15_000 }).toBe(true);
    await tick();
    expect((await site.ask()).text).toBe('half a page');
    expect((await site.ask()).text).toBe('half a page');
    expect(site.calls()).toBe(2);
  });

  test('and a body shorter than its length are not kept', async () => {
    const site = await ground.open((_req, res) => {
      res.setHeader('Content-Length', 10).setHeader('ETag', '"a"');
      res.write('short');
      res.end();
      res.socket?.end();
    });
    // Nor where the client has the page, and is sent no body.
    const headers = { 'If-None-Match': '"a"', Connection: 'close' };
    expect((await site.ask({ headers })).status).toBe(304);
    for (let round = 0; round < 2; round++) await expect(site.ask()).rejects.toThrow();
    expect(site.calls()).toBe(3);
  });

  test('a client that does not read stops the handler from writing', async () => {
    // More than loopback and its sockets hold.
    const total = 64 * 1024 * 1024;
    const chunk = Buffer.alloc(64 * 1024);
    let made = 0;
    let response: ServerResponse | undefined;
    const site = await ground.open((_req, res) => {
      response = res;
      const source = new Readable({
        read() {
          made += chunk.length;
          this.push(made <= total ? chunk : null);
        },
      });
      source.pipe(res);
    });
    const reader = await send(site.port);
    reader.pause();
    let before = -1;
    const isStill = (): boolean => {
      const still = response?.writableNeedDrain === true && made === before;
      before = made;
      return still;
    };
    await expect.poll(isStill, { interval: 50, timeout: 15_000 }).toBe(true);
    expect(made).toBeLessThan(total);
    let got = 0;
    reader.on('data', (data) => {
      got += data.length;
    });
    reader.resume();
    await expect.poll(() => got >= total, { interval: 20, timeout: 15_000 }).toBe(true);
    reader.destroy();
  });
});

describe('a cache that fails', () => {
  const failure = new ServerError('SERVER_ERROR', 'out of memory');

  test('because its server is gone leaves the handler to answer, and tells', async () => {
    const server = await startServer();
    const options = { connectTimeoutMs: 500, requestTimeoutMs: 500 };
    await using cache = createCache({ backend: 'memcached', location: server.endpoint, options });
    const site = await open(cache, (_req, res) => void res.end('page'));
    await site.ask();
    await site.ask();
    expect(site.calls()).toBe(1);
    await server.close();
    const answers = await Promise.all(Array.from({ length: 5 }, () => site.ask()));
    for (const { status, text } of answers) expect([status, text]).toEqual([200, 'page']);
    await site.ask({ method: 'POST' });
    expect(site.errors.length).toBeGreaterThan(0);
    for (const error of site.errors) expect(error).toBeInstanceOf(MemfleetError);
  });

  test.each(['get', 'getMany', 'getOrSet', 'add', 'set', 'touch'] as const)(
    'at %s leaves the handler to answer, and tells',
    async (verb) => {
      await using cache = createCache({ backend: 'memory', location: 'failing' });
      const site = await open(
        cache,
        (req, res) => void res.setHeader('Vary', req.headers['x-vary'] ?? '').end('page'),
      );
      // So that each verb has its turn: the URL becomes known, then varies.
      const round = async (): Promise<void> => {
        for (const headers of [{}, { 'X-Vary': 'X-A', Authorization: 'x' }, { Authorization: 'y' }]) {
          const answers = await Promise.all([site.ask({ headers }), site.ask({ headers })]);
          for (const { status, text } of answers) expect([status, text]).toEqual([200, 'page']);
        }
      };
      const spy = vi.spyOn(cache, verb).mockRejectedValue(failure);
      await round();
      expect(spy).toHaveBeenCalled();
      spy.mockRestore();
      await round();
      vi.spyOn(cache, verb).mockRejectedValue(failure);
      await round();
      expect(site.errors.length).toBeGreaterThan(0);
      for (const error of site.errors) expect(error).toBe(failure);
    },
  );

  test('because it is closed leaves the handler to answer', async () => {
    const cache = createCache({ backend: 'memory', location: 'closed' });
    const site = await open(cache, (_req, res) => void res.end('page'));
    await site.ask();
    await cache.close();
    expect((await site.ask()).text).toBe('page');
    expect(site.errors).toEqual([expect.any(ClosedError)]);
  });

  test('with nobody to hear of it does not crash', async () => {
    await using cache = createCache({ backend: 'memory', location: 'unheard' });
    const site = await open(cache, (_req, res) => void res.end('page'));
    cache.removeAllListeners('error');
    vi.spyOn(cache, 'get').mockRejectedValue(failure);
    expect((await site.ask()).text).toBe('page');
  });

  test('to store a page answers with it, and makes it again', async () => {
    const options = { maxValueBytes: 1000 };
    await using server = await startServer();
    await using cache = createCache({ backend: 'memcached', location: server.endpoint, options });
    const page = 'x'.repeat(2000);
    const site = await open(cache, (_req, res) => void res.end(page));
    for (const calls of [1, 2]) {
      expect((await site.ask()).text).toBe(page);
      expect(site.calls()).toBe(calls);
      // Until then, whoever asks is given the page that is being stored.
      await expect.poll(() => site.errors.length, { interval: 5, timeout: 15_000 }).toBe(calls);
    }
  });

  test('to keep anything, as the dummy, still has a page made once for all who ask together', async () => {
    await using cache = createCache({ backend: 'dummy' });
    let release: () => void = () => {};
    const made = new Promise<void>((resolve) => {
      release = resolve;
    });
    const site = await open(cache, async (_req, res) => {
      await made;
      res.end('page');
    });
    const answers = Promise.all(Array.from({ length: 20 }, () => site.ask()));
    await expect.poll(() => site.calls(), { interval: 5, timeout: 15_000 }).toBe(1);
    for (let ticks = 0; ticks < 50; ticks++) await tick();
    release();
    for (const { text } of await answers) expect(text).toBe('page');
    await site.ask();
    expect(site.calls()).toBe(2);
  });
});

describe('what is stored and no page', () => {
  /** Puts something else in the place of all pages. */
  async function replacePages(cache: Cache, put: (page: Buffer) => unknown): Promise<void> {
    const getMany = cache.getMany.bind(cache);
    vi.spyOn(cache, 'getMany').mockImplementationOnce(async (keys, options) => {
      const list = [...keys];
      for (const [key, page] of await getMany(list, options)) await cache.set(key, put(page as Buffer));
      return getMany(list, options) as never;
    });
  }

  /** The page with another head. */
  const withHead = (change: (head: Record<string, unknown>) => unknown) => (page: Buffer) => {
    const length = page.readUInt32BE();
    const head = change(JSON.parse(page.toString('utf8', 4, 4 + length)));
    const json = Buffer.from(typeof head === 'string' ? head : JSON.stringify(head));
    const size = Buffer.alloc(4);
    size.writeUInt32BE(json.length);
    return Buffer.concat([size, json, page.subarray(4 + length)]);
  };

  test.each([
    ['text', () => 'page'],
    ['null', () => null],
    ['no bytes', () => Buffer.alloc(0)],
    ['too few', (page: Buffer) => page.subarray(0, 3)],
    ['a part', (page: Buffer) => page.subarray(0, 20)],
    ['noise', () => Buffer.from([0, 0, 0, 2, 1, 2, 3])],
    ['a length without end', () => Buffer.from([255, 255, 255, 255, 1])],
    ['a head that is no JSON', withHead(() => '{')],
    ['a head that is null', withHead(() => null)],
    ['a head without its parts', withHead(() => ({}))],
    ['a date that is none', withHead((head) => ({ ...head, madeAt: 'now' }))],
    ['a Vary that is no list', withHead((head) => ({ ...head, varyOn: 'accept' }))],
    ['a variant that is none', withHead((head) => ({ ...head, variant: 1 }))],
    ['headers that are no list', withHead((head) => ({ ...head, headers: 1 }))],
    ['a header that is no pair', withHead((head) => ({ ...head, headers: [1] }))],
    [
      'a header that splits the response',
      withHead((head) => ({ ...head, headers: [['x', 'a\r\nSet-Cookie: b']] })),
    ],
    [
      'a header of one connection',
      withHead((head) => ({ ...head, headers: [['Transfer-Encoding', 'chunked']] })),
    ],
    ['a name that splits it', withHead((head) => ({ ...head, headers: [['x: a\r\ny', 'b']] }))],
    ['a value that is none', withHead((head) => ({ ...head, headers: [['x', 1]] }))],
    ['values that are none', withHead((head) => ({ ...head, headers: [['x', [null]]] }))],
  ])('%s: the handler answers, and the page is kept again', async (_name, put) => {
    await using cache = createCache({ backend: 'memory', location: 'foreign' });
    const site = await open(cache, (_req, res) => void res.end('page'));
    await site.ask();
    await replacePages(cache, put);
    const { status, text, headers } = await site.ask();
    expect([status, text, headers['set-cookie']]).toEqual([200, 'page', undefined]);
    expect(site.calls()).toBe(2);
    expect((await site.ask()).text).toBe('page');
    expect(site.calls()).toBe(2);
    expect(site.errors).toEqual([]);
  });

  test.each([['text'], [{ names: 'x', generation: 'y' }], [{ names: [] }], [null], [7]])(
    'in the place of variants, %j: the handler answers',
    async (foreign) => {
      await using cache = createCache({ backend: 'memory', location: 'foreign' });
      const site = await open(cache, (_req, res) => void res.end('page'));
      await site.ask();
      vi.spyOn(cache, 'get').mockResolvedValue(foreign as never);
      for (let round = 0; round < 2; round++) expect((await site.ask()).text).toBe('page');
    },
  );
});
