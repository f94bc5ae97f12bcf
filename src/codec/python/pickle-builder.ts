import { DecodeError } from '../../errors.ts';
import { MAX_PARTS } from './limits.ts';
import { PartsBudget } from './parts-budget.ts';
import { PickleStack } from './pickle-stack.ts';
import { PythonClass } from './python-class.ts';
import type { PythonClasses } from './python-classes.ts';
import { isPlainObject, setProperty } from './python-dict.ts';
import { type Construction, PythonObject } from './python-object.ts';
import { settle } from './settlement.ts';

/** What the opcodes of a pickle make, put together and keep for later. */
export class PickleBuilder {
  readonly #stack = new PickleStack();
  readonly #memo = new Map<number, unknown>();
  readonly #budget = new PartsBudget();
  readonly #classes: PythonClasses;
  /** Dicts that were objects until a key came that is no string. The object may be in something already. */
  readonly #replaced = new Map<object, Map<unknown, unknown>>();

  constructor(classes: PythonClasses) {
    this.#classes = classes;
  }

  /** The value, once all is said. */
  result(): unknown {
    return settle(this.#stack.pop(), this.#classes, this.#replaced, this.#budget);
  }

  /** What is its own place: text, a number, a boolean, `null`. */
  push(value: unknown): void {
    this.#stack.push(value);
  }

  /** What takes memory beyond its bytes, and can hold others. */
  pushPart(value: unknown): void {
    this.#budget.take(1);
    this.#stack.push(value);
  }

  mark(): void {
    this.#stack.mark();
  }

  drop(): void {
    this.#stack.drop();
  }

  dropGroup(): void {
    this.#stack.popGroup();
  }

  repeat(): void {
    this.#stack.push(this.#stack.top);
  }

  list(): void {
    this.pushPart(this.#stack.popGroup());
  }

  /** @param size default: the group. */
  tuple(size?: number): void {
    this.pushPart(
      this.#classes.tuple(size === undefined ? this.#stack.popGroup() : this.#stack.popMany(size)),
    );
  }

  append(): void {
    const item = this.#stack.pop();
    this.#list().push(item);
  }

  appendGroup(): void {
    const items = this.#stack.popGroup();
    const list = this.#list();
    for (const item of items) list.push(item);
  }

  dict(): void {
    const items = this.#stack.popGroup();
    this.pushPart({});
    this.#setItems(items);
  }

  setItem(): void {
    this.#setItems(this.#stack.popMany(2));
  }

  setItems(): void {
    this.#setItems(this.#stack.popGroup());
  }

  addMembers(): void {
    const members = this.#stack.popGroup();
    const { top } = this.#stack;
    if (!(top instanceof Set)) throw new DecodeError('Pickle adds members to what is no set');
    for (const member of members) this.#budget.addMember(top, member);
  }

  frozenSet(): void {
    const members = this.#stack.popGroup();
    const set = new Set<unknown>();
    for (const member of members) this.#budget.addMember(set, member);
    this.pushPart(set);
  }

  /** @param index default: the next one. */
  remember(index: number = this.#memo.size): void {
    // Python counts them, so that none is above: numbers of one's own choice could be slow to find.
    if (this.#memo.size >= MAX_PARTS || index > MAX_PARTS) {
      throw new DecodeError(`Pickle remembers more than ${MAX_PARTS} parts`);
    }
    this.#memo.set(index, this.#stack.top);
  }

  recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw new DecodeError('Pickle refers to a part that it does not have');
    this.#stack.push(this.#current(value));
  }

  /** Whatever uses a class knows it by its name; what remains of them is found in the end. */
  global(module: unknown, name: unknown): void {
    if (typeof module !== 'string' || typeof name !== 'string') {
      throw new DecodeError('Pickle has a class without a name');
    }
    this.#budget.take(1);
    this.#budget.namesClasses = true;
    this.#stack.push(new PythonClass(module, name));
  }

  globalOfStack(): void {
    const [module, name] = this.#stack.popMany(2);
    this.global(module, name);
  }

  make(how: Construction): void {
    const [of, args] = this.#stack.popMany(2);
    if (!(of instanceof PythonClass) || !Array.isArray(args)) {
      throw new DecodeError('Pickle makes an object of what is no class');
    }
    this.pushPart(this.#classes.make(of, args, how, this.#budget));
  }

  build(): void {
    const state = this.#stack.pop();
    const { top } = this.#stack;
    // Attributes of text that is marked as safe.
    if (typeof top === 'string') return;
    if (!(top instanceof PythonObject) || top.state !== undefined) {
      throw new DecodeError('Pickle gives a state to what takes none');
    }
    Object.assign(top, { state });
  }

  #list(): unknown[] {
    const { top } = this.#stack;
    if (Array.isArray(top)) return top;
    throw new DecodeError('Pickle appends to what is no list');
  }

  #setItems(items: readonly unknown[]): void {
    if (items.length % 2 !== 0) throw new DecodeError('Pickle has a dict with a key and no value');
    const { top } = this.#stack;
    let dict = this.#current(top);
    for (let index = 0; index < items.length; index += 2) {
      const key = items[index];
      const value = items[index + 1];
      if (isPlainObject(dict)) {
        if (typeof key === 'string') {
          setProperty(dict, key, value);
          continue;
        }
        dict = this.#toMap(dict);
      }
      if (!(dict instanceof Map)) throw new DecodeError('Pickle sets items of what is no dict');
      this.#budget.setItem(dict, key, value);
    }
    if (dict !== top) this.#stack.top = dict;
  }

  #toMap(object: object): Map<unknown, unknown> {
    const map = new Map<unknown, unknown>();
    for (const [key, value] of Object.entries(object)) this.#budget.setItem(map, key, value);
    this.#replaced.set(object, map);
    return map;
  }

  #current(value: unknown): unknown {
    return this.#replaced.get(value as object) ?? value;
  }
}
