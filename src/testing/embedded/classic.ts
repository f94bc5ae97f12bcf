import { MAX_KEY_BYTES } from '../../protocol/index.ts';
import { arithmeticCommand, isNoreply, storageCommand } from './classic-storage.ts';
import { countRead } from './counters.ts';
import { parseInt32, parseUint32 } from './decimal.ts';
import { BAD_FORMAT, type CommandHandler } from './engine.ts';
import { CLOSE, NEXT_LINE } from './request-parser.ts';
import { stats } from './stats.ts';

const LEGACY_CONFIG_KEY = 'AmazonElastiCache:cluster';

/** `get key+`, `gets key+`, and with `touch` `gat exptime key+`, `gats exptime key+`. */
function retrievalCommand(withCas: boolean, touch: boolean): CommandHandler {
  return (engine, tokens, out) => {
    if (tokens.length < 2) {
      out.line('ERROR');
      return NEXT_LINE;
    }
    const { store, counters, clusterConfig } = engine;
    if (clusterConfig !== undefined && tokens[1] === LEGACY_CONFIG_KEY) {
      out.raw(clusterConfig(true));
      return NEXT_LINE;
    }
    const exptime = touch ? parseInt32(tokens[1] as string) : 0;
    if (exptime === undefined) {
      out.line('CLIENT_ERROR invalid exptime argument');
      return NEXT_LINE;
    }
    const expiry = store.expiryOf(exptime);
    const keys = tokens.slice(touch ? 2 : 1);
    // One long key spoils the reply to all, but those before it count as read.
    const long = keys.findIndex((key) => key.length > MAX_KEY_BYTES);
    for (const key of long === -1 ? keys : keys.slice(0, long)) {
      const item = store.peek(key);
      countRead(counters, item !== undefined, touch);
      if (item === undefined) continue;
      if (touch) item.exptime = expiry;
      store.bump(item);
      if (long !== -1) continue;
      const cas = withCas ? ` ${item.cas}` : '';
      out.text(`VALUE ${key} ${item.clientFlags} ${item.value.length}${cas}\r\n`);
      out.value(item.value);
      if (out.isFull) return CLOSE;
    }
    if (long !== -1) {
      out.line(BAD_FORMAT);
      return NEXT_LINE;
    }
    out.line('END');
    return NEXT_LINE;
  };
}

/** `touch key exptime [noreply]`. */
const touch: CommandHandler = (engine, tokens, out) => {
  const reply = (line: string): typeof NEXT_LINE => {
    if (!isNoreply(tokens)) out.line(line);
    return NEXT_LINE;
  };
  if (tokens.length !== 3 && tokens.length !== 4) {
    out.line('ERROR');
    return NEXT_LINE;
  }
  const [, key = '', exptimeText = ''] = tokens;
  if (key.length > MAX_KEY_BYTES) return reply(BAD_FORMAT);
  const exptime = parseInt32(exptimeText);
  if (exptime === undefined) return reply('CLIENT_ERROR invalid exptime argument');
  const item = engine.store.peek(key);
  countRead(engine.counters, item !== undefined, true);
  if (item === undefined) return reply('NOT_FOUND');
  item.exptime = engine.store.expiryOf(exptime);
  engine.store.bump(item);
  return reply('TOUCHED');
};

/** `delete key [0] [noreply]`: the 0 is what is left of a hold time clients once could give. */
const remove: CommandHandler = (engine, tokens, out) => {
  if (tokens.length < 2 || tokens.length > 4) {
    out.line('ERROR');
    return NEXT_LINE;
  }
  const quiet = tokens.length > 2 && isNoreply(tokens);
  const reply = (line: string): typeof NEXT_LINE => {
    if (!quiet) out.line(line);
    return NEXT_LINE;
  };
  const [, key = '', hold] = tokens;
  const valid = tokens.length === 2 || (tokens.length === 3 ? hold === '0' || quiet : hold === '0' && quiet);
  if (!valid) return reply(`${BAD_FORMAT}.  Usage: delete <key> [noreply]`);
  if (key.length > MAX_KEY_BYTES) return reply(BAD_FORMAT);
  const item = engine.store.peek(key);
  if (item === undefined) {
    engine.counters.delete_misses += 1;
    return reply('NOT_FOUND');
  }
  engine.counters.delete_hits += 1;
  engine.store.remove(item);
  return reply('DELETED');
};

/** `flush_all [delay] [noreply]`. */
const flushAll: CommandHandler = (engine, tokens, out) => {
  if (tokens.length > 3) {
    out.line('ERROR');
    return NEXT_LINE;
  }
  const quiet = isNoreply(tokens);
  engine.counters.cmd_flush += 1;
  const delay = tokens.length === (quiet ? 2 : 1) ? 0 : parseInt32(tokens[1] as string);
  if (delay !== undefined) engine.store.flush(delay);
  if (!quiet) out.line(delay === undefined ? 'CLIENT_ERROR invalid exptime argument' : 'OK');
  return NEXT_LINE;
};

/** `verbosity level [noreply]`: nothing here is verbose, but clients may send it. */
const verbosity: CommandHandler = (_engine, tokens, out) => {
  const valid = tokens.length === 2 || tokens.length === 3;
  if (!valid) out.line('ERROR');
  else if (!isNoreply(tokens)) out.line(parseUint32(tokens[1] as string) === undefined ? BAD_FORMAT : 'OK');
  return NEXT_LINE;
};

/** `config get cluster`, which only ElastiCache and its like know. */
const config: CommandHandler = (engine, tokens, out) => {
  const known = tokens[1] === 'get' && tokens[2] === 'cluster' && tokens.length === 3;
  if (known && engine.clusterConfig !== undefined) out.raw(engine.clusterConfig(false));
  else out.line('ERROR');
  return NEXT_LINE;
};

const version: CommandHandler = (engine, _tokens, out) => {
  out.line(`VERSION ${engine.version}`);
  return NEXT_LINE;
};

export const CLASSIC_COMMANDS: ReadonlyMap<string, CommandHandler> = new Map<string, CommandHandler>([
  ['get', retrievalCommand(false, false)],
  ['gets', retrievalCommand(true, false)],
  ['gat', retrievalCommand(false, true)],
  ['gats', retrievalCommand(true, true)],
  ['set', storageCommand('set')],
  ['add', storageCommand('add')],
  ['replace', storageCommand('replace')],
  ['append', storageCommand('append')],
  ['prepend', storageCommand('prepend')],
  ['cas', storageCommand('cas')],
  ['incr', arithmeticCommand(true)],
  ['decr', arithmeticCommand(false)],
  ['delete', remove],
  ['touch', touch],
  ['flush_all', flushAll],
  ['version', version],
  ['verbosity', verbosity],
  ['stats', stats],
  ['config', config],
  ['quit', () => CLOSE],
]);
