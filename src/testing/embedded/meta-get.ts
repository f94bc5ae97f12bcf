import { MAX_KEY_BYTES } from '../../protocol/index.ts';
import { countRead } from './counters.ts';
import { BAD_FORMAT, type CommandHandler, type Engine } from './engine.ts';
import type { Item } from './item.ts';
import { echoTokens, isLongOpaque, MAX_META_TOKENS, OPAQUE_TOO_LONG } from './meta-echo.ts';
import { type MetaFlags, parseMetaFlags } from './meta-flags.ts';
import { keyToken } from './meta-key.ts';
import type { ReplyBuffer } from './reply-buffer.ts';
import { NEXT_LINE } from './request-parser.ts';
import type { Store } from './store.ts';

const EMPTY: Buffer = Buffer.alloc(0);

/** `mg key flag*`. */
export const metaGet: CommandHandler = (engine, tokens, out) => {
  const problem = lineProblem(tokens);
  if (problem !== undefined) {
    out.line(problem);
    return NEXT_LINE;
  }
  const flags = parseMetaFlags(tokens[1] as string, tokens.slice(2));
  if ('error' in flags) {
    out.line(flags.error);
    return NEXT_LINE;
  }
  const { store, counters } = engine;
  let item = store.peek(flags.key);
  const created = item === undefined && flags.vivify !== undefined;
  if (created) item = store.link({ key: flags.key, value: EMPTY, clientFlags: 0, exptime: 0 });
  if (item !== undefined) {
    answerHit(engine, flags, item, created, out);
    return NEXT_LINE;
  }
  countRead(counters, false, false);
  if (flags.tokens.some(isLongOpaque)) out.line(OPAQUE_TOO_LONG);
  else if (!flags.quiet) out.line(`EN${echoTokens(flags)}`);
  return NEXT_LINE;
};

function lineProblem(tokens: readonly string[]): string | undefined {
  const key = tokens[1];
  if (key === undefined) return 'ERROR';
  if (key.length > MAX_KEY_BYTES) return BAD_FORMAT;
  return tokens.length > MAX_META_TOKENS ? 'CLIENT_ERROR options flags are too long' : undefined;
}

/** Flags act in the order sent, so `t T30` tells the time that was left, and `T30 t` 30. */
function answerHit(engine: Engine, flags: MetaFlags, item: Item, created: boolean, out: ReplyBuffer): void {
  const { store, counters } = engine;
  let line = flags.value ? `VA ${item.value.length}` : engine.okStatus;
  let won = false;
  for (const token of flags.tokens) {
    if (isLongOpaque(token)) {
      // What the flags before it did stays done, and a plain read has counted already.
      out.line(OPAQUE_TOO_LONG);
      if (!flags.noUpdate && !flags.tokens.some(bumpsLate)) store.bump(item);
      return;
    }
    if (token.startsWith('T')) item.exptime = store.expiryOf(flags.ttl ?? 0);
    else if (token.startsWith('N') && created) {
      item.exptime = store.expiryOf(flags.vivify ?? 0);
      won = true;
    } else if (token.startsWith('R')) won ||= isDue(store, flags, item, created);
    else line += replyToken(store, item, token);
  }
  // Whoever comes while another recaches sees Z, and never W as well.
  if (item.tokenSent) line += ' Z';
  if (item.stale) {
    line += ' X';
    if (!item.tokenSent) won = true;
  }
  if (won) {
    line += ' W';
    item.tokenSent = true;
  }
  out.line(line);
  if (flags.value) out.value(item.value);
  if (!flags.noUpdate) store.bump(item);
  countRead(counters, true, flags.ttl !== undefined);
}

/** The flags for which memcached counts the read after the reply is made, not before. */
function bumpsLate(token: string): boolean {
  return 'NTRlh'.includes(token.charAt(0));
}

/** Whether `R` makes this reader the one to recache. */
function isDue(store: Store, flags: MetaFlags, item: Item, created: boolean): boolean {
  if (item.tokenSent || created || item.exptime === 0) return false;
  return item.exptime < store.expiryOf(flags.recache ?? 0);
}

/** What the reply says to a flag that asks for something; nothing to the others. */
function replyToken(store: Store, item: Item, token: string): string {
  switch (token.charAt(0)) {
    case 's':
      return ` s${item.value.length}`;
    case 't':
      return timeLeft(store, item);
    case 'c':
      return ` c${item.cas}`;
    case 'f':
      return ` f${item.clientFlags}`;
    case 'l':
      return ` l${store.now() - item.time}`;
    case 'h':
      return item.fetched ? ' h1' : ' h0';
    case 'O':
      return ` ${token}`;
    case 'k':
      return keyToken(item.key, item.binaryKey);
    default:
      return '';
  }
}

/** The reply token `t`: -1 never expires. Time already over wraps as an unsigned number, as in memcached. */
export function timeLeft(store: Store, item: Item): string {
  return item.exptime === 0 ? ' t-1' : ` t${(item.exptime - store.now()) >>> 0}`;
}
