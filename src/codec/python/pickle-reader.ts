import { DecodeError } from '../../errors.ts';
import { PickleBuilder } from './pickle-builder.ts';
import { PickleInput } from './pickle-input.ts';
import { OPCODES } from './pickle-opcodes.ts';
import type { PythonClasses } from './python-classes.ts';

const STOP = 0x2e;

/**
 * Reads a pickle as data: no name in it is looked up, and nothing of it runs.
 *
 * @throws DecodeError
 */
export function readPickle(bytes: Buffer, classes: PythonClasses): unknown {
  const input = new PickleInput(bytes);
  const made = new PickleBuilder(classes);
  for (;;) {
    const opcode = input.uint8();
    if (opcode === STOP) return made.result();
    const run = OPCODES[opcode];
    if (run === undefined) {
      throw new DecodeError(`Pickle has the opcode 0x${opcode.toString(16)}, which is not read here`);
    }
    run(made, input);
  }
}
