import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpCacheOptions } from './http-cache-options.ts';
import { PageCache } from './page-cache.ts';
import type { SeenRequest } from './page-request.ts';
import { resolveHttpOptions } from './resolve-http-options.ts';

/** As Node.js servers, Connect and Express take it. */
export type HttpCacheMiddleware = (
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/**
 * A middleware that keeps whole responses by method, URL and Vary, and answers later requests with them. Put
 * it after what decides who may see a page, and before what makes it.
 *
 * Only a GET or HEAD is answered so, and only a response of status 200 is kept, unless its Cache-Control says
 * `private`, `no-cache`, `no-store` or `max-age=0`, its Vary says `*`, or it sets a cookie. Of requests that
 * miss a page at the same time one has it made, and the others are given it. A failure of the cache stops no
 * response: the handler answers, and an `error` event of the cache tells.
 *
 * @throws InvalidCacheConfigError for an option that cannot be right.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 *
 * const pages = httpCache({ cache, defaultTtl: '5m' });
 * createServer((req, res) => pages(req, res, () => handle(req, res))).listen(3000);
 * ```
 */
export function httpCache(options: HttpCacheOptions): HttpCacheMiddleware {
  const pages = new PageCache(resolveHttpOptions(options));
  return (req, res, next) => {
    const seen = req as SeenRequest;
    pages.admit({ req, res, seen, outerHeaders: res.getHeaders(), next, take() {} });
  };
}
