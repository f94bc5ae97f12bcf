/**
 * On what, when and for how long was measured.
 *
 * @param {import('./results.mjs').Circumstances} results
 */
export const circumstances = ({ measuredAt, cpu, memoryGb, node, servers, rounds, seconds, warmupSeconds }) =>
  `Measured ${measuredAt} on ${cpu}, ${memoryGb} GB, Node.js ${node}; ${servers.join('; ')}. ` +
  `Medians of ${rounds} ${rounds === 1 ? 'round' : 'rounds'} of ${seconds} s, each after ${warmupSeconds} s of warm-up.`;
