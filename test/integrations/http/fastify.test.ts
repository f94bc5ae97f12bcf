import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { type FastifyInstance, fastify } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Cache, createCache, InvalidCacheConfigError } from '../../../src/index.ts';
import { fastifyHttpCache, varyOn } from '../../../src/integrations/http/index.ts';
import { type Answer, type Ask, Client } from './client.ts';

let app: FastifyInstance;
let cache: Cache;
let client: Client | undefined;
let calls = 0;

beforeEach(() => {
  app = fastify({ forceCloseConnections: true });
  cache = createCache({ backend: 'memory', location: 'fastify' });
  calls = 0;
});

afterEach(async () => {
  client?.close();
  client = undefined;
  await app.close();
  await cache.close();
});

async function ask(request: Ask = {}): Promise<Answer> {
  if (client === undefined) {
    await app.listen({ port: 0, host: '127.0.0.1' });
    client = new Client((app.server.address() as AddressInfo).port);
  }
  return client.ask(request);
}

test('text, JSON, bytes, streams and what a handler returns', async () => {
  await app.register(fastifyHttpCache, { cache });
  app.get('/text', (_request, reply) => void reply.type('text/plain').send(`text ${++calls}`));
  app.get('/json', async () => ({ calls: ++calls }));
  app.get('/bytes', (_request, reply) => void reply.send(Buffer.from(`bytes ${++calls}`)));
  app.get('/stream', (_request, reply) => void reply.send(Readable.from(['str', 'eam ', String(++calls)])));
  for (const [path, text] of [
    ['/text', 'text 1'],
    ['/json', '{"calls":2}'],
    ['/bytes', 'bytes 3'],
    ['/stream', 'stream 4'],
  ] as const) {
    const made = await ask({ path });
    const kept = await ask({ path });
    expect([made.text, kept.text]).toEqual([text, text]);
    expect(kept.headers['content-type']).toBe(made.headers['content-type']);
    expect(kept.headers.age).toMatch(/^\d+$/);
    const head = await ask({ path, method: 'HEAD' });
    expect(head.headers).toEqual({ ...kept.headers, age: expect.stringMatching(/^\d+$/) });
    const { etag } = kept.headers;
    expect((await ask({ path, headers: { 'If-None-Match': String(etag) } })).status).toBe(304);
  }
  expect(calls).toBe(4);
});

test('hooks before it run for every request, hooks after it for those that it does not answer', async () => {
  const ran: string[] = [];
  app.addHook('onRequest', async (request, reply) => {
    ran.push('before');
    reply.header('X-Request', request.id).header('X-Both', 'outer');
  });
  await app.register(fastifyHttpCache, { cache });
  app.addHook('onRequest', async () => void ran.push('after'));
  app.addHook('onSend', async (_request, reply) => {
    ran.push('onSend');
    reply.header('X-Sent', 'yes').header('X-Both', 'inner');
  });
  app.addHook('onResponse', async () => void ran.push('onResponse'));
  app.get('/', async () => `page ${++calls}`);
  const made = await ask();
  await expect.poll(() => ran.at(-1), { interval: 5, timeout: 15_000 }).toBe('onResponse');
  expect(ran.splice(0)).toEqual(['before', 'after', 'onSend', 'onResponse']);
  const kept = await ask();
  await expect.poll(() => ran.at(-1), { interval: 5, timeout: 15_000 }).toBe('onResponse');
  expect(ran).toEqual(['before', 'onResponse']);
  expect(kept.text).toBe('page 1');
  expect(kept.headers).toMatchObject({ 'x-sent': 'yes', 'x-both': 'inner' });
  expect(kept.headers['x-request']).toBeDefined();
  expect(kept.headers['x-request']).not.toBe(made.headers['x-request']);
});

test('is for the scope that it is registered in', async () => {
  await app.register(async (scope) => {
    await scope.register(fastifyHttpCache, { cache });
    scope.get('/inside', async () => `inside ${++calls}`);
  });
  app.get('/outside', async () => `outside ${++calls}`);
  const texts: string[] = [];
  for (const path of ['/inside', '/outside', '/inside', '/outside']) texts.push((await ask({ path })).text);
  expect(texts).toEqual(['inside 1', 'outside 2', 'inside 1', 'outside 3']);
});

test('Vary and Cache-Control of a reply, and varyOn on what is below it', async () => {
  await app.register(fastifyHttpCache, { cache });
  app.get('/reply', async (request, reply) => {
    reply.header('Vary', 'Accept-Language').header('Cache-Control', 'max-age=30');
    return `${request.headers['accept-language']} ${++calls}`;
  });
  app.get('/raw', async (request, reply) => {
    varyOn(reply.raw, 'Accept-Language');
    return `${request.headers['accept-language']} ${++calls}`;
  });
  app.get('/private', async (_request, reply) => {
    reply.header('Cache-Control', 'private');
    return `private ${++calls}`;
  });
  const texts: string[] = [];
  for (const path of ['/reply', '/raw', '/private']) {
    for (const language of ['en', 'de', 'en']) {
      texts.push((await ask({ path, headers: { 'Accept-Language': language } })).text);
    }
  }
  expect(texts).toEqual([
    'en 1',
    'de 2',
    'en 1',
    'en 3',
    'de 4',
    'en 3',
    'private 5',
    'private 6',
    'private 7',
  ]);
});

test('an error of the handler, and a route that is not there, are not kept', async () => {
  await app.register(fastifyHttpCache, { cache });
  app.get('/', async () => {
    calls++;
    throw new Error('broken');
  });
  for (let round = 0; round < 2; round++) {
    expect((await ask()).status).toBe(500);
    expect((await ask({ path: '/missing' })).status).toBe(404);
  }
  expect(calls).toBe(2);
});

test('what changes a URL makes its page old', async () => {
  await app.register(fastifyHttpCache, { cache });
  app.get('/', async () => `page ${++calls}`);
  app.post('/', async () => ({ done: true }));
  await ask();
  await ask({ method: 'POST' });
  expect((await ask()).text).toBe('page 2');
});

test('behind a proxy that is trusted, by the address that its client asked for', async () => {
  await app.close();
  app = fastify({ forceCloseConnections: true, trustProxy: true });
  await app.register(fastifyHttpCache, { cache });
  app.get('/', async ({ protocol, hostname }) => `${protocol}://${hostname} ${++calls}`);
  const texts: string[] = [];
  for (const host of ['a.example', 'b.example', 'a.example']) {
    const headers = { Host: 'inner', 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': host };
    texts.push((await ask({ headers })).text);
  }
  expect(texts).toEqual(['https://a.example 1', 'https://b.example 2', 'https://a.example 1']);
});

test('and by its port', async () => {
  await app.close();
  app = fastify({ forceCloseConnections: true, trustProxy: true });
  await app.register(fastifyHttpCache, { cache });
  app.get('/', async ({ host }) => host);
  for (const host of ['a.example:8080', 'a.example:9090', 'a.example']) {
    expect((await ask({ headers: { Host: 'a.example', 'X-Forwarded-Host': host } })).text).toBe(host);
  }
});

test('a request that is injected is answered as one that comes by a socket', async () => {
  await app.register(fastifyHttpCache, { cache });
  app.get('/', async () => `page ${++calls}`);
  app.post('/', async () => 'done');
  for (const [method, text] of [
    ['GET', 'page 1'],
    ['GET', 'page 1'],
    ['HEAD', ''],
    ['POST', 'done'],
    ['GET', 'page 2'],
  ] as const) {
    expect((await app.inject({ method, url: '/' })).payload).toBe(text);
  }
});

test('an option that cannot be right fails the start', async () => {
  const registering = async (): Promise<unknown> => app.register(fastifyHttpCache, { cache, ttl: 0 });
  await expect(registering()).rejects.toBeInstanceOf(InvalidCacheConfigError);
});
