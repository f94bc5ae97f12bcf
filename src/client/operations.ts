/** What each verb makes of replies. */
import type { Operation, ReplySource, Slot } from '../connection/slot.ts';
import { ProtocolError } from '../errors.ts';
import { MAX_STAT_LINES } from '../protocol/limits.ts';
import type { Reply } from '../protocol/reply.ts';
import type { ValueReply } from '../protocol/value-reply.ts';
import { readRefusal } from './server-reply.ts';
import type { ValueReader } from './value-reader.ts';

/** Verbs of one value: `read` makes the result of the value reply. */
function reading(
  name: string,
  read: (slot: Slot, reply: ValueReply, from: ReplySource) => unknown,
): Operation {
  return {
    name,
    miss: undefined,
    read(slot, reply, final, from) {
      switch (reply.kind) {
        case 'value':
          if (!isOwnKey(slot, reply))
            throw new ProtocolError('Server answered with another key than was asked for');
          slot.partial = read(slot, reply, from);
          if (final) slot.succeed(slot.partial);
          return;
        case 'notFound':
        case 'end':
          slot.succeed(slot.partial);
          return;
        default:
          readRefusal(slot, reply, from);
      }
    },
  };
}

/** The classic dialect repeats the key: where it does, it is checked. */
function isOwnKey(slot: Slot, reply: ValueReply): boolean {
  return reply.keyBuffer === undefined || ('key' in slot.command && reply.hasKey(slot.command.key));
}

/** Verbs that resolve to whether it was done. */
function storing(name: string): Operation {
  return {
    name,
    miss: false,
    read(slot, reply, _final, from) {
      switch (reply.kind) {
        case 'stored':
          slot.succeed(true);
          return;
        case 'notStored':
        case 'notFound':
        case 'exists':
          slot.succeed(false);
          return;
        default:
          readRefusal(slot, reply, from);
      }
    },
  };
}

const CAS: Operation = {
  name: 'cas',
  miss: 'notFound',
  read(slot, reply, _final, from) {
    switch (reply.kind) {
      case 'stored':
      case 'exists':
      case 'notFound':
        slot.succeed(reply.kind);
        return;
      case 'notStored':
        slot.succeed('notFound');
        return;
      default:
        readRefusal(slot, reply, from);
    }
  },
};

/** incr and decr: a bigint, undefined for a miss, or null for a failure that is to be one. */
function counting(name: 'incr' | 'decr'): Operation {
  return {
    name,
    miss: null,
    read(slot, reply, _final, from) {
      const digits = counterDigits(reply);
      if (digits !== undefined) slot.succeed(BigInt(digits));
      else if (reply.kind === 'notFound') slot.succeed(undefined);
      else readRefusal(slot, reply, from);
    },
  };
}

/** The classic dialect answers with a line, the meta one with a value. */
function counterDigits(reply: Reply): string | undefined {
  if (reply.kind === 'number') return reply.digits;
  if (reply.kind !== 'value') return undefined;
  const digits = reply.buffer.toString('latin1', reply.start, reply.end).trim();
  if (!/^\d{1,20}$/.test(digits)) throw new ProtocolError('Server answered a counter with something else');
  return digits;
}

const VERSION: Operation = {
  name: 'version',
  miss: undefined,
  read(slot, reply, _final, from) {
    if (reply.kind === 'line') slot.succeed(reply.text);
    else readRefusal(slot, reply, from);
  },
};

const STATS: Operation = {
  name: 'stats',
  miss: undefined,
  read(slot, reply, final, from) {
    slot.partial ??= new Map<string, string>();
    const stats = slot.partial as Map<string, string>;
    if (reply.kind === 'stat') {
      stats.set(reply.name, reply.value);
      if (stats.size > MAX_STAT_LINES)
        throw new ProtocolError(`Server sent more than ${MAX_STAT_LINES} statistics`);
    } else if (final && (reply.kind === 'end' || reply.kind === 'stored')) {
      // Own properties whatever their names are, `__proto__` too.
      slot.succeed(Object.fromEntries(stats));
    } else readRefusal(slot, reply, from);
  },
};

/** The operations of one client; those of values depend on its codec. */
export interface Operations {
  readonly get: Operation;
  readonly gets: Operation;
  readonly getAndTouch: Operation;
  readonly set: Operation;
  readonly add: Operation;
  readonly replace: Operation;
  readonly append: Operation;
  readonly prepend: Operation;
  readonly cas: Operation;
  readonly delete: Operation;
  readonly touch: Operation;
  readonly incr: Operation;
  readonly decr: Operation;
  readonly flushAll: Operation;
  readonly version: Operation;
  readonly stats: Operation;
}

export function operationsOf(values: ValueReader): Operations {
  return {
    get: reading('get', (slot, reply, from) => values.value(slot, reply, from)),
    gets: reading('gets', (slot, reply, from) => values.item(slot, reply, from)),
    getAndTouch: reading('getAndTouch', (slot, reply, from) => values.value(slot, reply, from)),
    set: storing('set'),
    add: storing('add'),
    replace: storing('replace'),
    append: storing('append'),
    prepend: storing('prepend'),
    cas: CAS,
    delete: storing('delete'),
    touch: storing('touch'),
    incr: counting('incr'),
    decr: counting('decr'),
    flushAll: storing('flushAll'),
    version: VERSION,
    stats: STATS,
  };
}
