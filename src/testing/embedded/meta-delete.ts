import { MAX_KEY_BYTES } from '../../protocol/index.ts';
import { BAD_FORMAT, type CommandHandler } from './engine.ts';
import { echoTokens, isLongOpaque, MAX_META_TOKENS, OPAQUE_TOO_LONG } from './meta-echo.ts';
import { parseMetaFlags } from './meta-flags.ts';
import { type Expectation, NEXT_LINE } from './request-parser.ts';

/** `md key flag*`. */
export const metaDelete: CommandHandler = (engine, tokens, out) => {
  const reply = (line: string): Expectation => {
    out.line(line);
    return NEXT_LINE;
  };
  const [, key] = tokens;
  if (key === undefined) return reply('ERROR');
  if (key.length > MAX_KEY_BYTES) return reply(BAD_FORMAT);
  if (tokens.length > MAX_META_TOKENS) return reply('CLIENT_ERROR options flags too long');
  const flags = parseMetaFlags(key, tokens.slice(2));
  if ('error' in flags) return reply('CLIENT_ERROR invalid or duplicate flag');
  if (flags.tokens.some(isLongOpaque)) return reply(OPAQUE_TOO_LONG);
  const { store, counters } = engine;
  const echo = echoTokens(flags);
  const item = store.peek(flags.key);
  if (item === undefined) {
    counters.delete_misses += 1;
    return reply(`NF${echo}`);
  }
  if (flags.cas !== undefined && flags.cas !== item.cas) {
    counters.delete_misses += 1;
    return reply(`EX${echo}`);
  }
  if (flags.invalidate) {
    if (flags.ttl !== undefined) item.exptime = store.expiryOf(flags.ttl);
    item.stale = true;
    // The next reader wins the right to recache, whoever held it before.
    item.tokenSent = false;
    item.cas = store.nextCas();
  } else {
    counters.delete_hits += 1;
    store.remove(item);
  }
  return flags.quiet ? NEXT_LINE : reply(`${engine.okStatus}${echo}`);
};
