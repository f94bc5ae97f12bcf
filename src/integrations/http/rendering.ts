/** A page as its handler makes it: sent to the client, and recorded where it may be kept. */
import { createHash } from 'node:crypto';
import { cacheControl, parseCacheControl } from './cache-control.ts';
import type { Exchange } from './exchange.ts';
import { type HeaderValue, headerText } from './header-bag.ts';
import { httpDate } from './http-date.ts';
import { NOT_KEPT, Page, type PageHead, type PageHeader } from './page.ts';
import { answerInstead, becomeBodiless, hideConditions, weakenEtag } from './preconditions.ts';
import { type HeadDecision, type Recorded, ResponseTap } from './response-tap.ts';
import { parseVary, varyOn } from './vary.ts';
import { type Freshness, freshnessOf, type Lifetimes } from './verdict.ts';

/** What became of it. */
export type Outcome =
  /** `ttl` is in seconds; 0 or less where it was old before it was whole. */
  | { readonly kind: 'page'; readonly page: Page; readonly ttl: number }
  /** It may not be kept, or is too long. */
  | { readonly kind: 'unstorable' }
  /** Nothing is known of the page: its client left before the end, or has it already. */
  | { readonly kind: 'unknown' };

export interface RenderOptions extends Lifetimes {
  readonly maxBodyBytes: number;
}

/** Headers that tell a client how long it may keep a page. */
const FRESHNESS = ['cache-control', 'expires'] as const;

export class Rendering {
  readonly #exchange: Exchange;
  readonly #options: RenderOptions;
  #restoreConditions: (() => void) | undefined;
  #made: { readonly head: PageHead; readonly ttl: number; readonly headAt: number } | undefined;
  #isNotModified = false;
  #coding: HeaderValue;
  /** Headers that speak of freshness: as they were, and as the client is told. */
  readonly #told = new Map<string, { readonly before: HeaderValue; readonly now: HeaderValue }>();

  constructor(exchange: Exchange, options: RenderOptions) {
    this.#exchange = exchange;
    this.#options = options;
  }

  /**
   * Lets the handler answer, and resolves when its answer is whole, or can no longer be kept.
   *
   * @param hides whether the request's conditions are hidden from the handler, so that it makes the page.
   */
  async run(hides: boolean): Promise<Outcome> {
    const { req, res } = this.#exchange.front;
    if (hides) this.#restoreConditions = hideConditions(req.headers);
    const tap = new ResponseTap(req, res, {
      maxBytes: this.#options.maxBodyBytes,
      onHead: (body) => this.#onHead(body),
      isStillWanted: () => this.#isStillWanted(),
    });
    this.#exchange.handOver();
    return this.#outcomeOf(await tap.recorded);
  }

  #onHead(body: Buffer | undefined): HeadDecision {
    const { request, front } = this.#exchange;
    const { res } = front;
    const now = Date.now();
    this.#restoreConditions?.();
    this.#isNotModified = res.statusCode === 304;
    const fresh = freshnessOf(res.statusCode, res.getHeaders(), this.#options, now);
    // A handler that sees conditions has pages that may not be kept. Its 304 may say nothing of that.
    const isOfUnkept = this.#isNotModified && this.#restoreConditions === undefined;
    if (fresh !== undefined && !isOfUnkept) this.#tellFreshness(fresh, now);
    if (res.statusCode !== 200) return { record: false, bodiless: false };
    if (fresh !== undefined) {
      const etag = this.#etagFor(body);
      if (etag !== undefined) res.setHeader('ETag', etag);
      this.#made = { head: this.#headAt(now - fresh.age * 1000), ttl: fresh.ttl, headAt: now };
    }
    const isLong = Number(res.getHeader('content-length')) > this.#options.maxBodyBytes;
    const instead = answerInstead(request.headers, res);
    if (instead !== undefined) becomeBodiless(res, instead);
    this.#coding = res.getHeader('content-encoding');
    return { record: fresh !== undefined && !isLong, bodiless: instead !== undefined };
  }

  #isStillWanted(): boolean {
    const { res } = this.#exchange.front;
    const headers = res.getHeaders();
    const told = [...this.#told].filter(([name, { now }]) => headers[name] === now);
    for (const [name, { before }] of told) headers[name] = before as string | undefined;
    if (freshnessOf(200, headers, this.#options, Date.now()) !== undefined) {
      weakenEtag(res, this.#coding);
      return true;
    }
    // Nor may it be said to others that they may keep it.
    for (const [name, { before }] of told) {
      if (before === undefined) res.removeHeader(name);
      else res.setHeader(name, before);
    }
    return false;
  }

  #outcomeOf(recorded: Recorded): Outcome {
    if (this.#isNotModified || recorded.kind === 'torn') return { kind: 'unknown' };
    if (recorded.kind === 'unrecorded' || this.#made === undefined) return { kind: 'unstorable' };
    const { head, headAt } = this.#made;
    // Its body may have taken a while: it was fresh from its head on.
    const ttl = this.#made.ttl - Math.max(0, Math.floor((Date.now() - headAt) / 1000));
    const { body } = recorded;
    const hasEtag = head.headers.some(([name]) => name === 'etag');
    const etag = hasEtag ? undefined : this.#etagFor(body);
    const headers: readonly PageHeader[] =
      etag === undefined ? head.headers : [...head.headers, ['etag', etag]];
    return { kind: 'page', page: new Page({ ...head, headers }, body), ttl };
  }

  #tellFreshness({ age, maxAge }: Freshness, now: number): void {
    const { request, front } = this.#exchange;
    const { res } = front;
    const before = FRESHNESS.map((name) => [name, res.getHeader(name)] as const);
    const control = parseCacheControl(res.getHeader('cache-control'));
    // What a handler makes for somebody is for them alone, unless it says otherwise.
    const isForOne = !control.has('public') && request.credentials.length > 0;
    if (isForOne) varyOn(res, ...request.credentials);
    if (maxAge === undefined) return;
    const isSaid = control.has('max-age') || res.hasHeader('expires');
    // Not every cache on the way heeds Vary.
    cacheControl(res, isForOne && !isSaid ? { maxAge, private: true } : { maxAge });
    if (!res.hasHeader('expires')) res.setHeader('Expires', httpDate(now + (maxAge - age) * 1000));
    for (const [name, value] of before) this.#told.set(name, { before: value, now: res.getHeader(name) });
  }

  /** For a body that is there, and whose handler gave none. */
  #etagFor(body: Buffer | undefined): string | undefined {
    const { request, front } = this.#exchange;
    if (request.method !== 'GET' || body === undefined || body.length === 0) return undefined;
    if (front.res.hasHeader('etag')) return undefined;
    return `"${createHash('sha256').update(body).digest('base64url')}"`;
  }

  #headAt(madeAt: number): PageHead {
    const { request, front, outerHeaders } = this.#exchange;
    const headers = front.res.getHeaders();
    const ofConnection = parseVary(headers.connection).map((name) => name.toLowerCase());
    const varyOn = [...new Set(parseVary(headers.vary).map((name) => name.toLowerCase()))].sort();
    const kept: PageHeader[] = [];
    for (const [name, value] of Object.entries(headers)) {
      if (value === undefined || NOT_KEPT.has(name) || ofConnection.includes(name)) continue;
      // The length of a body is that of the body kept. Only HEAD has none.
      if (name === 'content-length' && request.method === 'GET') continue;
      // Cache-Control is the page's wherever it comes from: by it the page was kept, and says who may have it.
      if (name !== 'cache-control' && outerHeaders.get(name) === headerText(value)) continue;
      kept.push([name, typeof value === 'object' ? value : String(value)]);
    }
    if (headers.date === undefined) kept.push(['date', httpDate(madeAt)]);
    return { madeAt, varyOn, variant: request.variant(varyOn), headers: kept };
  }
}
