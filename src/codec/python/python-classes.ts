/** The classes that are read: what a pickle's call of one makes. */
import { DecodeError } from '../../errors.ts';
import type { PartsBudget } from './parts-budget.ts';
import { PythonClass } from './python-class.ts';
import { dateOf, STATE_BYTES } from './python-datetime.ts';
import { type Construction, PythonObject } from './python-object.ts';
import { asTuple } from './python-tuples.ts';

/** Bytes that count as one part where they are copied. */
const BYTES_A_PART = 64;

/** `undefined` for arguments that the class does not take in a pickle. */
type Make = (args: readonly unknown[], budget: PartsBudget) => unknown;

const makeSet: Make = ([members = []], budget) => {
  if (!Array.isArray(members)) return undefined;
  budget.take(members.length);
  const set = new Set<unknown>();
  for (const member of members) budget.addMember(set, member);
  return set;
};

const makeText: Make = ([text = '']) => (typeof text === 'string' ? text : undefined);

/** Bytes where the protocol has none: as the characters of the same numbers. */
const makeBytes: Make = ([from = '', encoding], budget) => {
  if (Buffer.isBuffer(from)) {
    budget.take(from.length / BYTES_A_PART);
    return Buffer.from(from);
  }
  if (typeof from !== 'string' || (encoding !== 'latin1' && encoding !== 'latin-1' && from !== ''))
    return undefined;
  budget.take(from.length / BYTES_A_PART);
  return /[^\0-\xff]/.test(from) ? undefined : Buffer.from(from, 'latin1');
};

/** A Map keeps the order, which an object does not where keys are digits. */
const makeOrderedDict: Make = ([pairs = []], budget) => {
  if (!Array.isArray(pairs) || !pairs.every((pair) => Array.isArray(pair) && pair.length === 2))
    return undefined;
  budget.take(pairs.length);
  const dict = new Map<unknown, unknown>();
  for (const [key, value] of pairs) budget.setItem(dict, key, value);
  return dict;
};

/** What JavaScript has too. */
const NATURAL: Readonly<Record<string, Make>> = {
  'builtins.set': makeSet,
  'builtins.frozenset': makeSet,
  'builtins.bytes': makeBytes,
  'builtins.bytearray': makeBytes,
  '_codecs.encode': makeBytes,
  'collections.OrderedDict': makeOrderedDict,
  // What is missing there is made by a function, which is left out.
  'collections.defaultdict': () => ({}),
  'django.utils.safestring.SafeString': makeText,
  'django.utils.safestring.SafeText': makeText,
};

/** Whether it is read as what JavaScript has: there is no object to revive. */
export function isNatural(path: string): boolean {
  return Object.hasOwn(NATURAL, path);
}

/** What makes a ZoneInfo of its name. Pickles say `getattr(zoneinfo.ZoneInfo, '_unpickle')` for it. */
const ZONE_MAKER = 'ZoneInfo._unpickle';

function isZoneMaker([of, name]: readonly unknown[]): boolean {
  return of instanceof PythonClass && of.path === 'zoneinfo.ZoneInfo' && name === '_unpickle';
}

const INERT: ReadonlySet<string> = new Set([
  'builtins.complex',
  'datetime.date',
  'datetime.datetime',
  'datetime.time',
  'datetime.timedelta',
  'datetime.timezone',
  'decimal.Decimal',
  'pytz._UTC',
  'pytz._p',
  'uuid.UUID',
  `zoneinfo.${ZONE_MAKER}`,
]);

/** Makes something else of an object. */
export type Revive = (object: PythonObject) => unknown;

export class PythonClasses {
  readonly #admitsAll: boolean;
  readonly #revive: ReadonlyMap<string, Revive>;

  constructor(admitsAll: boolean, revive: ReadonlyMap<string, Revive>) {
    this.#admitsAll = admitsAll;
    this.#revive = revive;
  }

  /** What makes something else of such an object. */
  reviverOf({ module, name }: PythonObject): Revive | undefined {
    return this.#revive.size === 0 ? undefined : this.#revive.get(`${module}.${name}`);
  }

  /** @throws DecodeError where it fails, or makes nothing: that would be taken for a miss. */
  revive(object: PythonObject, reviver: Revive): unknown {
    const { shown } = new PythonClass(object.module, object.name);
    let revived: unknown;
    try {
      revived = reviver(object);
    } catch (cause) {
      throw new DecodeError(`The function that revives ${shown} failed`, { cause });
    }
    if (revived === undefined) throw new DecodeError(`The function that revives ${shown} returned nothing`);
    return revived;
  }

  tuple(items: unknown[]): unknown[] {
    return this.#admitsAll ? asTuple(items) : items;
  }

  /** @throws DecodeError for a class that is not known, or for arguments that it does not take. */
  make(of: PythonClass, args: readonly unknown[], how: Construction, budget: PartsBudget): unknown {
    const { path } = of;
    if (path === 'copyreg._reconstructor') return this.#reconstruct(args, budget);
    if (path === 'builtins.getattr' && isZoneMaker(args)) return new PythonClass('zoneinfo', ZONE_MAKER);
    const natural = isNatural(path) ? NATURAL[path] : undefined;
    if (natural !== undefined) {
      const made = natural(args, budget);
      if (made === undefined) throw of.refused('it is not made of what is given there');
      return made;
    }
    const revived = this.#revive.has(path);
    if (!this.#admitsAll && !revived && !INERT.has(path)) throw of.refused('its class is not known here');
    const given = of.module === 'datetime' ? withBytes(args) : args;
    if (path === 'datetime.datetime' && !revived) {
      const date = dateOf(given);
      if (date !== undefined) return date;
    }
    return new PythonObject(of.module, of.name, given, undefined, how);
  }

  /** Protocols 0 and 1: `(class, base, what the base is made of)`. */
  #reconstruct([of, base, from]: readonly unknown[], budget: PartsBudget): unknown {
    if (!(of instanceof PythonClass) || !(base instanceof PythonClass)) {
      throw new DecodeError('Pickle makes an object of what is no class');
    }
    return this.make(of, base.path === 'builtins.object' ? [] : [from], 'new', budget);
  }
}

/** Python 2 has a string for them, which may happen to be UTF-8. A longer one is none, and not copied. */
function withBytes(args: readonly unknown[]): readonly unknown[] {
  const [state, ...zone] = args.length <= 2 ? args : [];
  return typeof state === 'string' && state.length <= STATE_BYTES
    ? [Buffer.from(state, 'utf8'), ...zone]
    : args;
}
