/** What the status of a binary reply means, in the words of the text dialects. */
import { ProtocolError } from '../errors.ts';
import { OPCODE } from './binary-frame.ts';
import { END, type ErrorReply, EXISTS, NOT_FOUND, NOT_STORED, type Reply } from './reply.ts';

const PRINTABLE = /^[ -~]+$/;

/** Statuses that are errors whatever was asked, with the texts that the text dialects have for them. */
const ERRORS: ReadonlyMap<number, ErrorReply> = new Map<number, ErrorReply>([
  [0x03, { kind: 'error', status: 'SERVER_ERROR', text: 'object too large for cache' }],
  [0x04, { kind: 'error', status: 'CLIENT_ERROR', text: 'invalid arguments' }],
  [
    0x06,
    {
      kind: 'error',
      status: 'CLIENT_ERROR',
      text: 'cannot increment or decrement non-numeric value',
    },
  ],
  [0x20, { kind: 'error', status: 'CLIENT_ERROR', text: 'unauthenticated' }],
  [0x21, { kind: 'error', status: 'CLIENT_ERROR', text: 'authentication failure' }],
  [0x81, { kind: 'error', status: 'ERROR', text: '' }],
  [0x82, { kind: 'error', status: 'SERVER_ERROR', text: 'out of memory' }],
  [0x83, { kind: 'error', status: 'ERROR', text: 'not supported' }],
  [0x84, { kind: 'error', status: 'SERVER_ERROR', text: 'internal error' }],
  [0x85, { kind: 'error', status: 'SERVER_ERROR', text: 'busy' }],
  [0x86, { kind: 'error', status: 'SERVER_ERROR', text: 'temporary failure' }],
]);

/**
 * @param status not 0.
 * @param text what the server says besides, as a byte string; heard where the status is none that is known.
 * @throws ProtocolError where a quiet get is answered that found nothing.
 */
export function statusReply(opcode: number, status: number, text: string): Reply {
  switch (status) {
    case 0x01:
      return nothingThere(opcode);
    case 0x02:
      return opcode === OPCODE.add ? NOT_STORED : EXISTS;
    case 0x05:
      return NOT_STORED;
    case 0x20:
      // Whoever is not authenticated gets no further than the greeting: a flush is refused by `memcached -F`.
      if (opcode === OPCODE.flush)
        return { kind: 'error', status: 'CLIENT_ERROR', text: 'flush_all not allowed' };
      break;
  }
  const known = ERRORS.get(status);
  if (known !== undefined) return known;
  const said = PRINTABLE.test(text) ? text : `status 0x${status.toString(16)}`;
  return { kind: 'error', status: 'SERVER_ERROR', text: said };
}

function nothingThere(opcode: number): Reply {
  switch (opcode) {
    case OPCODE.replace:
      return NOT_STORED;
    case OPCODE.stat:
      // There is no such section.
      return { kind: 'error', status: 'ERROR', text: '' };
    case OPCODE.getWithKey:
      return END;
    case OPCODE.getQuietly:
      throw new ProtocolError('Server answered a quiet get that found nothing');
    default:
      return NOT_FOUND;
  }
}
