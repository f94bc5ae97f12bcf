import { MAX_KEY_BYTES } from '../../protocol/index.ts';
import { count } from './counter.ts';
import { countDelta, countOutcome } from './counters.ts';
import { parseInt32, parseUint32, parseUint64 } from './decimal.ts';
import { BAD_FORMAT, type CommandHandler, endsInCrlf, NON_NUMERIC, TOO_LARGE } from './engine.ts';
import { NEXT_LINE } from './request-parser.ts';
import type { StoreMode, StoreOutcome } from './store.ts';

/** memcached reads the length as an `int` and keeps two bytes for the CRLF. */
const MAX_ANNOUNCED_BYTES = 2_147_483_645;

const OUTCOMES: Readonly<Record<StoreOutcome, string>> = {
  stored: 'STORED',
  notStored: 'NOT_STORED',
  exists: 'EXISTS',
  notFound: 'NOT_FOUND',
};

/** `set key flags exptime bytes [noreply]` and its kin; `cas` has the CAS unique before `noreply`. */
export function storageCommand(mode: StoreMode): CommandHandler {
  const fields = mode === 'cas' ? 6 : 5;
  return (engine, tokens, out) => {
    if (tokens.length !== fields && tokens.length !== fields + 1) {
      out.line('ERROR');
      return NEXT_LINE;
    }
    const quiet = isNoreply(tokens);
    const reply = (line: string): void => {
      if (!quiet) out.line(line);
    };
    const [, key = '', flagsText = '', exptimeText = '', bytesText = '', casText = ''] = tokens;
    const clientFlags = parseUint32(flagsText);
    const exptime = parseInt32(exptimeText);
    const bytes = parseInt32(bytesText);
    const expectedCas = mode === 'cas' ? parseUint64(casText) : 0n;
    if (
      key.length > MAX_KEY_BYTES ||
      clientFlags === undefined ||
      exptime === undefined ||
      bytes === undefined ||
      expectedCas === undefined ||
      bytes < 0 ||
      bytes > MAX_ANNOUNCED_BYTES
    ) {
      // The data block is not skipped: the real server reads it as the next command line too.
      reply(BAD_FORMAT);
      return NEXT_LINE;
    }
    const { store, counters } = engine;
    if (!store.fits(key.length, clientFlags, bytes)) {
      counters.store_too_large += 1;
      // A value that could not be replaced must not be read as the current one.
      const old = mode === 'set' ? store.peek(key) : undefined;
      if (old !== undefined) store.remove(old);
      reply(TOO_LARGE);
      return { kind: 'swallow', bytes: bytes + 2 };
    }
    const expiry = store.expiryOf(exptime);
    const complete = (block: Buffer): void => {
      if (!endsInCrlf(block)) {
        reply('CLIENT_ERROR bad data chunk');
        return;
      }
      const value = block.subarray(0, bytes);
      const { outcome } = store.store(mode, { key, value, clientFlags, exptime: expiry, expectedCas });
      countOutcome(counters, mode, outcome);
      reply(OUTCOMES[outcome]);
    };
    return { kind: 'block', bytes: bytes + 2, complete };
  };
}

/** `incr key delta [noreply]`, `decr key delta [noreply]`. */
export function arithmeticCommand(up: boolean): CommandHandler {
  return (engine, tokens, out) => {
    if (tokens.length !== 3 && tokens.length !== 4) {
      out.line('ERROR');
      return NEXT_LINE;
    }
    const [, key = '', deltaText = ''] = tokens;
    const reply = (line: string): typeof NEXT_LINE => {
      if (!isNoreply(tokens)) out.line(line);
      return NEXT_LINE;
    };
    if (key.length > MAX_KEY_BYTES) return reply(BAD_FORMAT);
    const delta = parseUint64(deltaText);
    if (delta === undefined) return reply('CLIENT_ERROR invalid numeric delta argument');
    const outcome = count(engine.store, key, up, delta, 0n);
    if (outcome.kind === 'counted') {
      countDelta(engine.counters, up, true);
      return reply(outcome.value.toString());
    }
    if (outcome.kind === 'nonNumeric') return reply(NON_NUMERIC);
    countDelta(engine.counters, up, false);
    return reply('NOT_FOUND');
  };
}

/** `noreply` counts only as the last token. */
export function isNoreply(tokens: readonly string[]): boolean {
  return tokens.at(-1) === 'noreply';
}
