/**
 * @typedef {object} Profile What `node --cpu-prof` writes.
 * @property {readonly { id: number, callFrame: { functionName: string, url: string } }[]} nodes
 * @property {readonly number[]} samples
 * @property {readonly number[]} timeDeltas
 */

/**
 * The share of all time that each function spent in itself, most first. What the worker itself loads and the
 * module system does is small after a second, and left in.
 *
 * @param {Profile} profile
 * @returns {{ name: string, share: number }[]}
 */
export function selfTimes({ nodes, samples, timeDeltas }) {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  /** @type {Map<string, number>} */
  const times = new Map();
  let total = 0;
  for (const [i, id] of samples.entries()) {
    const name = names.get(id) ?? '';
    times.set(name, (times.get(name) ?? 0) + timeDeltas[i]);
    total += timeDeltas[i];
  }
  return [...times].map(([name, time]) => ({ name, share: time / total })).sort((a, b) => b.share - a.share);
}

/** @param {{ functionName: string, url: string }} frame */
function nameOf({ functionName, url }) {
  const file = url.split('/').at(-1);
  const name = functionName === '' ? '(anonymous)' : functionName;
  return file === '' ? name : `${name} (${file})`;
}
