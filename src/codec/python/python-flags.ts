/** Client flags of Python's clients: pylibmc's `_pylibmcmodule.h`, pymemcache's `serde.py`. */

export const PICKLE_FLAGS = 1;
/** pymemcache's integers, and pylibmc's booleans. */
export const INTEGER_FLAGS = 2;
/** pylibmc's integers. */
export const LONG_FLAGS = 4;
/** Besides one of the others. */
export const ZLIB_FLAG = 8;
export const TEXT_FLAGS = 16;

/** What clients look at to tell the type; further bits are nobody's. */
const TYPE_FLAGS = PICKLE_FLAGS | INTEGER_FLAGS | LONG_FLAGS | TEXT_FLAGS;

export function typeOf(flags: number): number {
  return flags & TYPE_FLAGS;
}

/** Whether they are those of bytes as they are. */
export function isBytes(flags: number): boolean {
  return (flags & (TYPE_FLAGS | ZLIB_FLAG)) === 0;
}
