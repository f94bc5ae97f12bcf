import type { Command } from './command.ts';
import type { Reply } from './reply.ts';
import type { RequestWriter } from './request-writer.ts';

/** One dialect of the memcached protocol: how a command is written, and which reply is its last. */
export interface WireProtocol {
  readonly name: 'meta' | 'classic';

  /** Whether keys of any bytes can be sent (meta's base64 flag). */
  readonly binaryKeys: boolean;

  /** Appends the command's bytes. The command's fields are valid: whoever made it has checked them. */
  encode(command: Command, out: RequestWriter): void;

  /** Whether `reply` is the last one of `command`. */
  isFinal(command: Command, reply: Reply): boolean;
}
