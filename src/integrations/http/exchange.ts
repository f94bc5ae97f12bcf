import type { IncomingMessage, ServerResponse } from 'node:http';
import { type HeaderValue, headerText } from './header-bag.ts';
import { PageRequest, type SeenRequest } from './page-request.ts';

/** One request as a framework hands it over. */
export interface Front {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly seen: SeenRequest;
  /** What was set before the cache was asked. It is this response's, and not the page's. */
  readonly outerHeaders: Readonly<Record<string, HeaderValue>>;
  /** Lets the handler answer. */
  next(): void;
  /** The cache answers: called before it does. */
  take(): void;
}

/** A request, and the one answer it gets: of its handler or of the cache. */
export class Exchange {
  readonly front: Front;
  readonly request: PageRequest;
  /** By names in small letters; as text, since lists are added to in place. */
  readonly outerHeaders: ReadonlyMap<string, string>;
  #handedOver = false;

  constructor(front: Front) {
    this.front = front;
    this.request = new PageRequest(front.req, front.seen);
    this.outerHeaders = new Map(
      Object.entries(front.outerHeaders).map(([name, value]) => [name, headerText(value)]),
    );
  }

  get handedOver(): boolean {
    return this.#handedOver;
  }

  /** Nobody waits for the answer any more: the client has left, or what came before the cache has answered. */
  get abandoned(): boolean {
    return this.front.res.destroyed || this.front.res.headersSent;
  }

  /** Lets the handler answer. It is called from the event loop: what it throws is its own, as without a cache. */
  handOver(): void {
    this.#handedOver = true;
    process.nextTick(() => this.front.next());
  }
}
