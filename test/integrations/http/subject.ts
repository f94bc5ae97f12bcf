/** What the tests of the HTTP cache run against: a framework, and a store. */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import express5 from 'express';
import express4 from 'express4';
import { fastify } from 'fastify';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { type Cache, type CacheConfig, createCache } from '../../../src/index.ts';
import { fastifyHttpCache, type HttpCacheOptions, httpCache } from '../../../src/integrations/http/index.ts';
import { startMemcached } from '../../../src/testing/cluster/memcached-process.ts';
import { type Answer, type Ask, Client } from './client.ts';

export type Handler = (req: IncomingMessage, res: ServerResponse) => unknown;

/** A server that has the cache before its handler. */
interface Front {
  readonly name: string;
  listen(options: HttpCacheOptions, handler: Handler): Promise<{ port: number; close(): Promise<void> }>;
}

async function listenOn(listener: RequestListener): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const plain: Front = {
  name: 'node:http',
  listen(options, handler) {
    const pages = httpCache(options);
    return listenOn((req, res) => pages(req, res, () => handler(req, res)));
  },
};

function express(name: string, make: typeof express5): Front {
  return {
    name,
    listen(options, handler) {
      const app = make().disable('x-powered-by');
      app.use(httpCache(options));
      app.use((req, res) => {
        handler(req, res);
      });
      return listenOn(app);
    },
  };
}

const onFastify: Front = {
  name: 'Fastify 5',
  async listen(options, handler) {
    const app = fastify({ forceCloseConnections: true });
    await app.register(fastifyHttpCache, options);
    app.all('*', (request, reply) => {
      reply.hijack();
      handler(request.raw, reply.raw);
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    return { port: (app.server.address() as AddressInfo).port, close: () => app.close() };
  },
};

interface Store {
  readonly name: string;
  start(): Promise<{ readonly config: CacheConfig; stop(): Promise<void> }>;
}

const memory: Store = {
  name: 'memory',
  start: async () => ({ config: { backend: 'memory', location: 'http' }, stop: async () => {} }),
};

const memcached: Store = {
  name: 'real memcached',
  async start() {
    const { port, stop } = await startMemcached();
    const config = { backend: 'memcached', location: `127.0.0.1:${port}` } as const;
    return { config: { ...config, options: { requestTimeoutMs: 5_000 } }, stop };
  },
};

export interface Subject {
  readonly name: string;
  readonly front: Front;
  readonly store: Store;
}

const named = (front: Front, store: Store): Subject => ({
  name: `${front.name}, ${store.name}`,
  front,
  store,
});

/** For what has nothing to do with a framework. */
export const stores: readonly Subject[] = [named(plain, memory), named(plain, memcached)];

export const subjects: readonly Subject[] = [
  ...stores,
  named(express('Express 5', express5), memory),
  named(express('Express 4', express4), memory),
  named(onFastify, memory),
];

/** A server of one test, with pages of its own. */
export interface Site {
  readonly cache: Cache;
  readonly port: number;
  /** How often the handler was called. */
  calls(): number;
  /** What the cache told by its `error` event. */
  readonly errors: readonly Error[];
  ask(ask?: Ask): Promise<Answer>;
  close(): Promise<void>;
}

export interface Ground {
  open(handler: Handler, options?: Partial<HttpCacheOptions>): Promise<Site>;
}

let sites = 0;

/** Opens a site on any front; `standOn` does for the tests of a subject. */
export async function openSite(
  front: Front,
  cache: Cache,
  handler: Handler,
  options: Partial<HttpCacheOptions> = {},
): Promise<Site> {
  const errors: Error[] = [];
  const note = (error: Error): void => {
    errors.push(error);
  };
  cache.on('error', note);
  let calls = 0;
  const server = await front.listen({ cache, keyPrefix: `site${sites++}`, ...options }, (req, res) => {
    calls++;
    return handler(req, res);
  });
  const client = new Client(server.port);
  return {
    cache,
    port: server.port,
    errors,
    calls: () => calls,
    ask: (ask = {}) => client.ask(ask),
    async close() {
      client.close();
      await server.close();
      cache.off('error', note);
    },
  };
}

/** Starts the store of a subject before the tests of the enclosing `describe`, and stops it after them. */
export function standOn({ front, store }: Subject): Ground {
  let cache: Cache | undefined;
  let stop: (() => Promise<void>) | undefined;
  let open: Site[] = [];

  beforeAll(async () => {
    const place = await store.start();
    stop = place.stop;
    cache = createCache(place.config);
  });
  afterEach(async () => {
    const closing = open;
    open = [];
    await Promise.all(closing.map((site) => site.close()));
  });
  afterAll(async () => {
    await cache?.close();
    await stop?.();
  });

  return {
    async open(handler, options) {
      if (cache === undefined) throw new Error('The store does not run');
      const site = await openSite(front, cache, handler, options);
      open.push(site);
      return site;
    },
  };
}

/** The first subject's: for what is the same on each. */
export const plainFront: Front = plain;
