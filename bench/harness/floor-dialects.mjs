/**
 * @typedef {object} Exchange
 * @property {string} request
 * @property {string} reply The only reply a correct server gives.
 * @typedef {object} Dialect
 * @property {(key: string, value: string) => Exchange} get
 * @property {(key: string, value: string) => Exchange} set
 * @property {(items: readonly (readonly [string, string])[]) => Exchange} getMany
 */

/** @type {Dialect} */
const meta = {
  get: (key, value) => ({
    request: `mg ${key} v f\r\n`,
    reply: `VA ${value.length} f0\r\n${value}\r\n`,
  }),
  set: (key, value) => ({ request: `ms ${key} ${value.length}\r\n${value}\r\n`, reply: 'HD\r\n' }),
  getMany: (items) => joined(items.map(([key, value]) => meta.get(key, value))),
};

/** @type {Dialect} */
const classic = {
  get: (key, value) => classic.getMany([[key, value]]),
  set: (key, value) => ({ request: `set ${key} 0 0 ${value.length}\r\n${value}\r\n`, reply: 'STORED\r\n' }),
  getMany: (items) => ({
    request: `get ${items.map(([key]) => key).join(' ')}\r\n`,
    reply: `${items.map(([key, value]) => `VALUE ${key} 0 ${value.length}\r\n${value}\r\n`).join('')}END\r\n`,
  }),
};

export const dialects = { meta, classic };

/**
 * Several exchanges written as one.
 *
 * @param {readonly Exchange[]} exchanges
 * @returns {Exchange}
 */
export const joined = (exchanges) => ({
  request: exchanges.map((exchange) => exchange.request).join(''),
  reply: exchanges.map((exchange) => exchange.reply).join(''),
});
