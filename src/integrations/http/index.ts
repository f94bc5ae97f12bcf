export { type CacheControlDirectives, cacheControl, neverCache } from './cache-control.ts';
export {
  type FastifyLike,
  type FastifyReplyLike,
  type FastifyRequestLike,
  fastifyHttpCache,
} from './fastify-http-cache.ts';
export type { HeaderBag, HeaderValue } from './header-bag.ts';
export { type HttpCacheMiddleware, httpCache } from './http-cache.ts';
export type { HttpCacheOptions } from './http-cache-options.ts';
export type { SeenRequest } from './page-request.ts';
export { varyOn } from './vary.ts';
