/**
 * What a server answered, in the words of the protocol document and free of any dialect: a closed
 * union. One command is answered by one reply, or by a run of `value` or `stat` replies that an
 * `end` closes (see {@link WireProtocol.isFinal}).
 */
import type { ServerErrorStatus } from '../errors.ts';
import type { ItemFacts } from './value-header.ts';
import type { ValueReply } from './value-reply.ts';

/** `STORED`, `DELETED`, `TOUCHED`, `OK`, `RESET`, `HD`: done. */
export interface StoredReply {
  readonly kind: 'stored';
}

/** `NOT_STORED`, `NS`: a condition of the write did not hold. */
export interface NotStoredReply {
  readonly kind: 'notStored';
}

/** `EXISTS`, `EX`: the CAS unique is no longer current. */
export interface ExistsReply {
  readonly kind: 'exists';
}

/** `NOT_FOUND`, `NF`, `EN`: a miss. */
export interface NotFoundReply {
  readonly kind: 'notFound';
}

/** `END`, `MN`: closes a run of values or statistics. */
export interface EndReply {
  readonly kind: 'end';
}

/** The new value of a counter in the classic and the binary dialect: up to 2^64-1, as decimal text. */
export interface NumberReply {
  readonly kind: 'number';
  readonly digits: string;
}

/** One `STAT name value`. */
export interface StatReply {
  readonly kind: 'stat';
  readonly name: string;
  readonly value: string;
}

/** `VERSION …`: the text after the word. */
export interface LineReply {
  readonly kind: 'line';
  readonly text: string;
}

/** The payload of `CONFIG cluster`; `lengthMismatch` where the announced length was wrong but `END` was found. */
export interface ConfigReply {
  readonly kind: 'config';
  readonly payload: string;
  readonly lengthMismatch: boolean;
}

/** The server refused. `text` is what follows the status on the line. */
export interface ErrorReply {
  readonly kind: 'error';
  readonly status: ServerErrorStatus;
  readonly text: string;
}

/** A value over the reader's `maxValueBytes`: its bytes were skipped as they came, never held. */
export interface OversizeReply {
  readonly kind: 'oversize';
  readonly bytes: number;
  readonly key: string | undefined;
}

/** `HD` with what was asked of an item, its value left out. */
export interface HeadReply {
  readonly kind: 'head';
  /** Of the value; 0 where it was not asked for. */
  readonly bytes: number;
  /** Client flags; 0 where they were not asked for. */
  readonly flags: number;
  readonly facts: ItemFacts | undefined;
}

export type Reply =
  | ValueReply
  | HeadReply
  | StoredReply
  | NotStoredReply
  | ExistsReply
  | NotFoundReply
  | EndReply
  | NumberReply
  | StatReply
  | LineReply
  | ConfigReply
  | ErrorReply
  | OversizeReply;

/** Replies without a payload are shared: the parser makes no object for them. */
export const STORED: StoredReply = Object.freeze({ kind: 'stored' });
export const NOT_STORED: NotStoredReply = Object.freeze({ kind: 'notStored' });
export const EXISTS: ExistsReply = Object.freeze({ kind: 'exists' });
export const NOT_FOUND: NotFoundReply = Object.freeze({ kind: 'notFound' });
export const END: EndReply = Object.freeze({ kind: 'end' });
