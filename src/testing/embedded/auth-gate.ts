import type { Counters } from './counters.ts';
import { parseUint32 } from './decimal.ts';
import { endsInCrlf } from './engine.ts';
import type { ReplyBuffer } from './reply-buffer.ts';
import { CLOSE, type Expectation, NEXT_LINE } from './request-parser.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Handles the lines of a client that is not authenticated yet. */
export type AuthGate = (tokens: readonly string[]) => Expectation;

/** Far above any name and password; the real server's read buffer. */
const MAX_TOKEN_BYTES = 16_384;

/**
 * The handshake of `memcached -Y`: a `set` of any key, with `username password` as its value.
 * Everything else is refused until it has succeeded.
 */
export function createAuthGate(
  credentials: Credentials,
  counters: Counters,
  out: ReplyBuffer,
  admit: () => void,
): AuthGate {
  const check = (block: Buffer): void => {
    if (!endsInCrlf(block)) {
      out.line('CLIENT_ERROR bad command line termination');
      return;
    }
    const words = block.toString('utf8', 0, block.length - 2).split(' ');
    const [username, password] = words.filter((word) => word !== '');
    if (username === undefined || password === undefined) {
      out.line('CLIENT_ERROR bad authentication token format');
      return;
    }
    counters.auth_cmds += 1;
    if (username === credentials.username && password === credentials.password) {
      admit();
      out.line('STORED');
      return;
    }
    counters.auth_errors += 1;
    out.line('CLIENT_ERROR authentication failure');
  };
  return (tokens) => {
    const bytes = tokens[0] === 'set' ? parseUint32(tokens[4] ?? '') : undefined;
    if (bytes === undefined) {
      out.line('CLIENT_ERROR unauthenticated');
      return NEXT_LINE;
    }
    if (bytes > MAX_TOKEN_BYTES) return CLOSE;
    return { kind: 'block', bytes: bytes + 2, complete: check };
  };
}
