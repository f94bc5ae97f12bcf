import type { MetaFlags } from './meta-flags.ts';
import { keyToken } from './meta-key.ts';

/** A meta line may have this many tokens, the command's name included. */
export const MAX_META_TOKENS = 19;

/** Longest opaque (`O`), the letter included. */
const MAX_OPAQUE_BYTES = 32;

export const OPAQUE_TOO_LONG = 'CLIENT_ERROR opaque token too long';

export function isLongOpaque(token: string): boolean {
  return token.startsWith('O') && token.length > MAX_OPAQUE_BYTES;
}

/** The tokens `O` and `k` in the order sent, which nearly every reply repeats. */
export function echoTokens(flags: MetaFlags): string {
  let echo = '';
  for (const token of flags.tokens) {
    if (token.startsWith('O')) echo += ` ${token}`;
    else if (token.startsWith('k')) echo += keyToken(flags.key, flags.binaryKey);
  }
  return echo;
}
