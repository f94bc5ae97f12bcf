import { MAX_KEY_BYTES } from '../../protocol/index.ts';
import { count } from './counter.ts';
import { countDelta } from './counters.ts';
import { BAD_FORMAT, type CommandHandler, type Engine, NON_NUMERIC } from './engine.ts';
import type { Item } from './item.ts';
import { echoTokens, isLongOpaque, MAX_META_TOKENS, OPAQUE_TOO_LONG } from './meta-echo.ts';
import { type MetaFlags, parseMetaFlags } from './meta-flags.ts';
import { timeLeft } from './meta-get.ts';
import { keyToken } from './meta-key.ts';
import type { ReplyBuffer } from './reply-buffer.ts';
import { type Expectation, NEXT_LINE } from './request-parser.ts';

const UPWARD: Readonly<Record<string, boolean>> = { I: true, '+': true, D: false, '-': false };

/** `ma key flag*`. */
export const metaArithmetic: CommandHandler = (engine, tokens, out) => {
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
  const up = UPWARD[flags.mode ?? 'I'];
  if (up === undefined) return reply('CLIENT_ERROR invalid mode for ma M token');
  const { store, counters } = engine;
  const outcome = count(store, flags.key, up, flags.delta, flags.cas ?? 0n);
  switch (outcome.kind) {
    case 'counted':
      countDelta(counters, up, true);
      return answer(engine, flags, outcome.item, outcome.value, false, out);
    case 'nonNumeric':
      return reply(NON_NUMERIC);
    case 'exists':
      return reply(flags.tokens.some(isLongOpaque) ? OPAQUE_TOO_LONG : `EX${echoTokens(flags)}`);
    case 'notFound':
      break;
  }
  countDelta(counters, up, false);
  if (flags.vivify === undefined) {
    return reply(flags.tokens.some(isLongOpaque) ? OPAQUE_TOO_LONG : `NF${echoTokens(flags)}`);
  }
  const value = Buffer.from(flags.initial.toString(), 'latin1');
  const item = store.link({ key: flags.key, value, clientFlags: 0, exptime: 0 });
  return answer(engine, flags, item, flags.initial, true, out);
};

function answer(
  engine: Engine,
  flags: MetaFlags,
  item: Item,
  value: bigint,
  created: boolean,
  out: ReplyBuffer,
): Expectation {
  const { store } = engine;
  const digits = value.toString();
  let line = flags.value ? `VA ${digits.length}` : engine.okStatus;
  for (const token of flags.tokens) {
    if (isLongOpaque(token)) {
      out.line(OPAQUE_TOO_LONG);
      return NEXT_LINE;
    }
    if (token.startsWith('T')) item.exptime = store.expiryOf(flags.ttl ?? 0);
    else if (token.startsWith('N') && created) item.exptime = store.expiryOf(flags.vivify ?? 0);
    else if (token.startsWith('t')) line += timeLeft(store, item);
    else if (token.startsWith('c')) line += ` c${item.cas}`;
    else if (token.startsWith('O')) line += ` ${token}`;
    else if (token.startsWith('k')) line += keyToken(flags.key, flags.binaryKey);
  }
  // memcached 1.6.18 leaves out the reply to an update with q, but tells of an item it created.
  if (flags.quiet && !created) return NEXT_LINE;
  out.line(flags.value ? `${line}\r\n${digits}` : line);
  return NEXT_LINE;
}
