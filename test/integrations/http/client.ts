/** A client that sends what it is told, and shows what comes back as it came. */
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { buffer } from 'node:stream/consumers';

export interface Ask {
  readonly method?: string;
  readonly path?: string;
  /** A list of values is sent as several lines. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly statusMessage: string;
  readonly headers: IncomingHttpHeaders;
  /** Names as they were sent. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly text: string;
  /** Statuses and headers of interim responses. */
  readonly interim: readonly number[];
}

export class Client {
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 200 });

  constructor(port: number) {
    this.#port = port;
  }

  async ask({ method = 'GET', path = '/', headers = {}, body }: Ask): Promise<Answer> {
    const interim: number[] = [];
    const req = request({ port: this.#port, host: '127.0.0.1', agent: this.#agent, method, path });
    for (const [name, value] of Object.entries(headers)) req.setHeader(name, value);
    req.on('information', ({ statusCode }) => interim.push(statusCode));
    const res = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
      req.on('response', resolve).on('error', reject).end(body);
    });
    const bytes = await buffer(res);
    return {
      status: res.statusCode ?? 0,
      statusMessage: res.statusMessage ?? '',
      headers: res.headers,
      rawHeaders: res.rawHeaders,
      body: bytes,
      text: bytes.toString(),
      interim,
    };
  }

  close(): void {
    this.#agent.destroy();
  }
}
