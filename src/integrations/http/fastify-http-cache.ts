import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HeaderValue } from './header-bag.ts';
import type { HttpCacheOptions } from './http-cache-options.ts';
import { PageCache } from './page-cache.ts';
import type { SeenRequest } from './page-request.ts';
import { resolveHttpOptions } from './resolve-http-options.ts';

/** What is used of Fastify's request. */
export interface FastifyRequestLike extends SeenRequest {
  readonly raw: IncomingMessage;
}

/** What is used of Fastify's reply. */
export interface FastifyReplyLike {
  readonly raw: ServerResponse;
  getHeaders(): Readonly<Record<string, HeaderValue>>;
  hijack(): unknown;
}

/** What is used of a Fastify instance. */
export interface FastifyLike {
  addHook(
    name: 'onRequest',
    hook: (request: FastifyRequestLike, reply: FastifyReplyLike) => Promise<unknown>,
  ): unknown;
}

/**
 * {@link httpCache} as a plugin of Fastify 5. It is for the routes of the instance that it is registered on,
 * from its `onRequest` hook on: hooks that were added before run for every request, and what comes after
 * them is part of the page.
 *
 * @throws InvalidCacheConfigError, from `ready` or `listen`, for an option that cannot be right.
 *
 * @example
 * ```ts
 * const app = fastify();
 * await app.register(fastifyHttpCache, { cache, defaultTtl: '5m' });
 * ```
 */
export async function fastifyHttpCache(instance: FastifyLike, options: HttpCacheOptions): Promise<void> {
  const pages = new PageCache(resolveHttpOptions(options));
  instance.addHook('onRequest', (request, reply) => admit(pages, request, reply));
}

/** Resolves when Fastify may go on; where the cache has answered it then sees that, and does not. */
function admit(pages: PageCache, request: FastifyRequestLike, reply: FastifyReplyLike): Promise<void> {
  const outerHeaders = reply.getHeaders();
  return new Promise((resolve) => {
    pages.admit({
      req: request.raw,
      res: reply.raw,
      seen: request,
      outerHeaders,
      next: resolve,
      take() {
        reply.hijack();
        // Fastify would have sent these.
        for (const [name, value] of Object.entries(outerHeaders)) {
          if (value !== undefined) reply.raw.setHeader(name, value);
        }
        resolve();
      },
    });
  });
}

/** The hook is for the instance itself, not for one that Fastify would make for the plugin. */
Object.assign(fastifyHttpCache, { [Symbol.for('skip-override')]: true });
