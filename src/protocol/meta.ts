/**
 * The meta dialect (memcached 1.6): fewer bytes, one reply line a command, and flags that ask for
 * more than the classic dialect can say. From doc/protocol.txt:
 *
 * ```
 * mg <key> <flag>*\r\n                      VA <bytes> <flag>*\r\n<data>\r\n | HD <flag>* | EN
 * ms <key> <bytes> <flag>*\r\n<data>\r\n    HD | NS | EX | NF
 * md <key> <flag>*\r\n                      HD | EX | NF
 * ma <key> <flag>*\r\n                      VA <bytes>\r\n<number>\r\n | NF
 * mn\r\n                                    MN
 * ```
 *
 * Flags used: `b` base64 key, `v` value, `f` client flags, `k` key, `c` CAS unique, `t` ttl, `l` last
 * access, `h` fetched before, `s` size, `q` no reply on a miss; `F` client flags, `T` exptime, `M` mode,
 * `C` compare CAS unique; `D` delta, `N` exptime if missing, `J` initial value, `R` recache below.
 *
 * Unasked, an `mg` is answered with `W`, `Z` or `X` too where the item's lease is won, is lost because
 * another has it, or the item is stale.
 */
import type {
  ArithmeticCommand,
  Command,
  FetchCommand,
  GetManyCommand,
  StoreCommand,
  StoreMode,
} from './command.ts';
import type { Reply } from './reply.ts';
import type { RequestWriter } from './request-writer.ts';
import { encodeShared } from './shared-commands.ts';
import type { WireProtocol } from './wire-protocol.ts';

export const metaProtocol: WireProtocol = {
  name: 'meta',
  binaryKeys: true,
  encode,
  isFinal,
};

const MODE = {
  set: '',
  add: ' ME',
  replace: ' MR',
  append: ' MA',
  prepend: ' MP',
} as const satisfies Record<StoreMode, string>;

function encode(command: Command, out: RequestWriter): void {
  switch (command.kind) {
    case 'get':
      out.text += command.base64 ? `mg ${command.key} b v f\r\n` : `mg ${command.key} v f\r\n`;
      return;
    case 'gets':
      out.text += `mg ${keyOf(command)} v f c t l h\r\n`;
      return;
    case 'fetch':
      encodeFetch(command, out);
      return;
    case 'inspect':
      out.text += `mg ${keyOf(command)} s f c\r\n`;
      return;
    case 'getMany':
    case 'getsMany':
      encodeGetMany(command, out);
      return;
    case 'gat':
      out.text += `mg ${keyOf(command)} v f T${command.exptime}\r\n`;
      return;
    case 'gats':
      out.text += `mg ${keyOf(command)} v f c t l h T${command.exptime}\r\n`;
      return;
    case 'store':
      encodeStore(command, out);
      return;
    case 'delete':
      out.text += `md ${keyOf(command)}\r\n`;
      return;
    case 'compareDelete':
      out.text += `md ${keyOf(command)} C${command.casToken}\r\n`;
      return;
    case 'touch':
      out.text += `mg ${keyOf(command)} f T${command.exptime}\r\n`;
      return;
    case 'incr':
    case 'decr':
      encodeArithmetic(command, out);
      return;
    default:
      encodeShared(command, out);
  }
}

function keyOf(command: { readonly key: string; readonly base64: boolean }): string {
  return command.base64 ? `${command.key} b` : command.key;
}

function encodeFetch(command: FetchCommand, out: RequestWriter): void {
  let line = `mg ${keyOf(command)} v f c t`;
  if (command.vivify !== undefined) line += ` N${command.vivify}`;
  if (command.recache !== undefined) line += ` R${command.recache}`;
  out.text += `${line}\r\n`;
}

/** The one `get` line, which is shorter and faster served than as many `mg`; but it knows no ttl. */
function encodeGetMany(command: GetManyCommand, out: RequestWriter): void {
  if (command.kind === 'getMany') {
    out.text += `get ${command.keys.join(' ')}\r\n`;
    return;
  }
  for (const key of command.keys) out.text += `mg ${key} k q v f c t l h\r\n`;
  out.text += 'mn\r\n';
}

function encodeStore(command: StoreCommand, out: RequestWriter): void {
  const { data, flags, exptime, casToken, mode } = command;
  let line = `ms ${command.key} ${data.length}`;
  if (command.base64) line += ' b';
  if (flags !== 0) line += ` F${flags}`;
  if (exptime !== 0) line += ` T${exptime}`;
  if (casToken !== undefined) line += ` C${casToken}`;
  out.text += `${line}${MODE[mode]}\r\n`;
  out.data(data);
}

function encodeArithmetic(command: ArithmeticCommand, out: RequestWriter): void {
  let line = `ma ${keyOf(command)} v`;
  if (command.kind === 'decr') line += ' MD';
  if (command.delta !== 1n) line += ` D${command.delta}`;
  if (command.initial !== undefined) line += ` N${command.exptime} J${command.initial}`;
  out.text += `${line}\r\n`;
}

function isFinal(command: Command, reply: Reply): boolean {
  switch (command.kind) {
    case 'getMany':
      return reply.kind !== 'value' && reply.kind !== 'oversize';
    case 'getsMany':
      // One get of the batch may be refused; the others still answer, up to the MN.
      return reply.kind === 'end';
    case 'stats':
      return reply.kind !== 'stat';
    default:
      return true;
  }
}
