/** What replies that are no result mean for a call, and for the connection they came on. */
import type { ReplySource, Slot } from '../connection/slot.ts';
import {
  AuthError,
  InvalidValueError,
  type MemfleetError,
  ProtocolError,
  ServerError,
  ValueTooLargeError,
} from '../errors.ts';
import type { ErrorReply, Reply } from '../protocol/reply.ts';

/**
 * Settles a slot with a reply that no verb takes as a result: a refusal, or a value too large to hold.
 *
 * @throws ProtocolError where the reply is none of these, or where the stream can no longer be trusted.
 */
export function readRefusal(slot: Slot, reply: Reply, from: ReplySource): void {
  switch (reply.kind) {
    case 'error':
      slot.fail(refusal(slot, reply, from));
      // A server that could not read the line of a write takes its data block for commands, and
      // answers those too: the replies that follow would be given to the wrong callers.
      if (slot.command.kind === 'store' && reply.status !== 'SERVER_ERROR') {
        throw new ProtocolError('Server could not read a write; what it answers next cannot be trusted');
      }
      return;
    case 'oversize':
      slot.fail(
        new ValueTooLargeError(
          `Stored value of ${reply.bytes} bytes is above maxValueBytes`,
          slot.details(from.node),
        ),
      );
      return;
    default:
      throw new ProtocolError(`Server answered ${slot.operation.name} with ${reply.kind}`);
  }
}

function refusal(slot: Slot, reply: ErrorReply, from: ReplySource): MemfleetError {
  const details = slot.details(from.node);
  const { status, text } = reply;
  // The texts are memcached's own (memcached.c, proto_text.c), unchanged since 1.4.
  if (text.startsWith('object too large'))
    return new ValueTooLargeError('Value is above what the server stores', details);
  if (text.includes('non-numeric')) return new InvalidValueError('Stored value is no number', details);
  if (text.startsWith('unauthenticated'))
    return new AuthError('Server wants a username and password', details);
  return new ServerError(status, text, details);
}
