import {
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
  validateHeaderName,
  validateHeaderValue,
} from 'node:http';
import { haveLastWord } from './last-word.ts';

/** What is to become of a response, said when its head is about to go. */
export interface HeadDecision {
  /** Whether its body is to be recorded. */
  readonly record: boolean;
  /** Whether the head has become one without a body: what the handler writes goes nowhere. */
  readonly bodiless: boolean;
}

/** A whole body; or none, because it was not wanted or too long; or none, because the response broke off. */
export type Recorded =
  | { readonly kind: 'whole'; readonly body: Buffer }
  | { readonly kind: 'unrecorded' }
  | { readonly kind: 'torn' };

export interface TapOptions {
  /** A longer body is let through without being held. */
  readonly maxBytes: number;
  /**
   * Called before the head is sent, when all headers are in the response and can still be changed.
   *
   * @param body where it is known already, as with a single `end(body)`, and not longer than `maxBytes`.
   */
  onHead(body: Buffer | undefined): HeadDecision;
  /**
   * Called when those who were before the cache have put in what they put in last, and the head can still be
   * changed: whether the body is still to be recorded.
   */
  isStillWanted(): boolean;
}

type HeadersArgument = OutgoingHttpHeaders | readonly unknown[] | undefined;
type WriteHeadArguments = [status: number, reason?: string | HeadersArgument, headers?: HeadersArgument];
type WriteArguments = [chunk?: unknown, encoding?: unknown, callback?: unknown];

/**
 * Sees a response go by, however it is written: `writeHead`, `write`, `pipe`, `flushHeaders`, `end`. What
 * goes to the client, when, and what `write` says of it, stays as it is. Interim responses (1xx) go another
 * way, and are not seen.
 */
export class ResponseTap {
  /** Settles with the end of the response, or as soon as it is clear that nothing will be recorded. */
  readonly recorded: Promise<Recorded>;
  readonly #res: ServerResponse;
  readonly #options: TapOptions;
  readonly #req: IncomingMessage;
  readonly #hasBody: boolean;
  readonly #original: Pick<ServerResponse, 'writeHead' | 'write' | 'end'>;
  #settle: (recorded: Recorded) => void = () => {};
  #bodiless = false;
  #whole: Buffer | undefined;
  /** Of the body, as the handler says it. */
  #length: number | undefined;
  /** `undefined` once nothing is recorded any more. */
  #chunks: Buffer[] | undefined = [];
  #bytes = 0;
  #ended = false;

  constructor(req: IncomingMessage, res: ServerResponse, options: TapOptions) {
    this.#req = req;
    this.#res = res;
    this.#options = options;
    this.#hasBody = req.method !== 'HEAD';
    this.recorded = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#original = {
      writeHead: res.writeHead.bind(res),
      write: res.write.bind(res),
      end: res.end.bind(res),
    };
    res.writeHead = ((...args: WriteHeadArguments) => this.#writeHead(args)) as ServerResponse['writeHead'];
    res.write = ((...args: WriteArguments) => this.#write(args)) as ServerResponse['write'];
    res.end = ((...args: WriteArguments) => this.#end(args)) as ServerResponse['end'];
    res.once('close', () => this.#settle({ kind: 'torn' }));
  }

  /** Node.js calls it too, when a handler begins to write without it. */
  #writeHead(args: WriteHeadArguments): ServerResponse {
    const res = this.#res;
    if (res.headersSent) return this.#original.writeHead(...(args as [number]));
    const [status, reason, headers] = args;
    const isReason = typeof reason === 'string';
    const message = isReason ? reason : res.statusMessage;
    // What Node.js would refuse only afterwards must leave nothing to the error that then follows.
    if (message !== undefined) validateHeaderValue('status message', message);
    setHeaders(res, headers ?? (isReason ? undefined : reason));
    if (isReason) res.statusMessage = reason;
    res.statusCode = status;
    const length = res.getHeader('content-length');
    this.#length = length === undefined ? undefined : Number(length);
    const { record, bodiless } = this.#options.onHead(this.#whole);
    this.#bodiless = bodiless;
    if (!record) this.#stopRecording();
    let isWanted: boolean | undefined;
    haveLastWord(res, () => {
      isWanted = this.#options.isStillWanted();
    });
    this.#original.writeHead(res.statusCode);
    isWanted ??= this.#options.isStillWanted();
    if (record && !isWanted) this.#stopRecording();
    return res;
  }

  #write(args: WriteArguments): boolean {
    // What comes after the end, and what is no chunk, is for Node.js to refuse, before the head has gone.
    if (this.#ended || !isChunk(args[0])) return this.#original.write(...(args as [string]));
    if (!this.#res.headersSent) this.#res.writeHead(this.#res.statusCode);
    this.#record(args[0], bytesOf(args[0], args[1]));
    if (!this.#bodiless) return this.#original.write(...(args as [string]));
    const [callback] = functionsIn(args);
    if (callback !== undefined) process.nextTick(callback);
    return true;
  }

  #end(args: WriteArguments): ServerResponse {
    const res = this.#res;
    const [chunk] = args;
    const isRefused = chunk && typeof chunk !== 'function' && !isChunk(chunk);
    if (this.#ended || res.writableEnded || isRefused) return this.#original.end(...(args as [string]));
    const bytes = bytesOf(chunk, args[1]);
    if (!res.headersSent && res.statusCode === 200) this.#sendHeadOf(bytes);
    this.#ended = true;
    this.#record(chunk, bytes);
    const outcome = this.#outcome();
    this.#original.end(...((this.#bodiless ? functionsIn(args) : args) as [string]));
    this.#settle(outcome);
    return res;
  }

  /** Node.js would send the head while it ends, and put in the length. Here it is to be decided before. */
  #sendHeadOf(body: Buffer): void {
    const res = this.#res;
    this.#whole = body.length > this.#options.maxBytes ? undefined : body;
    const isSaid = ['content-length', 'transfer-encoding', 'trailer'].some((name) => res.hasHeader(name));
    if (this.#hasBody && !isSaid) res.setHeader('Content-Length', body.length);
    res.writeHead(res.statusCode);
  }

  #record(chunk: unknown, bytes: Buffer): void {
    if (this.#chunks === undefined || !this.#hasBody) return;
    this.#bytes += bytes.length;
    if (this.#bytes > this.#options.maxBytes) this.#stopRecording();
    // A copy: who wrote it may use its memory again.
    else this.#chunks.push(typeof chunk === 'string' ? bytes : Buffer.from(bytes));
  }

  #stopRecording(): void {
    this.#chunks = undefined;
    this.#settle({ kind: 'unrecorded' });
  }

  #outcome(): Recorded {
    // A handler may end a response because its client has gone, with half of it written.
    const isBroken = this.#res.destroyed || this.#req.socket.destroyed;
    const isShort = this.#hasBody && this.#length !== undefined && this.#length !== this.#bytes;
    if (this.#chunks === undefined || isBroken || isShort) return { kind: 'torn' };
    return { kind: 'whole', body: Buffer.concat(this.#chunks) };
  }
}

/** As `writeHead` takes them: an object, or a list in which names and values take turns, or one of pairs. */
function setHeaders(res: ServerResponse, headers: HeadersArgument): void {
  if (headers === undefined || headers === null) return;
  const pairs = Array.isArray(headers) ? pairsOf(headers) : Object.entries(headers);
  for (const [name, value] of pairs) {
    validateHeaderName(name);
    for (const line of [value].flat()) validateHeaderValue(name, line as string);
  }
  for (const [name] of pairs) res.removeHeader(name);
  // A list may name one several times.
  for (const [name, value] of pairs) res.appendHeader(name, value as string);
}

function pairsOf(list: readonly unknown[]): readonly (readonly [name: string, value: unknown])[] {
  if (Array.isArray(list[0])) return list as [string, unknown][];
  const names = list.filter((_, index) => index % 2 === 0) as string[];
  return names.map((name, index) => [name, list[index * 2 + 1]]);
}

function isChunk(chunk: unknown): chunk is string | Uint8Array {
  return typeof chunk === 'string' || chunk instanceof Uint8Array;
}

/** A view where it is bytes; empty where there is no chunk. */
function bytesOf(chunk: unknown, encoding: unknown): Buffer {
  if (typeof chunk === 'string') {
    return Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8');
  }
  if (!(chunk instanceof Uint8Array)) return Buffer.alloc(0);
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}

type Callback = (error?: Error) => void;

function functionsIn(args: readonly unknown[]): Callback[] {
  return args.filter((argument): argument is Callback => typeof argument === 'function');
}
