import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline, Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, Client } from './client.ts';
import { standOn, subjects } from './subject.ts';

type Handler = (res: ServerResponse, req: IncomingMessage) => unknown;

/** Ways to write a response. Whether it is kept is said where it is not. */
const ways: Readonly<Record<string, Handler | { readonly handler: Handler; readonly kept: false }>> = {
  'end without a body': (res) => res.end(),
  'end with text': (res) => res.end('Grüße'),
  'end with text in another encoding': (res) => res.end('R3LDvMOfZQ==', 'base64'),
  'end with bytes': (res) => res.end(Buffer.from([0, 255, 10, 13])),
  'end with a Uint8Array on part of a buffer': (res) =>
    res.end(new Uint8Array(Uint8Array.from([1, 2, 3, 4]).buffer, 1, 2)),
  'end with a length said before': (res) => res.setHeader('Content-Length', 4).end('page'),
  'write and end': (res) => {
    res.write('Gr');
    res.write(Buffer.from('üß'));
    res.end('e');
  },
  'write in other encodings': (res) => {
    res.write('4772', 'hex');
    res.write('\xfc', 'latin1', () => {});
    res.end('\xdf', 'latin1');
  },
  'write and an end without a chunk': (res) => {
    res.write('page');
    res.end();
  },
  'write after a while': async (res) => {
    res.write('pa');
    await new Promise((resolve) => setImmediate(resolve));
    res.write('ge');
    await new Promise((resolve) => setImmediate(resolve));
    res.end();
  },
  'empty writes': (res) => {
    res.write('');
    res.write(Buffer.alloc(0));
    res.end('');
  },
  'writeHead with an object': (res) =>
    res.writeHead(200, { 'Content-Type': 'text/plain', 'X-Number': 1, 'X-Many': ['a', 'b'] }).end('page'),
  'writeHead with a reason': (res) => res.writeHead(200, 'Fine', { 'X-A': 'a' }).end('page'),
  'writeHead with a reason alone': (res) => res.writeHead(200, 'Fine').end('page'),
  'writeHead with a status alone': (res) => res.writeHead(200).end('page'),
  'writeHead with a list': (res) =>
    res.writeHead(200, ['X-A', 'a', 'Link', '<a>', 'Link', '<b>']).end('page'),
  'writeHead with a list of several values': (res) =>
    res.writeHead(200, ['X-A', 'a', 'Link', ['<a>', '<b>']]).end('page'),
  'writeHead with pairs': (res) =>
    res
      .writeHead(200, [
        ['X-A', 'a'],
        ['Link', '<a>'],
        ['Link', '<b>'],
      ] as never)
      .end('page'),
  'writeHead over headers that are set': (res) => {
    res.setHeader('X-A', 'set').setHeader('X-B', 'set');
    res.writeHead(200, { 'X-A': 'written' }).end('page');
  },
  'writeHead with a length': (res) => {
    res.writeHead(200, { 'Content-Length': 4 });
    res.write('pa');
    res.end('ge');
  },
  'setHeader with several values, and appendHeader': (res) => {
    res.setHeader('Link', ['<a>', '<b>']).appendHeader('Link', '<c>').appendHeader('X-A', 'a');
    res.end('page');
  },
  'a header that is removed': (res) => {
    res.setHeader('X-A', 'a').removeHeader('X-A');
    res.end('page');
  },
  flushHeaders: async (res) => {
    res.setHeader('X-A', 'a').flushHeaders();
    await new Promise((resolve) => setImmediate(resolve));
    res.end('page');
  },
  'pipe of small pieces': (res) => Readable.from(['a', 'b', Buffer.from('c')]).pipe(res),
  'pipe of large pieces': (res) =>
    Readable.from(Array.from({ length: 30 }, (_, index) => Buffer.alloc(20_000, index))).pipe(res),
  pipeline: (res) => pipeline(Readable.from(['a', 'b', 'c']), res, () => {}),
  'one memory used again for each piece': async (res) => {
    const memory = Buffer.alloc(3);
    for (const piece of ['abc', 'def', 'ghi']) {
      memory.write(piece);
      await new Promise<unknown>((resolve) => res.write(memory, resolve));
    }
    res.end();
  },
  'cork and uncork': (res) => {
    res.cork();
    res.write('pa');
    res.write('ge');
    res.uncork();
    res.end();
  },
  'interim responses': (res) => {
    res.writeProcessing();
    res.writeEarlyHints({ link: '</a.css>; rel=preload' });
    res.setHeader('X-A', 'a').end('page');
  },
  'trailers that are not announced': (res) => {
    res.write('page');
    res.addTrailers({ 'X-Sum': '1' });
    res.end();
  },
  'trailers that are': {
    kept: false,
    handler: (res) => {
      res.setHeader('Trailer', 'X-Sum');
      res.addTrailers({ 'X-Sum': '1' });
      res.end('page');
    },
  },
  'an error': {
    kept: false,
    handler: (res) => res.writeHead(404, 'Gone astray', { 'X-A': 'a' }).end('none'),
  },
  'an error without a body': { kept: false, handler: (res) => Object.assign(res, { statusCode: 500 }).end() },
  'no content': { kept: false, handler: (res) => res.writeHead(204).end() },
  'a header that Node.js refuses, and then an error': {
    kept: false,
    handler: (res) => {
      expect(() => res.writeHead(200, 'two\nlines', { 'X-A': 'a' })).toThrow(/Invalid character/);
      expect(() => res.setHeader('X-B', 'two\nlines')).toThrow(/Invalid character/);
      expect(() => res.writeHead(200, { 'X-B': 'two\nlines' })).toThrow(/Invalid character/);
      expect(res.headersSent).toBe(false);
      res.writeHead(500, 'Broken').end('broken');
    },
  },
  'a second writeHead, which Node.js refuses': (res) => {
    res.writeHead(200, { 'X-A': 'a' });
    expect(res.headersSent).toBe(true);
    expect(() => res.writeHead(404)).toThrow(/headers/);
    expect(() => res.setHeader('X-B', 'b')).toThrow(/headers/);
    res.end('page');
  },
  'a write after the end, which Node.js refuses': (res) => {
    res.on('error', () => {});
    res.end('page');
    res.write('more');
    res.end('more');
    res.end();
  },
};

/** What may differ between a server with the cache and one without it. */
const ADDED = ['age', 'cache-control', 'connection', 'date', 'etag', 'expires', 'keep-alive'];

function same(answer: Answer, ignored: readonly string[]): unknown {
  const headers = Object.entries(answer.headers).filter(([name]) => ![...ADDED, ...ignored].includes(name));
  const { status, statusMessage, interim } = answer;
  return {
    status,
    statusMessage,
    interim,
    headers: Object.fromEntries(headers),
    body: answer.body.toString('latin1'),
  };
}

/** The same handlers without a cache: what Node.js itself does. */
const bare = createServer((req, res) => {
  const way = ways[decodeURIComponent(req.url?.slice(1) ?? '')];
  return void (typeof way === 'function' ? way(res, req) : way?.handler(res, req));
});
let withoutCache: Client;

beforeAll(async () => {
  await new Promise<void>((resolve) => bare.listen(0, '127.0.0.1', resolve));
  withoutCache = new Client((bare.address() as AddressInfo).port);
});

afterAll(() => {
  withoutCache.close();
  bare.close();
});

describe.each(subjects)('$name', (subject) => {
  const ground = standOn(subject);

  test.each(Object.entries(ways))('%s', async (name, way) => {
    const [handler, kept] = typeof way === 'function' ? [way, true] : [way.handler, way.kept];
    const site = await ground.open((req, res) => handler(res, req));
    const expected = await withoutCache.ask({ path: `/${encodeURIComponent(name)}` });
    const made = await site.ask();
    expect(same(made, [])).toEqual(same(expected, []));
    const again = await site.ask();
    expect(site.calls()).toBe(kept ? 1 : 2);
    if (kept) {
      // Made in pieces, it is kept as a whole, with the reason that status 200 has.
      const whole = { ...expected, statusMessage: 'OK', interim: [] };
      const framing = ['content-length', 'transfer-encoding'];
      expect(same(again, framing)).toEqual(same(whole, framing));
      expect(again.headers['content-length']).toBe(String(again.body.length));
    } else expect(same(again, [])).toEqual(same(expected, []));
    expect(site.errors).toEqual([]);
  });

  test('callbacks of write and end are called, and finish and close come', async () => {
    const heard: string[] = [];
    const site = await ground.open((_req, res) => {
      res.on('finish', () => heard.push('finish')).on('close', () => heard.push('close'));
      res.write('a', () => heard.push('write'));
      res.write('b', 'utf8', () => heard.push('encoded write'));
      expect(res.end('c', () => heard.push('end'))).toBe(res);
    });
    await site.ask();
    await expect.poll(() => heard.length, { interval: 5, timeout: 15_000 }).toBe(5);
    expect(heard.toSorted()).toEqual(['close', 'encoded write', 'end', 'finish', 'write']);
  });

  test('they are where the client is told 304 instead, too', async () => {
    const heard: unknown[] = [];
    const site = await ground.open((_req, res) => {
      res.setHeader('ETag', '"a"');
      heard.push(res.write('a', () => heard.push('write')));
      res.end('b', 'utf8', () => heard.push('end'));
    });
    const { status } = await site.ask({ headers: { 'If-None-Match': '"a"' } });
    expect(status).toBe(304);
    await expect.poll(() => heard.length, { interval: 5, timeout: 15_000 }).toBe(3);
    expect(heard).toEqual([true, 'write', 'end']);
    expect((await site.ask()).text).toBe('ab');
    expect(site.calls()).toBe(1);
  });
});
