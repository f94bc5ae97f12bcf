import { createServer as createPlainServer } from 'node:http';
import { connect, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { createCache, InvalidCacheConfigError } from '../../../src/index.ts';
import { type HttpCacheOptions, httpCache } from '../../../src/integrations/http/index.ts';
import { Client } from './client.ts';
import { openSite, plainFront } from './subject.ts';

describe('options', () => {
  const cache = createCache({ backend: 'dummy' });

  test.each<[string, unknown]>([
    ['an object of options', undefined],
    ['an object of options', null],
    ['There is no option maxAge; there is cache, ttl', { cache, maxAge: 1 }],
    ['cache must be a cache', {}],
    ['cache must be a cache', { cache: {} }],
    ['cache must be a cache', { cache: null }],
    ['ttl must be longer than 0', { cache, ttl: 0 }],
    ['ttl must be longer than 0', { cache, ttl: -1 }],
    ['ttl must be seconds or a duration', { cache, ttl: 'soon' }],
    ['ttl must be seconds or a duration', { cache, ttl: null }],
    ['defaultTtl must be longer than 0', { cache, defaultTtl: '0s' }],
    ['defaultTtl must be seconds or a duration', { cache, defaultTtl: Number.NaN }],
    ['keyPrefix must be a string', { cache, keyPrefix: 1 }],
    ['keyPrefix makes no key', { cache, keyPrefix: 'with space' }],
    ['keyPrefix makes no key', { cache, keyPrefix: 'long'.repeat(60) }],
    ['maxBodyBytes must be a whole number from 1', { cache, maxBodyBytes: 0 }],
    ['maxBodyBytes must be a whole number from 1', { cache, maxBodyBytes: 1.5 }],
    ['waitMs must be a whole number from 1', { cache, waitMs: Number.POSITIVE_INFINITY }],
    ['waitMs must be a whole number from 1', { cache, waitMs: 2 ** 31 }],
  ])('that cannot be right are refused: %s', (message, options) => {
    const make = (): unknown => httpCache(options as HttpCacheOptions);
    expect(make).toThrow(InvalidCacheConfigError);
    expect(make).toThrow(message);
  });
});

describe('keyPrefix', () => {
  test('keeps sites apart, and is in every key', async () => {
    await using cache = createCache({ backend: 'memory', location: 'prefix', keyFunction: (key) => key });
    const keys: string[] = [];
    for (const verb of ['get', 'getMany', 'getOrSet', 'add', 'set', 'touch'] as const) {
      const call = cache[verb].bind(cache) as (...args: unknown[]) => never;
      cache[verb] = ((...args: [string | string[], ...unknown[]]) => {
        keys.push(...[args[0]].flat());
        return call(...args);
      }) as never;
    }
    const handler = (who: string) => (_req: unknown, res: { end(text: string): unknown }) =>
      void res.end(who);
    const one = await openSite(plainFront, cache, handler('one'), { keyPrefix: 'one' });
    const two = await openSite(plainFront, cache, handler('two'), { keyPrefix: 'two' });
    const headers = { Host: 'same.example' };
    for (const [site, text] of [
      [one, 'one'],
      [two, 'two'],
      [one, 'one'],
    ] as const) {
      expect((await site.ask({ path: '/path-that-no-key-shows', headers })).text).toBe(text);
    }
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) expect(key).toMatch(/^(?:one|two):(?:vary|GET):[\w-]{43}$/);
    await one.close();
    await two.close();
  });
});

test('a request of HTTP/2 is left to its handler', async () => {
  await using cache = createCache({ backend: 'memory', location: 'http2' });
  const pages = httpCache({ cache });
  let calls = 0;
  const server = createServer((req, res) => {
    const handle = (): void => void res.end(`page ${++calls}`);
    pages(req as never, res as never, handle);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const texts: string[] = [];
  for (let round = 0; round < 2; round++) {
    const stream = session.request({ ':path': '/' });
    let text = '';
    for await (const chunk of stream) text += chunk;
    texts.push(text);
  }
  session.close();
  server.close();
  expect(texts).toEqual(['page 1', 'page 2']);
});

test('what comes by HTTP/2 makes the pages old that HTTP/1.1 is answered with', async () => {
  await using cache = createCache({ backend: 'memory', location: 'http2' });
  const pages = httpCache({ cache });
  const said: string[] = [];
  const server = createServer((req, res) => {
    pages(req as never, res as never, () => {
      said.push(req.method);
      res.statusCode = req.method === 'PUT' ? 400 : 200;
      res.end(req.method);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const ask = async (method: string): Promise<void> => {
    const stream = session.request({ ':method': method, ':path': '/', ':authority': 'Same.example' });
    for await (const chunk of stream) expect(String(chunk)).toBe(method);
  };
  let made = 0;
  const plain = createPlainServer((req, res) => pages(req, res, () => void res.end(`page ${++made}`)));
  await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
  const client = new Client((plain.address() as AddressInfo).port);
  const headers = { Host: 'same.example' };
  const texts: string[] = [];
  for (const method of ['GET', 'PUT', 'POST', 'DELETE']) {
    texts.push((await client.ask({ headers })).text);
    await ask(method);
  }
  texts.push((await client.ask({ headers })).text);
  client.close();
  session.close();
  server.close();
  plain.close();
  expect(said).toEqual(['GET', 'PUT', 'POST', 'DELETE']);
  expect(texts).toEqual(['page 1', 'page 1', 'page 1', 'page 2', 'page 3']);
});
