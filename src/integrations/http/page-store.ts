import { randomUUID } from 'node:crypto';
import type { Cache } from '../../cache/cache.ts';
import { Page } from './page.ts';
import { digest, type PageRequest } from './page-request.ts';

/** What the pages of one URL are told apart by. */
export interface Variants {
  /** The request headers that a page of this URL has named in its Vary: small letters, sorted. */
  readonly names: readonly string[];
  /** Part of their keys: with another one, none of the pages is found any more. */
  readonly generation: string;
}

/** What was found under the keys of a request. */
export interface Found {
  /** For this request. */
  readonly page: Page | undefined;
  /** Whether there is something under its own key: perhaps not for this request, or no page. */
  readonly isTaken: boolean;
}

/** How long, at least, a URL's variants are kept: so that what is being made meanwhile finds them changed. */
const VARIANTS_TTL = 3600;

/**
 * Pages in a cache, in two steps, as their Vary is known only once they are made: the variants of a URL under
 * one key, each page under another, which the variants are part of.
 */
export class PageStore {
  readonly #cache: Cache;
  readonly #keyPrefix: string;

  constructor(cache: Cache, keyPrefix: string) {
    this.#cache = cache;
    this.#keyPrefix = keyPrefix;
  }

  async variants({ url }: PageRequest): Promise<Variants | undefined> {
    const stored = await this.#cache.get<Partial<Variants>>(variantsKey(this.#keyPrefix, url));
    const { names, generation } = stored ?? {};
    return Array.isArray(names) && typeof generation === 'string' ? { names, generation } : undefined;
  }

  /** Under which the page of a request is kept. */
  pageKey(request: PageRequest, { names, generation }: Variants, method: string = request.method): string {
    const page = digest([request.url, generation, names, request.variant(names)]);
    return `${this.#keyPrefix}:${method}:${page}`;
  }

  /** The page for a request. What answers GET answers HEAD. */
  async find(request: PageRequest, variants: Variants): Promise<Found> {
    const own = this.pageKey(request, variants);
    const keys = request.method === 'HEAD' ? [this.pageKey(request, variants, 'GET'), own] : [own];
    const stored = await this.#cache.getMany(keys);
    const pages = keys.map((key) => Page.decode(stored.get(key)));
    return { page: pages.find((page) => page?.isFor(request)), isTaken: stored.has(own) };
  }

  /** Whether a page is told from the others of its URL by what they are told apart by already. */
  covers({ names }: Variants, page: Page): boolean {
    return page.head.varyOn.every((name) => names.includes(name));
  }

  /**
   * Keeps a page where it is found, unless others have come between, so that it may be old.
   *
   * @param variants as they were before the page was made.
   * @param ttl of the page, in seconds.
   */
  async keep(request: PageRequest, variants: Variants | undefined, page: Page, ttl: number): Promise<void> {
    if (variants !== undefined && this.covers(variants, page)) {
      if (await this.renew(request, variants, ttl)) await this.#put(request, variants, page, ttl);
      return;
    }
    const names = [...new Set([...(variants?.names ?? []), ...page.head.varyOn])].sort();
    const added: Variants = { names, generation: randomUUID() };
    // First the page: whoever finds the variants finds it.
    await this.#put(request, added, page, ttl);
    const key = variantsKey(this.#keyPrefix, request.url);
    if (variants === undefined) {
      await this.#cache.add(key, added, { ttl: variantsTtl(ttl) });
      return;
    }
    const current = await this.variants(request);
    if (current !== undefined && current.generation !== variants.generation) return;
    await this.#cache.set(key, added, { ttl: variantsTtl(ttl) });
  }

  /** Has variants stay as long as a page that is about to be kept; `false` where others have come between. */
  async renew({ url }: PageRequest, variants: Variants, ttl: number): Promise<boolean> {
    const key = variantsKey(this.#keyPrefix, url);
    const options = { ttl: variantsTtl(ttl) };
    return (await this.#cache.touch(key, options.ttl)) || (await this.#cache.add(key, variants, options));
  }

  async #put(request: PageRequest, variants: Variants, page: Page, ttl: number): Promise<void> {
    await this.#cache.set(this.pageKey(request, variants), page.encode(), { ttl });
  }

  /** Nothing that was kept of a URL is found any more, nor what is being made now. */
  async forget({ url }: PageRequest): Promise<void> {
    const fresh: Variants = { names: [], generation: randomUUID() };
    await this.#cache.set(variantsKey(this.#keyPrefix, url), fresh, { ttl: VARIANTS_TTL });
  }
}

function variantsTtl(pageTtl: number): number {
  return Math.max(pageTtl, VARIANTS_TTL);
}

/** The longest of the keys. */
export function variantsKey(keyPrefix: string, url: string): string {
  return `${keyPrefix}:vary:${url}`;
}
