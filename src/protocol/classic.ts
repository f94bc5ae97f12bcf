/**
 * The classic text dialect, which every memcached speaks:
 *
 * ```
 * get <key>*\r\n                                        VALUE … END
 * set <key> <flags> <exptime> <bytes>\r\n<data>\r\n     STORED | NOT_STORED
 * cas <key> <flags> <exptime> <bytes> <cas>\r\n…        STORED | EXISTS | NOT_FOUND
 * ```
 */
import type { Command, StoreCommand } from './command.ts';
import { EXPTIME_EXPIRED } from './exptime.ts';
import type { Reply } from './reply.ts';
import type { RequestWriter } from './request-writer.ts';
import { encodeShared } from './shared-commands.ts';
import type { WireProtocol } from './wire-protocol.ts';

export const classicProtocol: WireProtocol = {
  name: 'classic',
  binaryKeys: false,
  encode,
  isFinal,
};

function encode(command: Command, out: RequestWriter): void {
  switch (command.kind) {
    case 'get':
      out.text += `get ${command.key}\r\n`;
      return;
    case 'gets':
    case 'fetch':
    case 'inspect':
      out.text += `gets ${command.key}\r\n`;
      return;
    case 'getMany':
      out.text += `get ${command.keys.join(' ')}\r\n`;
      return;
    case 'getsMany':
      out.text += `gets ${command.keys.join(' ')}\r\n`;
      return;
    case 'gat':
    case 'gats':
      out.text += `${command.kind} ${command.exptime} ${command.key}\r\n`;
      return;
    case 'store':
      encodeStore(command, out);
      return;
    case 'delete':
      out.text += `delete ${command.key}\r\n`;
      return;
    case 'compareDelete':
      // There is no such command: the item becomes an empty one that has expired.
      out.text += `cas ${command.key} 0 ${EXPTIME_EXPIRED} 0 ${command.casToken}\r\n\r\n`;
      return;
    case 'touch':
      out.text += `touch ${command.key} ${command.exptime}\r\n`;
      return;
    case 'incr':
    case 'decr':
      out.text += `${command.kind} ${command.key} ${command.delta}\r\n`;
      return;
    default:
      encodeShared(command, out);
  }
}

function encodeStore(command: StoreCommand, out: RequestWriter): void {
  const { key, flags, exptime, data, casToken } = command;
  out.text +=
    casToken === undefined
      ? `${command.mode} ${key} ${flags} ${exptime} ${data.length}\r\n`
      : `cas ${key} ${flags} ${exptime} ${data.length} ${casToken}\r\n`;
  out.data(data);
}

function isFinal(command: Command, reply: Reply): boolean {
  switch (command.kind) {
    case 'get':
    case 'gets':
    case 'fetch':
    case 'inspect':
    case 'getMany':
    case 'getsMany':
    case 'gat':
    case 'gats':
      // `oversize` stands for a value.
      return reply.kind !== 'value' && reply.kind !== 'oversize';
    case 'stats':
      return reply.kind !== 'stat';
    default:
      return true;
  }
}
