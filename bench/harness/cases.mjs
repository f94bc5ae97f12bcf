/**
 * @typedef {'get' | 'set' | 'getMany' | 'object'} Operation
 * @typedef {'loop' | 'burst' | 'first' | 'cold'} Kind How a case is measured; see README.md.
 * @typedef {object} Case
 * @property {string} name
 * @property {string} title
 * @property {Kind} kind
 * @property {Operation} operation
 * @property {number} nodes How many servers the keys are spread over.
 * @property {boolean} tls
 * @property {number} callers Calls in flight at any time; of a burst, all its calls.
 * @property {number} keys How many keys the calls rotate through.
 * @property {number} valueBytes
 * @property {number} batch Keys in one call: more than 1 for a multi-get.
 * @property {number} sampleEvery One call in this many has its latency measured and its value compared.
 * @property {string} unit What one operation is.
 * @property {readonly string[]} floors The wire floors whose exchange it is to be compared with.
 * @property {number} processes Fresh processes a round, for cases that measure one event a process.
 */

/** @type {Omit<Case, 'name' | 'title'>} */
export const base = {
  kind: 'loop',
  operation: 'get',
  nodes: 1,
  tls: false,
  callers: 64,
  keys: 1000,
  valueBytes: 100,
  batch: 1,
  // Odd, so that the sampled call is not the same caller's and not the same key's every time.
  sampleEvery: 31,
  unit: 'ops',
  floors: ['floor-meta'],
  processes: 1,
};

/** @type {Pick<Case, 'operation' | 'callers' | 'batch' | 'sampleEvery' | 'unit' | 'floors'>} */
export const multi = {
  operation: 'getMany',
  callers: 8,
  batch: 100,
  sampleEvery: 3,
  unit: 'keys',
  floors: ['floor-meta', 'floor-classic'],
};

/** @type {readonly Case[]} */
export const cases = [
  { ...base, name: 'get-1', title: 'get, 1 caller', callers: 1, sampleEvery: 3 },
  { ...base, name: 'get-64', title: 'get, 64 callers' },
  { ...base, name: 'get-1024', title: 'get, 1,024 callers', callers: 1024 },
  { ...base, name: 'set-64', title: 'set, 64 callers', operation: 'set' },
  { ...base, ...multi, name: 'multi-get', title: 'multi-get of 100 keys, 8 callers' },
  { ...base, name: 'burst', title: 'burst of 50,000 gets', kind: 'burst', callers: 50_000 },
  {
    ...base,
    name: 'get-100k',
    title: 'get of 100 KB, 8 callers',
    callers: 8,
    keys: 200,
    valueBytes: 100_000,
    sampleEvery: 7,
  },
  {
    ...base,
    name: 'get-1m',
    title: 'get of 1 MB, 8 callers',
    callers: 8,
    keys: 50,
    valueBytes: 1_000_000,
    sampleEvery: 3,
  },
  { ...base, name: 'three-get', title: 'three nodes: get, 64 callers', nodes: 3 },
  { ...base, name: 'three-set', title: 'three nodes: set, 64 callers', nodes: 3, operation: 'set' },
  {
    ...base,
    ...multi,
    name: 'three-multi-get',
    title: 'three nodes: multi-get of 100 keys, 8 callers',
    nodes: 3,
  },
  { ...base, name: 'tls-get', title: 'TLS: get, 64 callers', tls: true },
  {
    ...base,
    name: 'object',
    title: 'object of 1 KB: set, then get, 64 callers',
    operation: 'object',
    unit: 'pairs',
  },
  {
    ...base,
    name: 'cold-start',
    title: 'cold start: import and first reply',
    kind: 'cold',
    callers: 1,
    keys: 1,
    processes: 5,
  },
  {
    ...base,
    name: 'first-calls',
    title: '1,000 parallel first calls',
    kind: 'first',
    callers: 1000,
    processes: 3,
  },
];

/**
 * Cases whose result is a time, where less is better; the others' result is a rate.
 *
 * @param {Case} test
 */
export const isTimed = (test) => test.kind !== 'loop';

/** @param {string} name */
export function caseNamed(name) {
  const found = cases.find((test) => test.name === name);
  if (found === undefined) {
    throw new Error(`No case named "${name}"; there are: ${cases.map((test) => test.name).join(', ')}`);
  }
  return found;
}
