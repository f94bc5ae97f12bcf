/**
 * Keys whose copy on a node must not be served once the node is back: it did not hear that they were
 * deleted, or a stand-in was written to meanwhile. They are deleted from it before it serves again.
 */
import type { Command, DeleteCommand } from '../protocol/command.ts';
import { EXPTIME_NEVER } from '../protocol/exptime.ts';

/** A command about one key. */
export type KeyedCommand = Extract<Command, { readonly key: string }>;

/** Keys that are kept for one node. */
export const JOURNAL_KEYS = 65_536;
/** How many of the oldest go at once where there are more: each loss is told of. */
export const JOURNAL_DROPPED_KEYS = 8_192;

/** Stands before the text of a key in base64; no key holds a space. */
const BASE64_MARK = ' ';

export class Journal {
  readonly #onDropped: (count: number) => void;
  /** In the order in which they came. */
  readonly #keys = new Set<string>();
  #replies = 0;

  /** @param onDropped told how many of the oldest keys were forgotten, for want of room. */
  constructor(onDropped: (count: number) => void) {
    this.#onDropped = onDropped;
  }

  get size(): number {
    return this.#keys.size;
  }

  /** @param replies how many replies the node has given so far. */
  record({ key, base64 }: KeyedCommand, replies: number): void {
    this.#keys.add(base64 ? BASE64_MARK + key : key);
    this.#replies = replies;
    if (this.#keys.size > JOURNAL_KEYS) this.#dropOldest();
  }

  /**
   * Forgets everything where the node replied after the last key was recorded: it did not go down then,
   * its keys were written since, and a late delete would remove a fresh value.
   */
  forgetIfAnswered(replies: number): void {
    if (replies > this.#replies) this.#keys.clear();
  }

  /** Takes up to so many of the oldest out, as the deletes that are still to be done. */
  take(count: number): DeleteCommand[] {
    const commands: DeleteCommand[] = [];
    for (const entry of this.#keys) {
      if (commands.length === count) break;
      this.#keys.delete(entry);
      const base64 = entry.startsWith(BASE64_MARK);
      commands.push({ kind: 'delete', key: base64 ? entry.slice(1) : entry, base64 });
    }
    return commands;
  }

  #dropOldest(): void {
    this.take(JOURNAL_DROPPED_KEYS);
    this.#onDropped(JOURNAL_DROPPED_KEYS);
  }
}

/** Whether a command takes its key away: where it is not heard, the old value must not stay. */
export function removes(command: Command): command is KeyedCommand {
  switch (command.kind) {
    case 'delete':
      return true;
    case 'touch':
    case 'gat':
    case 'gats':
      return command.exptime < EXPTIME_NEVER;
    default:
      return false;
  }
}
