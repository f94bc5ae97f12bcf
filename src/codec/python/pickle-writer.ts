import { InvalidValueError } from '../../errors.ts';
import { HashedKeys } from './hashed-keys.ts';
import { MAX_DEPTH } from './limits.ts';
import { PickleOutput } from './pickle-output.ts';
import { writeBigInt, writeBoolean, writeBytes, writeNumber, writeText } from './pickle-scalars.ts';
import { PythonClass } from './python-class.ts';
import { datetimeOf } from './python-datetime.ts';
import { isPlainObject } from './python-dict.ts';
import { PythonObject } from './python-object.ts';
import { isTuple } from './python-tuples.ts';

/**
 * The pickle of a value, of the lowest protocol that has what it takes: 2; 3 for bytes, which Python 2 does
 * not read; 4 for what is inside of a class.
 *
 * @throws InvalidValueError
 */
export function writePickle(value: unknown): Buffer {
  return new PickleWriter().write(value);
}

const MARK = 0x28;
/** What Python 2 has instead of `builtins`. Python 3 takes it for that below protocol 3. */
const OLD_BUILTINS = '__builtin__';

/** How an object is written: as it is, or as what can be a key of a dict or a member of a set. */
type Form = 'plain' | 'hashed';

class PickleWriter {
  readonly #out = new PickleOutput();
  /** Where what was written is kept for the reader. An array has two forms. */
  readonly #memos: Readonly<Record<Form, Map<object, number>>> = { plain: new Map(), hashed: new Map() };
  readonly #classes = new Map<string, number>();
  #memoSize = 0;
  #protocol = 2;
  /** Where the name of Python 2 is written. */
  readonly #oldNames: number[] = [];

  write(value: unknown): Buffer {
    this.#out.uint8s(0x80, 0); // PROTO
    this.#value(value, 1, 'plain');
    this.#out.uint8(0x2e); // STOP
    const pickle = this.#protocol === 2 ? this.#out.slice(0) : this.#withNewNames();
    pickle[1] = this.#protocol;
    return pickle;
  }

  #withNewNames(): Buffer {
    const starts = [0, ...this.#oldNames.map((at) => at + OLD_BUILTINS.length)];
    const pieces = starts.flatMap((start, index) => {
      const end = this.#oldNames[index];
      return end === undefined
        ? [this.#out.slice(start)]
        : [this.#out.slice(start, end), Buffer.from('builtins')];
    });
    return Buffer.concat(pieces);
  }

  #value(value: unknown, depth: number, form: Form): void {
    switch (typeof value) {
      case 'string':
        writeText(this.#out, value);
        break;
      case 'number':
        writeNumber(this.#out, value);
        break;
      case 'bigint':
        writeBigInt(this.#out, value);
        break;
      case 'boolean':
        writeBoolean(this.#out, value);
        break;
      case 'object':
        if (value === null)
          this.#out.uint8(0x4e); // NONE
        else this.#recall(this.#memos[form].get(value)) || this.#object(value, depth, form);
        break;
      default:
        throw new InvalidValueError(`A value of type ${typeof value} cannot be stored`);
    }
  }

  #object(value: object, depth: number, form: Form): void {
    if (value instanceof Uint8Array) this.#bytes(value, form);
    // Python's depth is not that of the Date.
    else if (value instanceof Date) this.#pythonObject(value, datetimeOf(value), 1, form);
    else if (value instanceof PythonObject) this.#pythonObject(value, value, depth, form);
    else if (value instanceof Set) this.#set(value, depth, form);
    else if (Array.isArray(value)) this.#array(value, depth, form);
    else if (value instanceof Map || isPlainObject(value)) this.#dict(value, depth, form);
    else
      throw new InvalidValueError(
        'An object of a class cannot be stored, except Date, Map, Set and PythonObject',
      );
  }

  #bytes(value: Uint8Array, form: Form): void {
    this.#protocol = Math.max(3, this.#protocol);
    writeBytes(this.#out, value);
    this.#remember(value, form);
  }

  #array(value: readonly unknown[], depth: number, form: Form): void {
    if (form === 'hashed' || isTuple(value)) {
      this.#tuple(value, depth, form);
      this.#remember(value, form);
      return;
    }
    checkDepth(depth);
    this.#out.uint8(0x5d); // EMPTY_LIST
    this.#remember(value, form);
    if (value.length === 0) return;
    this.#out.uint8(MARK);
    // By index: a hole is refused, as undefined is.
    for (let index = 0; index < value.length; index++) this.#value(value[index], depth + 1, form);
    this.#out.uint8(0x65); // APPENDS
  }

  #tuple(items: readonly unknown[], depth: number, form: Form): void {
    checkDepth(depth);
    if (items.length > 3) this.#out.uint8(MARK);
    for (let index = 0; index < items.length; index++) this.#value(items[index], depth + 1, form);
    this.#out.uint8(TUPLES[items.length] ?? 0x74); // TUPLE
  }

  #dict(value: Map<unknown, unknown> | Record<string, unknown>, depth: number, form: Form): void {
    if (form === 'hashed') {
      throw new InvalidValueError(
        'An object or Map in a Set, or as a key of a Map, cannot be stored: Python has none there',
      );
    }
    checkDepth(depth);
    this.#out.uint8(0x7d); // EMPTY_DICT
    this.#remember(value, form);
    this.#out.uint8(MARK);
    if (value instanceof Map) this.#items(value, depth);
    else this.#properties(value, depth);
    this.#out.uint8(0x75); // SETITEMS
  }

  #items(map: ReadonlyMap<unknown, unknown>, depth: number): void {
    const keys = new HashedKeys();
    for (const [key, item] of map) {
      this.#value(key, depth + 1, 'hashed');
      keys.add(key);
      this.#value(item, depth + 1, 'plain');
    }
  }

  /** As in JSON, a property that is undefined is not there. */
  #properties(object: Record<string, unknown>, depth: number): void {
    for (const key of Object.keys(object)) {
      const item = object[key];
      if (item === undefined) continue;
      writeText(this.#out, key);
      this.#value(item, depth + 1, 'plain');
    }
  }

  #set(value: ReadonlySet<unknown>, depth: number, form: Form): void {
    checkDepth(depth);
    this.#class(new PythonClass('builtins', form === 'hashed' ? 'frozenset' : 'set'));
    this.#out.uint8s(0x5d, MARK); // EMPTY_LIST
    const keys = new HashedKeys();
    for (const member of value) {
      this.#value(member, depth + 1, 'hashed');
      keys.add(member);
    }
    this.#out.uint8s(0x65, 0x85); // APPENDS, TUPLE1
    this.#out.uint8(0x52); // REDUCE
    this.#remember(value, form);
  }

  /** @param value what it stands for. */
  #pythonObject(
    value: object,
    { args, construction, module, name, state }: PythonObject,
    depth: number,
    form: Form,
  ): void {
    checkDepth(depth);
    this.#class(new PythonClass(module, name));
    this.#tuple(args, depth + 1, 'plain');
    this.#out.uint8(construction === 'call' ? 0x52 : 0x81); // REDUCE, NEWOBJ
    this.#remember(value, form);
    if (state === undefined) return;
    this.#value(state, depth + 1, 'plain');
    this.#out.uint8(0x62); // BUILD
  }

  #class({ module, name }: PythonClass): void {
    const line = `${module === 'builtins' ? OLD_BUILTINS : module}\n${name}\n`;
    if (this.#recall(this.#classes.get(line))) return;
    if (!NAME.test(module) || !NAME.test(name)) {
      throw new InvalidValueError(
        'A PythonObject with a module or name that Python cannot have cannot be stored',
      );
    }
    if (name.includes('.')) this.#protocol = 4;
    this.#out.uint8(0x63); // GLOBAL
    if (module === 'builtins') this.#oldNames.push(this.#out.length);
    this.#out.text(line, line.length);
    this.#classes.set(line, this.#put());
  }

  #remember(value: object, form: Form): void {
    this.#memos[form].set(value, this.#put());
  }

  /** Keeps what was written last. */
  #put(): number {
    const index = this.#memoSize++;
    if (index <= 0xff) {
      this.#out.uint8s(0x71, index); // BINPUT
    } else {
      this.#out.uint8(0x72); // LONG_BINPUT
      this.#out.uint32(index);
    }
    return index;
  }

  /** Whether there was something to say again. */
  #recall(index: number | undefined): boolean {
    if (index === undefined) return false;
    if (index <= 0xff) {
      this.#out.uint8s(0x68, index); // BINGET
    } else {
      this.#out.uint8(0x6a); // LONG_BINGET
      this.#out.uint32(index);
    }
    return true;
  }
}

/** EMPTY_TUPLE, TUPLE1, TUPLE2, TUPLE3. */
const TUPLES: readonly number[] = [0x29, 0x85, 0x86, 0x87];
const NAME = /^[A-Za-z_][\w.]{0,499}$/;

function checkDepth(depth: number): void {
  if (depth <= MAX_DEPTH) return;
  throw new InvalidValueError(
    `A value that is nested more than ${MAX_DEPTH} levels, or that is in itself as Python has it nowhere, cannot be stored`,
  );
}
