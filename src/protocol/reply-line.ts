/** The reply lines that stand alone, in both dialects. Values and configurations have headers of their own. */
import { ProtocolError } from '../errors.ts';
import { MAX_UINT64 } from './limits.ts';
import { END, type ErrorReply, EXISTS, NOT_FOUND, NOT_STORED, type Reply, STORED } from './reply.ts';

const NO_PAYLOAD: ReadonlyMap<string, Reply> = new Map<string, Reply>([
  ['HD', STORED],
  ['STORED', STORED],
  ['DELETED', STORED],
  ['TOUCHED', STORED],
  ['OK', STORED],
  ['RESET', STORED],
  ['NS', NOT_STORED],
  ['NOT_STORED', NOT_STORED],
  ['EX', EXISTS],
  ['EXISTS', EXISTS],
  ['EN', NOT_FOUND],
  ['NF', NOT_FOUND],
  ['NOT_FOUND', NOT_FOUND],
  ['END', END],
  ['MN', END],
]);

/** incr and decr may pad the number with spaces: protocol.txt, "decr … does not shrink the length". */
const NUMBER = /^(\d{1,20}) *$/;
const MAX_UINT64_DIGITS = 20;
const ERROR = /^(ERROR|CLIENT_ERROR|SERVER_ERROR)(?: (.*))?$/;

/**
 * @param line one reply line without its CRLF, as a byte string.
 * @throws ProtocolError where memcached has no such line.
 */
export function parseReplyLine(line: string): Reply {
  const known = NO_PAYLOAD.get(line);
  if (known !== undefined) return known;
  const number = NUMBER.exec(line);
  if (number !== null) return parseNumber(number[1] as string);
  if (line.startsWith('STAT ')) return parseStat(line);
  if (line.startsWith('VERSION ')) return { kind: 'line', text: line.slice(8) };
  const error = ERROR.exec(line);
  if (error !== null) {
    return { kind: 'error', status: error[1] as ErrorReply['status'], text: error[2] ?? '' };
  }
  throw notAReply();
}

/** For bytes that start no line memcached has. */
export function notAReply(): ProtocolError {
  return new ProtocolError('Server sent a line that is no memcached reply');
}

function parseNumber(digits: string): Reply {
  if (digits.length === MAX_UINT64_DIGITS && BigInt(digits) > MAX_UINT64) {
    throw new ProtocolError('Reply holds a counter above 64 bits');
  }
  return { kind: 'number', digits };
}

/** `STAT <name> <value>`; the value may hold spaces or be empty. */
function parseStat(line: string): Reply {
  const space = line.indexOf(' ', 5);
  if (space === 5 || line.length === 5) throw new ProtocolError('Server sent a statistic without a name');
  if (space < 0) return { kind: 'stat', name: line.slice(5), value: '' };
  return { kind: 'stat', name: line.slice(5, space), value: line.slice(space + 1) };
}
