import { InvalidValueError } from '../../errors.ts';
import { PythonObject } from './python-object.ts';

/** More parts in one key than anybody has; one array many times in another may make as many. */
const MOST_PARTS = 10_000;
/** What of text and bytes counts as a part. */
const CHARACTERS_A_PART = 1024;

/**
 * The keys of a dict, or the members of a set. Two that JavaScript tells apart may be one to Python: 1 and
 * `true`, 1 and `1n`, two arrays of the same. One of them would be lost.
 */
export class HashedKeys {
  readonly #seen = new Set<string>();
  #parts = 0;

  /** @throws InvalidValueError */
  add(key: unknown): void {
    // To be the same as a string is to be that string.
    if (typeof key === 'string') return;
    this.#parts = 0;
    const text = this.#textOf(key);
    if (text === undefined) return;
    if (this.#seen.has(text)) {
      throw new InvalidValueError('A Map or Set with two keys that are the same to Python cannot be stored');
    }
    this.#seen.add(text);
  }

  /** The same for what is the same to Python; `undefined` where only Python knows. */
  #textOf(key: unknown): string | undefined {
    this.#count(1);
    if (typeof key === 'string') return this.#counted(`s${key}`);
    if (typeof key === 'boolean') return String(Number(key));
    // As a bigint of the same value is written.
    if (Number.isInteger(key)) return String(BigInt(key as number));
    if (Array.isArray(key)) return this.#group('(', key);
    if (key instanceof Set) return this.#group('{', [...key]);
    if (key instanceof Uint8Array) return this.#counted(`b${Buffer.from(key).toString('latin1')}`);
    if (key instanceof Date) return `d${key.getTime()}`;
    return key instanceof PythonObject ? undefined : String(key);
  }

  /** Each member with its length, so that no two groups look the same. */
  #group(kind: string, members: readonly unknown[]): string | undefined {
    const texts: string[] = [];
    for (const member of members) {
      const text = this.#textOf(member);
      if (text === undefined) return undefined;
      texts.push(`${text.length}:${text}`);
    }
    return kind + (kind === '{' ? texts.sort() : texts).join('');
  }

  #counted(text: string): string {
    this.#count(text.length / CHARACTERS_A_PART);
    return text;
  }

  #count(parts: number): void {
    this.#parts += parts;
    if (this.#parts > MOST_PARTS) {
      throw new InvalidValueError(`A key of a Map or Set cannot have more than ${MOST_PARTS} parts`);
    }
  }
}
