import { MAX_KEY_BYTES } from '../../protocol/index.ts';
import { countOutcome } from './counters.ts';
import { parseInt32 } from './decimal.ts';
import { BAD_FORMAT, type CommandHandler, type Engine, endsInCrlf, TOO_LARGE } from './engine.ts';
import { isLongOpaque, MAX_META_TOKENS, OPAQUE_TOO_LONG } from './meta-echo.ts';
import { type MetaFlags, parseMetaFlags } from './meta-flags.ts';
import { keyToken } from './meta-key.ts';
import type { ReplyBuffer } from './reply-buffer.ts';
import { type Expectation, NEXT_LINE } from './request-parser.ts';
import type { StoreMode, StoreOutcome } from './store.ts';

const MAX_ANNOUNCED_BYTES = 2_147_483_645;

const MODES: Readonly<Record<string, StoreMode>> = {
  E: 'add',
  A: 'append',
  P: 'prepend',
  R: 'replace',
  S: 'set',
};

const STATUS: Readonly<Record<Exclude<StoreOutcome, 'stored'>, string>> = {
  notStored: 'NS',
  exists: 'EX',
  notFound: 'NF',
};

/** `ms key bytes flag*`. */
export const metaSet: CommandHandler = (engine, tokens, out) => {
  const fail = (line: string, next: Expectation = NEXT_LINE): Expectation => {
    out.line(line);
    return next;
  };
  const [, key, bytesText] = tokens;
  if (key === undefined) return fail('ERROR');
  if (key.length > MAX_KEY_BYTES || bytesText === undefined) return fail(BAD_FORMAT);
  if (tokens.length > MAX_META_TOKENS) return fail('CLIENT_ERROR options flags too long');
  const bytes = parseInt32(bytesText);
  if (bytes === undefined || bytes < 0 || bytes > MAX_ANNOUNCED_BYTES) return fail(BAD_FORMAT);
  const swallow: Expectation = { kind: 'swallow', bytes: bytes + 2 };
  const flags = parseMetaFlags(key, tokens.slice(3));
  if ('error' in flags) return fail(flags.error, swallow);
  const mode = MODES[flags.mode ?? 'S'];
  if (mode === undefined) return fail('CLIENT_ERROR invalid mode for ms M token', swallow);
  if (flags.tokens.some(isLongOpaque)) return fail(OPAQUE_TOO_LONG, swallow);
  const { store, counters } = engine;
  if (!store.fits(flags.key.length, flags.clientFlags, bytes)) {
    counters.store_too_large += 1;
    const old = store.peek(flags.key);
    if (old !== undefined) store.remove(old);
    return fail(TOO_LARGE, swallow);
  }
  const exptime = store.expiryOf(flags.ttl ?? 0);
  const complete = (block: Buffer): void => {
    if (!endsInCrlf(block)) out.line('CLIENT_ERROR bad data chunk');
    else storeMeta(engine, flags, withCas(mode, flags), block.subarray(0, bytes), exptime, out);
  };
  return { kind: 'block', bytes: bytes + 2, complete };
};

/** A CAS unique turns `set` and `replace` into `cas`; `append` and `prepend` check it themselves. */
function withCas(mode: StoreMode, flags: MetaFlags): StoreMode {
  return flags.cas !== undefined && (mode === 'set' || mode === 'replace') ? 'cas' : mode;
}

function storeMeta(
  engine: Engine,
  flags: MetaFlags,
  mode: StoreMode,
  value: Buffer,
  exptime: number,
  out: ReplyBuffer,
): void {
  const { key, clientFlags, binaryKey } = flags;
  const { outcome, cas } = engine.store.store(mode, {
    key,
    value,
    clientFlags,
    exptime,
    binaryKey,
    expectedCas: flags.cas ?? 0n,
    allowStale: flags.invalidate,
  });
  countOutcome(engine.counters, mode, outcome);
  if (outcome === 'stored' && flags.quiet) return;
  let line = outcome === 'stored' ? engine.okStatus : STATUS[outcome];
  for (const token of flags.tokens) {
    if (token.startsWith('O')) line += ` ${token}`;
    else if (token.startsWith('k')) line += keyToken(key, binaryKey);
    else if (token.startsWith('c')) line += ` c${cas}`;
  }
  out.line(line);
}
