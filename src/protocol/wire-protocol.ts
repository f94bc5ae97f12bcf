import type { Command } from './command.ts';
import type { Reply } from './reply.ts';
import type { RequestWriter } from './request-writer.ts';

/** One dialect of the memcached protocol: how a command is written, and which reply is its last. */
export interface WireProtocol {
  readonly name: 'meta' | 'classic' | 'binary';

  /** Whether keys of any bytes can be sent (meta's base64 flag, any key of the binary dialect). */
  readonly binaryKeys: boolean;

  /** Appends the command's bytes. The command's fields are valid: whoever made it has checked them. */
  encode(command: Command, out: RequestWriter): void;

  /** Whether `reply` is the last one of `command`. */
  isFinal(command: Command, reply: Reply): boolean;
}

/** What makes replies of the bytes of one connection. */
export interface ReplyReader {
  /** True where no reply is half read: what comes next starts a reply. */
  readonly idle: boolean;

  /**
   * The rest of a large value, where one is being read: bytes read straight into it need no copy.
   * Hand what was read there to {@link pushed} instead of {@link push}.
   *
   * @param minBytes undefined is given where less than this is missing.
   */
  destination(minBytes: number): Buffer | undefined;

  /** Says that `length` bytes were written to the start of {@link destination}. */
  pushed(length: number): void;

  /**
   * Takes the first `length` bytes of a chunk; default all. Replies are handed out before it returns.
   *
   * @throws ProtocolError where the bytes are no reply of the dialect; the stream is useless from there on.
   */
  push(chunk: Buffer, length?: number): void;
}
