import { validateHeaderName, validateHeaderValue } from 'node:http';
import { parseCacheControl } from './cache-control.ts';
import type { PageRequest } from './page-request.ts';

/** A header of a page: several values are sent as several lines. */
export type PageHeader = readonly [name: string, value: string | readonly string[]];

/** All of a page but its body. */
export interface PageHead {
  /** When it was made: milliseconds since the epoch. */
  readonly madeAt: number;
  /** The request headers that it varies on: small letters, sorted. */
  readonly varyOn: readonly string[];
  /** What they were, as a digest: it says whom the page is for, and no more of them. */
  readonly variant: string;
  readonly headers: readonly PageHeader[];
}

/** Headers of one connection (RFC 9111, 3.1), or said anew with each response. */
export const NOT_KEPT: ReadonlySet<string> = new Set([
  'age',
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
]);

const LENGTH_BYTES = 4;

/** A response of status 200 that is served again. */
export class Page {
  readonly head: PageHead;
  readonly body: Uint8Array;

  constructor(head: PageHead, body: Uint8Array) {
    this.head = head;
    this.body = body;
  }

  /** Of bytes that `encode` made; `undefined` for any others, and for what is none. */
  static decode(bytes: unknown): Page | undefined {
    if (!(bytes instanceof Uint8Array) || bytes.length < LENGTH_BYTES) return undefined;
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const bodyAt = LENGTH_BYTES + buffer.readUInt32BE();
    if (bodyAt > buffer.length) return undefined;
    const head = parseHead(buffer.toString('utf8', LENGTH_BYTES, bodyAt));
    return head && new Page(head, buffer.subarray(bodyAt));
  }

  /** Length of the head, head as JSON, body. */
  encode(): Buffer {
    const head = Buffer.from(JSON.stringify(this.head));
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32BE(head.length);
    return Buffer.concat([length, head, this.body]);
  }

  /**
   * Whether a request may be answered with this page. Every page that is served has passed here, however
   * it was found: what one request was answered never reaches another that differs in what it varies on.
   */
  isFor(request: PageRequest): boolean {
    const { varyOn, variant } = this.head;
    if (varyOn.length > 0 && request.variant(varyOn) !== variant) return false;
    return request.credentials.every((name) => varyOn.includes(name)) || this.#isPublic;
  }

  /** Whole seconds since it was made. Clocks of several machines may disagree. */
  ageAt(ms: number): number {
    return Math.max(0, Math.floor((ms - this.head.madeAt) / 1000));
  }

  get #isPublic(): boolean {
    const control = this.head.headers.find(([name]) => name === 'cache-control')?.[1];
    return parseCacheControl(control).has('public');
  }
}

/** Whoever can write to the cache may have written it: only what a server can send passes. */
function parseHead(json: string): PageHead | undefined {
  try {
    const { madeAt, varyOn, variant, headers } = JSON.parse(json) as PageHead;
    if (!Number.isFinite(madeAt) || typeof variant !== 'string' || !isTexts(varyOn)) return undefined;
    for (const [name, value] of headers) {
      const lines = typeof value === 'string' ? [value] : value;
      if (!isTexts(lines)) return undefined;
      validateHeaderName(name);
      // Of these, some would say that the next response begins somewhere in this one.
      if (NOT_KEPT.has(name.toLowerCase())) return undefined;
      for (const line of lines) validateHeaderValue(name, line);
    }
    return { madeAt, varyOn, variant, headers };
  } catch {
    return undefined;
  }
}

function isTexts(list: unknown): list is readonly string[] {
  return Array.isArray(list) && list.every((item) => typeof item === 'string');
}
