/** What each verb makes of replies. */
import type { Operation, ReplySource, Slot } from '../connection/slot.ts';
import { ProtocolError } from '../errors.ts';
import { MAX_STAT_LINES } from '../protocol/limits.ts';
import type { Reply } from '../protocol/reply.ts';
import type { ValueReply } from '../protocol/value-reply.ts';
import { Later } from './later.ts';
import { readRefusal } from './server-reply.ts';
import type { Fetched, ValueReader } from './value-reader.ts';

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
          checkOwnKey(slot, reply);
          slot.partial = read(slot, reply, from);
          if (final) finish(slot);
          return;
        case 'notFound':
        case 'end':
          finish(slot);
          return;
        default:
          readRefusal(slot, reply, from);
      }
    },
  };
}

function finish(slot: Slot): void {
  if (slot.partial instanceof Later) slot.partial.settle(slot);
  else slot.succeed(slot.partial);
}

/** The classic dialect repeats the key: where it does, it is checked. */
export function checkOwnKey(slot: Slot, reply: ValueReply): void {
  if (reply.keyBuffer === undefined || ('key' in slot.command && reply.hasKey(slot.command.key))) return;
  throw new ProtocolError('Server answered with another key than was asked for');
}

const NO_ITEM: Fetched = { kind: 'miss' };

function fetching(values: ValueReader): Operation {
  return {
    name: 'fetch',
    miss: undefined,
    read(slot, reply, final, from) {
      switch (reply.kind) {
        case 'value':
          checkOwnKey(slot, reply);
          slot.partial = values.fetched(slot, reply, from);
          if (final) finish(slot);
          return;
        case 'notFound':
        case 'end':
          slot.partial ??= NO_ITEM;
          finish(slot);
          return;
        default:
          readRefusal(slot, reply, from);
      }
    },
  };
}

/** What an item is. */
export interface Inspected {
  readonly casToken: bigint;
  /** Client flags. */
  readonly flags: number;
  /** Whether it is a lease in place of a value, or was invalidated. */
  readonly vacant: boolean;
}

/** Of servers with the meta dialect; of others nothing is found out. */
const INSPECT: Operation = {
  name: 'inspect',
  miss: undefined,
  read(slot, reply, final, from) {
    switch (reply.kind) {
      case 'head': {
        const { bytes, facts, flags } = reply;
        if (facts?.casToken === undefined) throw new ProtocolError('Server left out the CAS unique');
        const vacant = facts.stale || (facts.lease !== undefined && bytes === 0 && flags === 0);
        slot.succeed({ casToken: facts.casToken, flags, vacant } satisfies Inspected);
        return;
      }
      case 'value':
      case 'notFound':
      case 'end':
        if (final) slot.succeed(undefined);
        return;
      default:
        readRefusal(slot, reply, from);
    }
  },
};

/** Verbs that resolve to whether it was done. */
function storing(name: string, miss: false | null = false): Operation {
  return {
    name,
    miss,
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

/** Whether it was done, or undefined where it was done to an item that may be no value. */
function touching(values: ValueReader): Operation {
  return {
    name: 'touch',
    miss: false,
    read(slot, reply, final, from) {
      if (reply.kind === 'head') {
        slot.succeed(reply.facts === undefined && !values.mayBeVacant(reply.flags) ? true : undefined);
      } else TOUCHED.read(slot, reply, final, from);
    },
  };
}
const TOUCHED = storing('touch');

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
  readonly fetch: Operation;
  readonly inspect: Operation;
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
    fetch: fetching(values),
    inspect: INSPECT,
    getAndTouch: reading('getAndTouch', (slot, reply, from) => values.value(slot, reply, from)),
    set: storing('set'),
    // A node that failed is not asked what stood in the way.
    add: storing('add', null),
    replace: storing('replace'),
    append: storing('append'),
    prepend: storing('prepend'),
    cas: CAS,
    delete: storing('delete'),
    touch: touching(values),
    incr: counting('incr'),
    decr: counting('decr'),
    flushAll: storing('flushAll'),
    version: VERSION,
    stats: STATS,
  };
}
