import { type AuthGate, type Credentials, createAuthGate } from './auth-gate.ts';
import { CLASSIC_COMMANDS } from './classic.ts';
import type { Engine } from './engine.ts';
import { META_COMMANDS } from './meta.ts';
import { ReplyBuffer } from './reply-buffer.ts';
import { type Expectation, NEXT_LINE, RequestParser } from './request-parser.ts';

/** One client's conversation with the engine: bytes in, bytes out, no socket. */
export class Session {
  readonly #engine: Engine;
  readonly #out = new ReplyBuffer();
  readonly #parser: RequestParser;
  /** Present until the client has told the right name and password. */
  #gate: AuthGate | undefined;

  constructor(engine: Engine, credentials: Credentials | undefined) {
    this.#engine = engine;
    this.#parser = new RequestParser((line) => this.#line(line));
    if (credentials !== undefined) {
      this.#gate = createAuthGate(credentials, engine.counters, this.#out, () => {
        this.#gate = undefined;
      });
    }
  }

  /** Takes what was read. The replies are to be written even when `open` is false and the end follows. */
  push(chunk: Buffer): { readonly open: boolean; readonly replies: readonly Buffer[] } {
    const open = this.#parser.push(chunk);
    return { open, replies: this.#out.take() };
  }

  #line(line: string): Expectation {
    const tokens = line.split(' ').filter((token) => token !== '');
    if (this.#gate !== undefined) return this.#gate(tokens);
    const name = tokens[0] ?? '';
    const handler = CLASSIC_COMMANDS.get(name) ?? (this.#engine.meta ? META_COMMANDS.get(name) : undefined);
    if (handler !== undefined) return handler(this.#engine, tokens, this.#out);
    this.#out.line('ERROR');
    return NEXT_LINE;
  }
}
