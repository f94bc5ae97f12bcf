/**
 * When what happens, in milliseconds from the start. On AWS the same takes minutes to hours: looks a
 * minute apart, a replacement of several minutes. Here one second stands for about one minute.
 *
 * @typedef {object} Script
 * @property {number} addAt a third node is started, then listed
 * @property {number} replaceAt node b gets another process at another address, under the same name
 * @property {number} retireAt the process that b had before ends
 * @property {number} crashAt node a dies, and is still listed
 * @property {number} dropAt node a is taken off the list
 * @property {number} endAt
 * @property {number} reconnectMs how long a connection to the endpoint lasts, in the first way
 */

/** @type {Script} */
export const FULL = {
  addAt: 7_000,
  replaceAt: 14_000,
  retireAt: 18_000,
  crashAt: 22_000,
  dropAt: 25_000,
  endAt: 33_000,
  reconnectMs: 2_500,
};

/** @type {Script} */
export const SHORT = {
  addAt: 1_500,
  replaceAt: 4_000,
  retireAt: 6_000,
  crashAt: 7_000,
  dropAt: 8_000,
  endAt: 11_000,
  reconnectMs: 1_250,
};

/** Gets and sets a second for each way, and the keys they are about. */
export const OPERATIONS_PER_SECOND = 800;
export const KEYS = 2_000;
/** Share of the operations that write. */
export const WRITE_SHARE = 0.05;
/** Width of a point in the charts. */
export const SAMPLE_MS = 250;
