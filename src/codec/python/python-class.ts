import { DecodeError } from '../../errors.ts';

/** A class or function that a pickle names. It is never looked up: what it makes is known, or refused. */
export class PythonClass {
  readonly module: string;
  readonly name: string;

  constructor(module: string, name: string) {
    // As Python 2 named them.
    this.module = module === '__builtin__' ? 'builtins' : module === 'copy_reg' ? 'copyreg' : module;
    this.name = name;
  }

  get path(): string {
    return `${this.module}.${this.name}`;
  }

  /** For messages: the name comes from outside. */
  get shown(): string {
    return this.path.replaceAll(/[^\w.]/g, '?').slice(0, 100);
  }

  refused(why: string): DecodeError {
    return new DecodeError(`Pickle holds an object of ${this.shown}: ${why}`);
  }
}
