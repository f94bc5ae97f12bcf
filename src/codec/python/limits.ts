/** Bounds of what is read, which whoever can write to the cache chooses, and of what is written. */

/** Lists, dicts and objects in one another. Whoever goes through a value may do so by recursion. */
export const MAX_DEPTH = 1000;

/**
 * Lists, dicts and objects of one value; its memo entries; the keys of its Maps and members of its Sets. Each may take
 * 200 times its byte in memory.
 */
export const MAX_PARTS = 1_000_000;

/** Of the longest integer: its 1,000 digits. */
export const MAX_INTEGER_BYTES = 416;

/** Of a line of protocol 0 that is neither text nor a string. */
export const MAX_LINE_BYTES = 1100;

export const HIGHEST_PROTOCOL = 5;
