/** The decision about a request: answered by the cache, by another's answer, or by its handler. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { LRUCache } from 'lru-cache';
import { diagnose } from '../../diagnostics.ts';
import { Exchange, type Front } from './exchange.ts';
import { type Flight, Flights } from './flights.ts';
import { Page } from './page.ts';
import type { PageRequest } from './page-request.ts';
import { type Found, PageStore, type Variants } from './page-store.ts';
import { type Outcome, Rendering } from './rendering.ts';
import type { ResolvedHttpCacheOptions } from './resolve-http-options.ts';
import { servePage } from './serve-page.ts';

/** What those who wait for a page are told. */
type Landed = Page | 'unstorable' | 'unknown';

interface Look extends Found {
  readonly variants: Variants | undefined;
  /** Of the page. */
  readonly key: string;
  /**
   * Whoever is in it learns from what another is answered. Who says who they are is told from who does not:
   * where the one gets what may not be kept, the other may get a page.
   */
  readonly group: string;
  /** The same for GET, which answers HEAD too. */
  readonly groupOfGet: string;
}

/** Then a request is answered by its handler: what it waits for changes again and again. */
const MOST_LOOKS = 3;
/** Pages that may not be kept are remembered, so that nobody waits for one in vain. */
const UNSTORABLE = { max: 10_000, ttl: 60_000 };
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/** Requests that a cache has in hand: of several on one way, the first does the work. */
const admitted = new WeakSet<IncomingMessage>();

export class PageCache {
  readonly #options: ResolvedHttpCacheOptions;
  readonly #store: PageStore;
  readonly #flights: Flights<Landed>;
  readonly #unstorable = new LRUCache<string, true>(UNSTORABLE);

  constructor(options: ResolvedHttpCacheOptions) {
    this.#options = options;
    this.#store = new PageStore(options.cache, options.keyPrefix);
    this.#flights = new Flights(options.waitMs);
  }

  /** Answers a request, or lets its handler do so. */
  admit(front: Front): void {
    const { req } = front;
    if (admitted.has(req)) {
      front.next();
      return;
    }
    admitted.add(req);
    const exchange = new Exchange(front);
    if (exchange.request.asksForPage && req.httpVersionMajor < 2) {
      void this.#answerOrReport(exchange);
      return;
    }
    if (!SAFE_METHODS.has(exchange.request.method)) this.#forgetAfter(exchange);
    front.next();
  }

  /** RFC 9111, 4.4: what changes something makes its URL's pages old, unless it failed. */
  #forgetAfter({ request, front: { res } }: Exchange): void {
    const writeHead = res.writeHead.bind(res) as (...args: unknown[]) => ServerResponse;
    res.writeHead = ((...args: unknown[]) => {
      writeHead(...args);
      if (res.statusCode < 400) this.#store.forget(request).catch(this.#report);
      return res;
    }) as ServerResponse['writeHead'];
  }

  async #answerOrReport(exchange: Exchange): Promise<void> {
    try {
      await this.#answer(exchange);
    } catch (error) {
      this.#report(error as Error);
      if (!exchange.handedOver) exchange.handOver();
    }
  }

  async #answer(exchange: Exchange): Promise<void> {
    const { request } = exchange;
    for (let looks = 1; ; looks++) {
      const { ends } = this.#flights;
      const look = await this.#look(request);
      if (exchange.abandoned) return;
      if (look.page !== undefined) return servePage(exchange, look.page);
      if (request.forbidsStoring) return exchange.handOver();
      if (looks > MOST_LOOKS || this.#unstorable.has(look.group)) return this.#makeAndKeep(exchange, look);
      const flight = this.#flights.join(look.group) ?? this.#flights.join(look.groupOfGet);
      if (flight === undefined) {
        if (this.#hasEndedSince(ends, look)) continue;
        return this.#lead(exchange, look);
      }
      const landed = await flight.landed;
      if (exchange.abandoned) return;
      if (landed instanceof Page && landed.isFor(request)) return servePage(exchange, landed);
      if (landed === undefined || landed === 'unstorable') return this.#makeAndKeep(exchange, look);
      // A page of another variant, or none: what was learnt of it is in the store then.
      await flight.ended;
    }
  }

  #hasEndedSince(ends: number, { group, groupOfGet }: Look): boolean {
    return this.#flights.hasEndedSince(ends, group) || this.#flights.hasEndedSince(ends, groupOfGet);
  }

  async #look(request: PageRequest): Promise<Look> {
    const variants = await this.#store.variants(request);
    const keyOf = (method: string): string =>
      variants === undefined ? `${method} ${request.url}` : this.#store.pageKey(request, variants, method);
    const groupOf = (key: string): string => [key, ...request.credentials].join(' ');
    const key = keyOf(request.method);
    const found =
      variants === undefined
        ? { page: undefined, isTaken: false }
        : await this.#store.find(request, variants);
    const groupOfGet = groupOf(request.method === 'GET' ? key : keyOf('GET'));
    return { variants, key, group: groupOf(key), groupOfGet, ...found };
  }

  /** Makes the page for all who ask for it meanwhile. */
  async #lead(exchange: Exchange, look: Look): Promise<void> {
    const flight = this.#flights.start(look.group);
    try {
      // getOrSet would give what is stored, though it is of no use.
      if (look.variants === undefined || look.isTaken) await this.#makeAndKeep(exchange, look, flight);
      else await this.#getOrMake(exchange, look, look.variants, flight);
    } finally {
      flight.end();
    }
  }

  /** By `getOrSet`, which decides between processes who makes the page. */
  async #getOrMake(
    exchange: Exchange,
    look: Look,
    variants: Variants,
    flight: Flight<Landed>,
  ): Promise<void> {
    const { cache, defaultTtl, ttl = defaultTtl, waitMs } = this.#options;
    const { request } = exchange;
    const signal = AbortSignal.timeout(waitMs);
    const factory = async (): Promise<Uint8Array | undefined> => {
      if (exchange.handedOver || exchange.abandoned) return undefined;
      const outcome = await this.#make(exchange, look, flight);
      const isExpected =
        outcome.kind === 'page' && outcome.ttl === ttl && this.#store.covers(variants, outcome.page);
      if (!isExpected) {
        await this.#keep(request, look, outcome);
        return undefined;
      }
      const isFound = await this.#store.renew(request, variants, ttl).catch(this.#report);
      return isFound ? outcome.page.encode() : undefined;
    };
    try {
      const page = Page.decode(await cache.getOrSet(look.key, factory, { ttl, signal }));
      if (!exchange.handedOver && !exchange.abandoned && page?.isFor(request)) {
        flight.land(page);
        servePage(exchange, page);
        return;
      }
    } catch (error) {
      // Having waited long enough is no failure.
      if (error !== signal.reason) this.#report(error as Error);
    }
    if (exchange.handedOver) return;
    if (exchange.abandoned) flight.land('unknown');
    else await this.#makeAndKeep(exchange, look, flight);
  }

  async #makeAndKeep(exchange: Exchange, look: Look, flight?: Flight<Landed>): Promise<void> {
    await this.#keep(exchange.request, look, await this.#make(exchange, look, flight));
  }

  async #keep(request: PageRequest, { variants }: Look, outcome: Outcome): Promise<void> {
    if (outcome.kind !== 'page' || outcome.ttl <= 0) return;
    await this.#store.keep(request, variants, outcome.page, outcome.ttl).catch(this.#report);
  }

  /** Has the handler make the page, and tells those who wait. */
  async #make(exchange: Exchange, { group }: Look, flight?: Flight<Landed>): Promise<Outcome> {
    // Of a page that may not be kept, the handler knows best whether the client has it already.
    const hidesConditions = !this.#unstorable.has(group);
    const outcome = await new Rendering(exchange, this.#options).run(hidesConditions);
    if (outcome.kind === 'page') this.#unstorable.delete(group);
    // An error of the server says nothing of the page that it stands in for.
    else if (outcome.kind === 'unstorable' && exchange.front.res.statusCode < 500) {
      this.#unstorable.set(group, true);
    }
    flight?.land(outcome.kind === 'page' ? outcome.page : outcome.kind);
    return outcome;
  }

  /** No call of a user's waits for what failed here: an event tells. */
  readonly #report = (error: Error): void => {
    const { cache } = this.#options;
    diagnose('httpCache', error);
    if (cache.listenerCount('error') > 0) cache.emit('error', error);
  };
}
