import { MAX_KEY_BYTES } from '../../protocol/index.ts';
import { BAD_FORMAT, type CommandHandler } from './engine.ts';
import { itemBytes, slabClass } from './item.ts';
import { metaArithmetic } from './meta-arithmetic.ts';
import { metaDelete } from './meta-delete.ts';
import { metaGet } from './meta-get.ts';
import { decodeKey } from './meta-key.ts';
import { metaSet } from './meta-set.ts';
import { NEXT_LINE } from './request-parser.ts';

/** `me key [b]`: one line about an item, for people. */
const metaDebug: CommandHandler = (engine, tokens, out) => {
  const [, key, flag] = tokens;
  if (key === undefined || key.length > MAX_KEY_BYTES) {
    out.line(BAD_FORMAT);
    return NEXT_LINE;
  }
  const stored = flag === 'b' ? decodeKey(key) : key;
  if (stored === undefined || stored === '') {
    out.line(BAD_FORMAT);
    return NEXT_LINE;
  }
  engine.counters.cmd_meta += 1;
  const item = engine.store.peek(stored);
  if (item === undefined) {
    out.line('EN');
    return NEXT_LINE;
  }
  const now = engine.store.now();
  const size = itemBytes(item.key.length, item.clientFlags, item.value.length);
  const name = item.binaryKey ? Buffer.from(item.key, 'latin1').toString('base64') : item.key;
  const expiry = item.exptime === 0 ? -1 : now - item.exptime;
  const fetched = item.fetched ? 'yes' : 'no';
  out.line(
    `ME ${name} exp=${expiry} la=${now - item.time} cas=${item.cas} fetch=${fetched} cls=${slabClass(size)} size=${size}`,
  );
  return NEXT_LINE;
};

const metaNoop: CommandHandler = (_engine, _tokens, out) => {
  out.line('MN');
  return NEXT_LINE;
};

export const META_COMMANDS: ReadonlyMap<string, CommandHandler> = new Map([
  ['mg', metaGet],
  ['ms', metaSet],
  ['md', metaDelete],
  ['ma', metaArithmetic],
  ['mn', metaNoop],
  ['me', metaDebug],
]);
